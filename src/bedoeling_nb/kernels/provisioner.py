"""The kernel provisioner `bedoeling-warm`: jupyter_client's own, but the process is forked from a warm server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from bedoeling_nb.kernels import client
from bedoeling_nb.kernels.process import ForkedProcess, start_time

__all__ = ["WarmProvisioner"]

_KNOWN = {"env", "cwd", "stdin", "stdout", "stderr", "independent", "extra_arguments", "kernel_id"}
_said: set[str] = set()


class WarmProvisioner(LocalProvisioner):
    """Ports, connection file and signals are LocalProvisioner's; so is everything, when there can be no fork server."""

    process: ForkedProcess | subprocess.Popen[Any] | None  # type: ignore[assignment]

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork it; or start it the stock way, and say once why."""
        why = _against(cmd, kwargs)
        if not why:
            try:
                self.process = await asyncio.to_thread(_fork, cmd[2:], **self._scrub_kwargs(kwargs))
            except client.Unavailable as unavailable:
                why = str(unavailable)
        if why:
            self._say_once(why)
            return await super().launch_kernel(cmd, **kwargs)
        assert isinstance(self.process, ForkedProcess)
        self.pid = self.pgid = self.process.pid  # a session of its own
        self.cwd = kwargs.get("cwd", os.getcwd())  # noqa: PTH109 - as LocalProvisioner
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait until it has ended; at once, where LocalProvisioner looks ten times a second."""
        if not isinstance(self.process, ForkedProcess):
            status: int | None = await super().wait()
            return status
        process = self.process
        status = await process.ended()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
        self.process = None
        return status

    async def get_provisioner_info(self) -> dict[str, Any]:
        """What another server process needs to go on with this kernel."""
        info: dict[str, Any] = await super().get_provisioner_info()
        if isinstance(self.process, ForkedProcess) and self.process.poll() is None:
            info["started"] = start_time(self.process.pid)
        return info

    async def load_provisioner_info(self, provisioner_info: dict[str, Any]) -> None:
        """Go on with a kernel that another server process started."""
        await super().load_provisioner_info(provisioner_info)
        if "started" in provisioner_info:
            self.process = ForkedProcess.attach(provisioner_info["pid"], provisioner_info["started"])

    def _say_once(self, why: str) -> None:
        if why not in _said and os.environ.get("BEDOELING_WARM_KERNELS") != "0":  # whoever turned it off knows
            _said.add(why)
            self.log.warning("Kernels start the stock way, which is slower: %s", why)


def _against(cmd: list[str], kwargs: dict[str, Any]) -> str | None:
    """Why this kernel cannot be forked."""
    if os.environ.get("BEDOELING_WARM_KERNELS") == "0":
        return "BEDOELING_WARM_KERNELS is 0"
    if not client.supported():
        return f"no fork server on {sys.platform}"
    if cmd[:3] != [sys.executable, "-m", "ipykernel_launcher"]:
        return f"the kernelspec names another program: {' '.join(cmd[:3])}"
    if unknown := kwargs.keys() - _KNOWN:
        return f"a fork server does not know {', '.join(sorted(unknown))}"
    return None


def _fork(
    argv: list[str],
    *,
    env: dict[str, str] | None = None,
    cwd: str | None = None,
    stdin: Any = None,
    stdout: Any = None,
    stderr: Any = None,
    independent: bool = False,
) -> ForkedProcess:
    environment = dict(os.environ if env is None else env)
    if not independent:
        environment["JPY_PARENT_PID"] = str(os.getpid())
    with ExitStack() as held, _pipes() as pipes:
        folder = os.open(cwd or ".", os.O_RDONLY | os.O_DIRECTORY)  # no such folder: the error of subprocess.Popen
        held.callback(os.close, folder)
        into, out = pipes.child_reads(stdin), pipes.child_writes(stdout, 1)
        err = out if stderr == subprocess.STDOUT else pipes.child_writes(stderr, 2)
        process = client.launch(argv, environment, [into, out, err, folder], independent=independent)
        process.stdin, process.stdout, process.stderr = pipes.kept(into), pipes.kept(out), pipes.kept(err)
    return process


class _Pipes:
    """The descriptors for the streams of a child, from what `subprocess.Popen` takes."""

    def __init__(self) -> None:
        self.given: list[int] = []
        self._kept: dict[int, IO[bytes]] = {}

    def child_reads(self, stream: Any) -> int:
        """Nothing, unless something was asked for."""
        if stream == subprocess.PIPE:
            theirs, ours = os.pipe()
            self._kept[theirs] = os.fdopen(ours, "wb", 0)
            return self._open(theirs)
        return self._plain(subprocess.DEVNULL if stream is None else stream, os.O_RDONLY)

    def child_writes(self, stream: Any, inherited: int) -> int:
        """Our own stream, unless something was asked for."""
        if stream == subprocess.PIPE:
            ours, theirs = os.pipe()
            self._kept[theirs] = os.fdopen(ours, "rb", 0)
            return self._open(theirs)
        return self._plain(inherited if stream is None else stream, os.O_WRONLY)

    def kept(self, theirs: int) -> IO[bytes] | None:
        """Our end, when it is a pipe."""
        return self._kept.pop(theirs, None)

    def close(self) -> None:
        """What the child has by now; and our ends, when there was no child."""
        for descriptor in self.given:
            os.close(descriptor)
        for stream in self._kept.values():
            stream.close()

    def _plain(self, stream: Any, flags: int) -> int:
        if stream == subprocess.DEVNULL:
            return self._open(os.open(os.devnull, flags))
        return stream if isinstance(stream, int) else int(stream.fileno())

    def _open(self, descriptor: int) -> int:
        self.given.append(descriptor)
        return descriptor


@contextmanager
def _pipes() -> Iterator[_Pipes]:
    pipes = _Pipes()
    try:
        yield pipes
    finally:
        pipes.close()
