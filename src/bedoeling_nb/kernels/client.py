"""Find the fork server, or start it, and ask it for a kernel. Blocks: call it from a thread."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bedoeling_nb.kernels import place, wire
from bedoeling_nb.kernels.process import ForkedProcess

__all__ = ["Unavailable", "launch", "supported", "warm"]

_PATIENCE = 60.0  # seconds until the first answer: it may have to import everything, on a machine with other work
IDLE_SECONDS = 900.0


class Unavailable(Exception):
    """There is no fork server here, and why."""


def supported() -> bool:
    """Whether this system has what is needed: fork, pidfds and SO_PEERCRED. That is Linux."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def launch(
    argv: list[str], environment: Mapping[str, str], descriptors: list[int], *, independent: bool = False
) -> ForkedProcess:
    """A new kernel; its stdin, stdout, stderr and working directory are these descriptors. Raises Unavailable."""
    connection: socket.socket | None = None
    try:
        connection = connect(environment)
        connection.settimeout(_PATIENCE)
        wire.send_launch(connection, wire.Launch(argv, dict(environment), _umask(), independent), descriptors)
        notice = wire.receive_notice(connection)
        if notice is None or notice[0] != wire.READY:
            raise ConnectionError(f"the fork server gave no kernel; see the logs in {place.private_folder()}")
        _, pid, (pidfd,) = notice
        return ForkedProcess(pid, pidfd, connection)
    except (OSError, subprocess.SubprocessError) as problem:
        if connection:
            connection.close()
        raise Unavailable(str(problem) or type(problem).__name__) from problem


def warm(environment: Mapping[str, str] | None = None) -> None:
    """Have the fork server begin, without waiting for it, so that it is warm before somebody needs it."""
    try:
        connect(os.environ if environment is None else environment).close()
    except (OSError, subprocess.SubprocessError) as problem:
        raise Unavailable(str(problem)) from problem


def connect(environment: Mapping[str, str]) -> socket.socket:
    """A connection to the fork server for kernels with this environment, which is started when there is none.

    Whoever holds the lock is alone: two cannot start one at once, and none can end between our look and our connection.
    """
    path = place.private_folder() / f"{place.key(environment)}.socket"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = socket.socket(socket.AF_UNIX)
        try:
            try:
                connection.connect(str(path))
            except (FileNotFoundError, ConnectionRefusedError):  # never was, or was killed
                _start(path, environment)
                connection.connect(str(path))
            if wire.peer(connection)[1] != os.getuid():
                raise PermissionError(f"{path} is listened to by another user")  # noqa: TRY301
        except BaseException:
            connection.close()
            raise
        return connection


def _start(path: Path, environment: Mapping[str, str]) -> None:
    """Listen, and hand the socket to a new fork server: from now on connections wait in its queue."""
    path.unlink(missing_ok=True)
    idle = os.environ.get("BEDOELING_WARM_IDLE", str(IDLE_SECONDS))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(128)
        with path.with_suffix(".log").open("wb") as log:
            subprocess.run(
                [sys.executable, "-m", "bedoeling_nb.kernels.server", str(listener.fileno()), str(path), idle],
                env=place.import_environment(environment),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,
                check=True,  # it leaves a child that goes on, which init reaps
                timeout=_PATIENCE,
            )


def _umask() -> int:
    """Without setting it: another thread might be making a file."""
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    return next((int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:")), 0o022)
