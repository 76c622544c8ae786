"""From a fork of the server to a kernel that cannot be told from one that was started by itself."""

from __future__ import annotations

import atexit
import gc
import os
import random
import select
import signal
import socket
import sys
import threading
import time
import traceback
from typing import Any, NoReturn

from ipykernel.kernelapp import IPKernelApp

from bedoeling_nb.kernels import wire

__all__ = ["become"]


class _Owner(threading.Thread):
    """Ends the kernel when whoever asked for it is gone, as ipykernel's own watch on its parent does."""

    def __init__(self, pidfd: int) -> None:
        super().__init__(name="owner", daemon=True)
        self._pidfd = pidfd

    def run(self) -> None:
        """Wait, without looking again and again."""
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        poll.poll()
        os._exit(1)


class WarmKernelApp(IPKernelApp):
    """ipykernel's program; its name is what its command line options are told by, so no underscore."""

    owner: int | None = None

    def init_poller(self) -> None:
        """Our parent is the fork server, which is not whose end matters."""
        if self.owner is not None:
            self.poller = _Owner(self.owner)

    def start(self) -> None:
        """Run, and at the end wait for the thread that answers the request to shut down.

        ipykernel ends the channels first: that thread then waits for ever for what it still has to say. A process that
        takes its time to end does not meet that, and ours does not.
        """
        super().start()  # type: ignore[no-untyped-call]
        if self.control_thread and self.control_thread.is_alive():
            self.control_thread.stop()
            self.control_thread.join()

    def init_gui_pylab(self) -> None:
        """matplotlib has been imported before IPython could name the backend of notebooks."""
        super().init_gui_pylab()  # type: ignore[no-untyped-call]
        if matplotlib := sys.modules.get("matplotlib"):
            matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]
        if inline := sys.modules.get("matplotlib_inline.backend_inline"):
            inline._enable_matplotlib_integration()  # it does so when imported, if there is a shell; now there is
        if ipywidgets := sys.modules.get("ipywidgets"):
            ipywidgets.register_comm_target()  # likewise; without it a page asks for each widget by itself


def become(launch: wire.Launch, descriptors: list[int], connection: socket.socket) -> NoReturn:
    """Run a kernel, and end this process with its exit status."""
    status = 1
    try:
        status = _run(launch, descriptors, connection)
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - the last frame of this process: there is nobody to raise to
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)  # not through the interpreter's end: it would visit, and so copy, every shared page


def _run(launch: wire.Launch, descriptors: list[int], connection: socket.socket) -> int:
    os.setsid()
    _take_over(launch, descriptors)
    _make_own()
    pid = os.getpid()
    owner, _ = wire.peer(connection)
    WarmKernelApp.owner = None if launch.independent else os.pidfd_open(owner)  # gone already: an error, and the end
    mine = os.pidfd_open(pid)
    wire.send_notice(connection, wire.READY, pid, mine)
    os.close(mine)
    connection.close()

    IPKernelApp.clear_instance()
    try:
        WarmKernelApp.launch_instance(launch.argv[1:], parent_handle=0 if launch.independent else owner)
    except SystemExit as leaving:
        return _status(leaving.code)
    return 0


def _take_over(launch: wire.Launch, descriptors: list[int]) -> None:
    """Streams, working directory, environment and arguments of the launch."""
    *streams, folder = descriptors
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.fchdir(folder)
    for descriptor in descriptors:
        os.close(descriptor)
    os.umask(launch.umask)
    os.environ.clear()
    os.environ.update(launch.environment)
    time.tzset()
    sys.argv = list(launch.argv)


def _make_own() -> None:
    """What two processes must not share, or inherit from a server."""
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    random.seed()
    numpy: Any = sys.modules.get("numpy")
    if numpy:
        numpy.random.seed()
    gc.enable()


def _status(code: str | int | None) -> int:
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.__stderr__)
    return 1
