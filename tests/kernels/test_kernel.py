"""A warm kernel cannot be told from one that was started by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import AsyncKernelManager

from bedoeling_nb.kernels import kernelspec
from bedoeling_nb.kernels.notebooks import WarmManager
from bedoeling_nb.kernels.process import ForkedProcess
from tests.kernels.conftest import exists, kernel, run
from tests.servers import until


class OverTcp(WarmManager):
    """The transport that JupyterLab uses."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.transport, self.ip, self.connection_file = "tcp", "127.0.0.1", ""


@pytest.mark.parametrize("manager", [WarmManager, OverTcp])
def test_it_answers_over_both_transports(manager: type[WarmManager]) -> None:
    async def check() -> None:
        async with kernel(manager()) as one:
            assert await one.run("print(6 * 7)") == "42"
            assert await one.run("1 / 0") == "ZeroDivisionError"

    run(check())


def test_its_environment_is_that_of_the_launch_and_nothing_else(tmp_path: Path) -> None:
    async def check() -> None:
        given = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_RUNTIME_DIR") if name in os.environ}
        given |= {"QUERY_STRING": "session=abc", "TZ": "Asia/Tokyo", "ODD": "\udcff"}
        async with kernel(env=dict(given), cwd=str(tmp_path)) as one:
            assert (
                await one.run("import os; print(os.environ['QUERY_STRING'], os.getcwd())") == f"session=abc {tmp_path}"
            )
            assert await one.run("print(ascii(os.environ['ODD']), __import__('time').tzname[0])") == "'\\udcff' JST"
            seen = set((await one.run("print(*os.environ)")).split())
            own = {
                "JPY_PARENT_PID",
                "MPLBACKEND",
                "TERM",
                "CLICOLOR",
                "FORCE_COLOR",
                "CLICOLOR_FORCE",
                "PAGER",
                "GIT_PAGER",
            }
            assert seen - own - {name for name in seen if name.startswith("PYDEVD")} == set(given)
            assert await one.run(
                "import subprocess; print(subprocess.check_output(['printenv', 'QUERY_STRING']).decode())"
            ) == ("session=abc")
            assert await one.run("import sys; print('' in sys.path, sys.argv[1], __name__)") == "True -f __main__"

    run(check())


def test_two_kernels_share_no_stream_of_random_numbers() -> None:
    async def check() -> None:
        draw = (
            "import random, numpy; print(random.random(), numpy.random.random(), numpy.random.default_rng().random())"
        )
        drawn = []
        for _ in range(2):
            async with kernel() as one:
                drawn.append((await one.run(draw)).split())
        assert not set(drawn[0]) & set(drawn[1])
        assert len(set(drawn[0])) == 3

    run(check())


def test_it_keeps_nothing_of_the_server_open() -> None:
    async def check() -> None:
        async with kernel() as first, kernel() as second:
            look = (
                "import os; paths = ['/proc/self/fd/' + n for n in os.listdir('/proc/self/fd')]\n"
                "print(*[os.readlink(path) for path in paths if os.path.lexists(path)], sep='\\n')"
            )
            targets = (await second.run(look)).split("\n")
            assert sum("pidfd" in target for target in targets) == 1, "only that of its owner"
            assert not [target for target in targets if target.endswith((".log", ".lock"))]
            assert await first.run("import os; print(os.getsid(0) == os.getpid())") == "True"

    run(check())


def test_a_figure_of_pyplot_is_shown() -> None:
    async def check() -> None:
        async with kernel() as one:
            shown: list[str] = []
            await one.client.execute_interactive(
                "import matplotlib.pyplot as plt; plt.plot([1, 2]);",
                output_hook=lambda message: shown.extend(message["content"].get("data", {})),
                allow_stdin=False,
                timeout=60,
            )
            assert "image/png" in shown

    run(check())


def test_a_page_may_ask_for_all_widgets_at_once() -> None:
    """ipywidgets registers that when it is imported in a kernel; here it was imported before there was one."""

    async def check() -> None:
        async with kernel() as one:
            told = await one.run("print(*sorted(get_ipython().kernel.comm_manager.targets))")
            assert told == "jupyter.widget jupyter.widget.control"

    run(check())


def test_asyncio_zmq_and_threads_work_after_the_fork() -> None:
    async def check() -> None:
        async with kernel() as one:
            code = (
                "import asyncio, threading, zmq\n"
                "await asyncio.sleep(0)\n"
                "a, b = (zmq.Context.instance().socket(kind) for kind in (zmq.REQ, zmq.REP))\n"
                "b.bind('inproc://x'); a.connect('inproc://x'); a.send(b'hi')\n"
                "t = threading.Thread(target=lambda: b.send(b.recv())); t.start(); t.join(); print(a.recv().decode())"
            )
            assert await one.run(code) == "hi"
            assert (
                await one.run("import numpy as np; print((np.ones((300, 300)) @ np.ones((300, 300)))[0, 0])") == "300.0"
            )

    run(check())


def test_an_interrupt_reaches_the_cell_and_leaves_the_kernel() -> None:
    async def check() -> None:
        async with kernel() as one:
            await one.begin("kept = 1\nprint('begun', flush=True)\nimport threading; threading.Event().wait(600)")
            await one.manager.interrupt_kernel()
            assert (await one.client.get_shell_msg(timeout=60))["content"]["ename"] == "KeyboardInterrupt"
            assert await one.run("print(kept)") == "1"

    run(check())


def test_a_restart_gives_a_new_process_at_the_same_address() -> None:
    async def check() -> None:
        async with kernel() as one:
            await one.run("kept = 1")
            old, address = one.process, one.manager.get_connection_info()
            await one.manager.restart_kernel()
            await one.client.wait_for_ready(timeout=60)
            assert old.poll() == 0
            assert one.process.pid != old.pid
            assert one.manager.get_connection_info() == address
            assert await one.run("print(kept)") == "NameError"

    run(check())


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("import os; os._exit(7)", 7),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("exit()", 0),
        ("import os; os.abort()", -6),
    ],
)
def test_its_exit_status_is_known(code: str, status: int) -> None:
    async def check() -> None:
        async with kernel() as one:
            process = one.process
            one.client.execute(code)
            assert await one.manager.provisioner.wait() == status
            assert not one.manager.has_kernel
            assert not await one.manager.is_alive()
            assert not exists(process.pid), "a zombie is left"

    run(check())


def test_shutdown_runs_what_the_notebook_left_for_the_end(tmp_path: Path) -> None:
    async def check() -> None:
        async with kernel() as one:
            process = one.process
            await one.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(tmp_path)!r}, 'left').touch)")
            await one.manager.shutdown_kernel()
            assert process.returncode == 0
            assert not exists(process.pid)
        assert (tmp_path / "left").exists()

    run(check())


@pytest.mark.parametrize("times", [15])
def test_shutdown_never_waits_for_a_channel_that_has_gone(times: int) -> None:
    async def check() -> None:
        for _ in range(times):
            async with kernel() as one:
                process = one.process
                await one.manager.shutdown_kernel()
                assert process.returncode == 0  # -15: it had to be told

    run(check())


def test_a_kill_takes_its_processes_too() -> None:
    async def check() -> None:
        async with kernel() as one:
            pid = int(await one.run("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"))
            await one.manager.shutdown_kernel(now=True)
            until(
                lambda: not exists(pid) or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2], "its child is gone"
            )

    run(check())


def test_it_ends_with_who_asked_for_it() -> None:
    code = (
        "import asyncio, os\nfrom bedoeling_nb.kernels.notebooks import WarmManager\n"
        "async def main():\n m = WarmManager()\n await m.start_kernel()\n"
        " print(m.provisioner.pid, flush=True)\n os._exit(0)\n"
        "asyncio.run(main())"
    )
    pid = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
    until(lambda: not exists(pid), "the kernel is gone")


def test_what_it_writes_below_python_goes_where_it_was_sent() -> None:
    async def check() -> None:
        async with kernel(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL) as one:
            process = one.process
            await one.run("import sys; print('to the log', file=sys.__stderr__, flush=True)")
            assert process.stdout
            await one.manager.signal_kernel(signal.SIGKILL)
            assert b"to the log" in process.stdout.read()

    run(check())


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    async def check() -> None:
        with pytest.raises(FileNotFoundError):
            await WarmManager().start_kernel(cwd=str(tmp_path / "none"))

    run(check())


def test_another_process_can_go_on_with_it() -> None:
    async def check() -> None:
        async with kernel() as one:
            info = await one.manager.provisioner.get_provisioner_info()
            other = AsyncKernelManager()
            other.provisioner = type(one.manager.provisioner)(kernel_spec=kernelspec.spec(), parent=other)
            await other.provisioner.load_provisioner_info(info)
            assert await other.provisioner.poll() is None
            assert other.provisioner.has_process
            await other.provisioner.kill()
            assert await other.provisioner.wait() == 255  # nobody told it
            assert await one.manager.provisioner.wait() == -9
            assert ForkedProcess.attach(info["pid"], info["started"]) is None

    run(check())


def test_many_at_once() -> None:
    async def check() -> None:
        async def one(number: int) -> str:
            async with kernel() as started:
                return await started.run(f"print({number})")

        assert await asyncio.gather(*map(one, range(8))) == [str(number) for number in range(8)]

    run(check())
