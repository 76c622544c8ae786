"""The fork server: one for each environment, started once, and whatever happens to it a kernel comes."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bedoeling_nb import installation
from bedoeling_nb.kernels import client, kernelspec, place
from bedoeling_nb.kernels.notebooks import WarmManager
from tests.kernels.conftest import kernel, run, servers
from tests.servers import until

ONE = "import asyncio\nfrom tests.kernels.conftest import kernel\n" + (
    "async def main():\n async with kernel() as one:\n"
    "  print(one.process.pid, await one.run('import os; print(os.getppid())'))\n"
    "asyncio.run(main())"
)


async def parent(folder: Path) -> int:
    """The fork server of a new kernel."""
    async with kernel() as one:
        return int(await one.run("import os; print(os.getppid())"))


def test_programs_that_start_at_once_share_one_server(own_folder: Path) -> None:
    programs = [
        subprocess.Popen([sys.executable, "-c", ONE], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        for _ in range(3)
    ]
    said = [program.communicate()[0].split() for program in programs]
    assert len({pid for pid, _ in said}) == 3
    assert {int(server) for _, server in said} == {process.pid for process in servers(own_folder)}


def test_a_server_that_was_killed_is_started_again_and_its_kernels_live(own_folder: Path) -> None:
    async def check() -> None:
        async with kernel() as first:
            server = int(await first.run("import os; print(os.getppid())"))
            os.kill(server, signal.SIGKILL)
            until(lambda: not servers(own_folder), "it is gone")
            assert await first.run("print('alive')") == "alive"
            assert await first.manager.is_alive()
            assert await parent(own_folder) != server
            await first.manager.shutdown_kernel()
            assert not first.manager.has_kernel

    run(check())


def test_a_server_killed_while_it_warms_up_is_not_waited_for(
    own_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client.warm()
    (server,) = servers(own_folder)
    server.send_signal(signal.SIGSTOP)  # so that it cannot be faster than we

    async def check() -> None:
        managers = [WarmManager(), WarmManager()]
        starting = [asyncio.create_task(manager.start_kernel()) for manager in managers]
        await asyncio.sleep(0)
        server.send_signal(signal.SIGKILL)
        await asyncio.gather(*starting)
        for manager in managers:
            assert await manager.is_alive()
            await manager.shutdown_kernel(now=True)

    run(check())


def test_it_ends_when_idle_and_takes_its_socket_away(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDOELING_WARM_IDLE", "0.01")

    async def check() -> None:
        async with kernel() as one:
            assert len(servers(own_folder)) == 1
            assert await one.run("print('there')") == "there"

    run(check())
    until(lambda: not servers(own_folder), "it has ended")
    assert not list(own_folder.rglob("*.socket"))
    monkeypatch.delenv("BEDOELING_WARM_IDLE")
    run(parent(own_folder))


def test_a_change_of_the_package_or_of_what_imports_read_asks_for_another_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "src" / "package").mkdir(parents=True)
    monkeypatch.setattr(installation, "_PACKAGE", tmp_path / "src" / "package")
    here = {"HOME": "/home/a"}
    keys = [place.key(here)]
    (tmp_path / "src" / "package" / "new.py").touch()
    keys.append(place.key(here))
    os.utime(tmp_path / "src" / "package" / "new.py", ns=(1, 1))
    keys.append(place.key(here))
    monkeypatch.setattr(sys, "executable", "/bin/sh")
    keys += [place.key(here), place.key(here | {"PYTHONPATH": "/x"})]
    assert len(set(keys)) == 5
    assert place.key(here) == place.key(here | {"QUERY_STRING": "a=1"})
    assert "BEDOELING_STORE" not in place.import_environment({"BEDOELING_STORE": "postgresql://user:secret@host/"})


def test_a_server_of_what_the_package_was_ends_with_its_last_kernel(own_folder: Path, tmp_path: Path) -> None:
    """The server of a copy of the package, of which a file changes."""
    copy = tmp_path / "copy"
    copy.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "PYTHONPATH": str(copy)
    }
    subprocess.run(["cp", "-r", str(Path(place.__file__).parents[1]), str(copy)], check=True)
    program = ONE.replace(
        "  print(",
        "  import pathlib, bedoeling_nb\n  pathlib.Path(bedoeling_nb.__file__).touch()\n  print(",
    )
    subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        check=True,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
    )
    until(lambda: not servers(own_folder), "it has ended, long before it was idle enough")


def test_a_folder_that_others_can_open_is_not_used(own_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    place.private_folder().chmod(0o755)
    with pytest.raises(PermissionError):
        place.private_folder()
    _stock(caplog, "not a folder of this user alone")
    assert not servers(own_folder)


def test_a_socket_of_nobody_and_a_launch_that_is_none_do_no_harm(own_folder: Path) -> None:
    connection = client.connect(os.environ)
    connection.sendall(b"\xff\xff\xff\xff nonsense")
    connection.close()
    connection = client.connect(os.environ)
    connection.sendall(b"\0\0")
    connection.close()
    assert run(parent(own_folder)) == servers(own_folder)[0].pid


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        ("BEDOELING_WARM_KERNELS", "0", None),
        ("XDG_RUNTIME_DIR", "/nowhere", "/nowhere"),
        ("XDG_RUNTIME_DIR", f"/tmp/{'x' * 120}", "x"),
    ],
)
def test_without_a_server_kernels_start_the_stock_way(
    what: str, value: str, said: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(what, value)
    _stock(caplog, said)


def test_a_folder_whose_path_is_too_long_for_sockets_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    _stock(caplog, "too long")


def test_a_system_without_fork_starts_them_the_stock_way(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(client, "supported", lambda: False)
    _stock(caplog, "no fork server on")


class _Logging(WarmManager):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log = logging.getLogger("test")


def _stock(caplog: pytest.LogCaptureFixture, said: str | None) -> None:
    """Two kernels work, and the reason is said once."""

    async def check() -> None:
        for _ in range(2):
            manager = _Logging()
            own = Path(manager.connection_file).parent
            await manager.start_kernel()
            client_ = manager.client()
            client_.start_channels()
            await client_.wait_for_ready(timeout=60)
            assert isinstance(manager.provisioner.process, subprocess.Popen)
            assert manager.transport == "ipc"
            client_.stop_channels()
            await manager.shutdown_kernel()
            if own.name != "bedoeling":  # not that of all this user's kernels
                del manager, client_
                gc.collect()
                assert not own.exists()

    run(check())
    messages = [record.getMessage() for record in caplog.records if "stock way" in record.getMessage()]
    assert len(messages) == (said is not None)
    assert said is None or said in messages[0]


def test_the_kernelspec_can_be_installed_again(tmp_path: Path) -> None:
    for _ in range(2):
        folder = kernelspec.install(tmp_path)
    assert (folder / "kernel.json").stat().st_mode & 0o444 == 0o444
    assert kernelspec.KernelSpec.from_resource_dir(str(folder)).language == "python"
