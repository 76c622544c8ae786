"""Programs that start kernels, with ours: papermill, nbclient, jupyter_client's manager of many, Voila's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.multikernelmanager import AsyncMultiKernelManager
from nbclient import NotebookClient
from papermill.exceptions import PapermillExecutionError
from voila.app import Voila
from voila.configuration import VoilaConfiguration
from voila.voila_kernel_manager import voila_kernel_manager_factory

from bedoeling_nb.kernels import kernelspec
from bedoeling_nb.kernels.process import ForkedProcess
from tests.kernels.conftest import run

FORKED = "import sys; print('bedoeling_nb.kernels.child' in sys.modules)"


@pytest.fixture
def specs(tmp_path: Path) -> KernelSpecManager:
    """Where only our kernelspec is."""
    return KernelSpecManager(kernel_dirs=[str(kernelspec.install(tmp_path).parent)], ensure_native_kernel=False)


def notebook(path: Path, *cells: str, kernel: str = "python3") -> Path:
    """A notebook whose first cell has the parameters."""
    made = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": kernel, "language": "python", "display_name": "Python"}}
    )
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    made.cells[0].metadata.tags = ["parameters"]
    nbformat.write(made, path)
    return path


@pytest.mark.parametrize("kernel", ["python3", "bedoeling"])
def test_papermill_runs_a_notebook_with_our_engine(tmp_path: Path, kernel: str) -> None:
    source = notebook(tmp_path / "in.ipynb", "a = 1", "print(a)", FORKED, kernel=kernel)
    options: dict[str, Any] = {"engine_name": "bedoeling", "progress_bar": False}
    done = papermill.execute_notebook(str(source), str(tmp_path / "out.ipynb"), {"a": 5}, **options)
    assert [cell.outputs[0].text.strip() for cell in done.cells if cell.outputs] == ["5", "True"]
    assert done.metadata.papermill.exception is None
    assert done.metadata.language_info.name == "python"
    assert (tmp_path / "out.ipynb").exists()


def test_an_error_in_a_notebook_reaches_who_ran_it(tmp_path: Path) -> None:
    source = notebook(tmp_path / "in.ipynb", "a = 1", "a / 0", "print('never')")
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        papermill.execute_notebook(
            str(source), str(tmp_path / "out.ipynb"), engine_name="bedoeling", progress_bar=False
        )
    kept = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert kept.metadata.papermill.exception is True
    assert not kept.cells[-1].outputs


def test_a_kernel_that_dies_in_the_middle_is_an_error(tmp_path: Path) -> None:
    source = notebook(tmp_path / "in.ipynb", "a = 1", "import os; os.kill(os.getpid(), 9)", "print('never')")
    with pytest.raises(Exception, match="Kernel died"):
        papermill.execute_notebook(
            str(source), str(tmp_path / "out.ipynb"), engine_name="bedoeling", progress_bar=False
        )


def test_nbclient_finds_it_by_the_kernelspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernelspec.install(tmp_path)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    source = nbformat.read(notebook(tmp_path / "in.ipynb", FORKED, kernel="bedoeling"), as_version=4)
    done = NotebookClient(source, kernel_name="bedoeling", timeout=60).execute()
    assert done.cells[0].outputs[0].text.strip() == "True"


def test_a_manager_of_many_kernels(specs: KernelSpecManager) -> None:
    async def check() -> None:
        manager = AsyncMultiKernelManager(kernel_spec_manager=specs)
        ids = [await manager.start_kernel(kernel_name="bedoeling") for _ in range(2)]
        processes = [manager.get_kernel(one).provisioner.process for one in ids]
        assert all(isinstance(process, ForkedProcess) for process in processes)
        await manager.interrupt_kernel(ids[0])
        await manager.restart_kernel(ids[0])
        assert await manager.is_alive(ids[0])
        await manager.shutdown_all()
        assert [process.poll() is None for process in processes] == [False, False]

    run(check())


def test_voilas_manager_gives_a_visit_its_parameters(specs: KernelSpecManager, tmp_path: Path) -> None:
    async def check() -> None:
        configuration = VoilaConfiguration()
        kind = voila_kernel_manager_factory(configuration.multi_kernel_manager_class, False, 0)
        voila = Voila()
        manager = kind(parent=voila, kernel_spec_manager=specs, connection_dir=str(tmp_path))
        name = await manager.start_kernel(kernel_name="bedoeling", path="", env={"QUERY_STRING": "session=42"})
        one = manager.get_kernel(name)
        assert isinstance(one.provisioner.process, ForkedProcess)
        asked = one.client()
        asked.start_channels()
        await asked.wait_for_ready(timeout=60)
        out: list[str] = []
        await asked.execute_interactive(
            "import os; print(os.environ['QUERY_STRING'])",
            output_hook=lambda message: out.append(message["content"].get("text", "")),
            allow_stdin=False,
        )
        asked.stop_channels()
        await manager.shutdown_kernel(name)
        assert "".join(out).strip() == "session=42"

    run(check())
