"""The kernelspec `bedoeling`: the name by which notebooks ask for a warm kernel."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.texts import N_

__all__ = ["NAME", "OwnKernelSpecs", "install", "installed", "spec"]

NAME = "bedoeling"


class KernelspecError(BedoelingError):
    """A kernelspec that could not be written."""

    code = "kernelspec"


def spec() -> KernelSpec:
    """The kernelspec of this environment, installed or not."""
    return KernelSpec(
        argv=[
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--HistoryManager.enabled=False",  # an SQLite file and a thread, which apps and reports do not need
        ],
        display_name="Bedoeling (Python)",
        language="python",
        interrupt_mode="signal",
        metadata={"debugger": True, "kernel_provisioner": {"provisioner_name": "bedoeling-warm"}},
    )


class OwnKernelSpecs(KernelSpecManager):
    """Knows our kernelspec also where it was never installed: for a server of ours."""

    def find_kernel_specs(self) -> dict[str, str]:
        """Names to their folders; that of ours need not be there."""
        return super().find_kernel_specs() | {NAME: str(Path(__file__).parent)}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernelspec with this name."""
        return spec() if kernel_name == NAME else super().get_kernel_spec(kernel_name)

    def _get_kernel_spec_by_name(self, kernel_name: str, resource_dir: str) -> KernelSpec:
        return spec() if kernel_name == NAME else super()._get_kernel_spec_by_name(kernel_name, resource_dir)


def install(prefix: Path | None = None) -> Path:
    """Write it where the programs of this environment look (`sys.prefix`); returns its folder. Again is harmless."""
    kernels = Path(prefix or sys.prefix, "share", "jupyter", "kernels")
    try:
        kernels.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "kernel.json").write_text(json.dumps(spec().to_dict(), indent=1), encoding="utf-8")
            Path(folder).chmod(0o755)
            manager = KernelSpecManager()
            manager.install_kernel_spec(folder, NAME, prefix=str(prefix or sys.prefix))
    except OSError as problem:
        raise KernelspecError(
            N_("The kernelspec cannot be written to {path}: {problem}"), path=kernels, problem=problem.strerror
        ) from problem
    return kernels / NAME


def installed() -> bool:
    """Whether notebooks that name it would find it."""
    return NAME in KernelSpecManager().find_kernel_specs()
