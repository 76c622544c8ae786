"""The papermill engine: a warm kernel for a notebook, and none of the fixed waits of its stock client."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.log import logger
from traitlets import Type

from bedoeling_nb.kernels import kernelspec, place, ready

__all__ = ["NotebookEngine"]

_OURS = {kernelspec.NAME, "python", "python3"}


class WarmManager(AsyncKernelManager):
    """Starts our kernel whether or not its kernelspec is installed, over sockets of this user alone."""

    client_factory = Type(ready.ReadyClient)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for folder in (place.private_folder, self._folder_of_its_own):
            with suppress(OSError):
                file = folder() / f"{uuid.uuid4().hex[:12]}.json"
                if len(os.fsencode(file)) < zmq.IPC_PATH_MAX_LEN:  # a socket's name is one longer
                    self.transport, self.connection_file = "ipc", str(file)  # no port that another might take first
                    return

    def _folder_of_its_own(self) -> Path:
        """For when this user's cannot be used; gone when the manager is."""
        folder = tempfile.mkdtemp(prefix="bedoeling-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    @property
    def kernel_spec(self) -> KernelSpec:
        """Ours."""
        return kernelspec.spec()

    async def _async_interrupt_kernel(self) -> None:
        """Not when it is to end: all cells have run, and an idle kernel would complain of the interrupt."""
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        """Until the kernel has ended, as soon as it has."""
        if self.has_kernel and self.provisioner:
            await self.provisioner.wait()


class WarmClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, with our kernel where a notebook names ours or just Python."""

    def create_kernel_manager(self) -> Any:
        """A manager for one run."""
        if self.kernel_name not in _OURS:
            return super().create_kernel_manager()
        self.km = WarmManager(config=self.config)
        return self.km


class NotebookEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's engine, with our client."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        env: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the cells; the arguments are those of papermill's own engine, and the kernel's whole environment."""
        options = {name: value for name, value in kwargs.items() if name not in {"input_path", "startup_timeout"}}
        if execution_timeout:
            options["timeout"] = execution_timeout
        return WarmClient(
            nb_man,
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
            **options,
        ).execute(**({"env": dict(env)} if env is not None else {}))
