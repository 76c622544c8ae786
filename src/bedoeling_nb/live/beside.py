"""The phones' page as a process of its own, beside the apps.

Rendering an app never stalls a room, and from a phone there is no way to a kernel or a file.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterable

from tornado.ioloop import PeriodicCallback

__all__ = ["Beside"]

LOOK_MILLISECONDS = 1000

log = logging.getLogger(__name__)


class Beside:
    """A second process, started again when it stops. When this one is gone its stdin closes, and it stops too."""

    def __init__(self, *, host: str, port: int, base_url: str, proxies: Iterable[str] = ()) -> None:
        options = [f"--host={host}", f"--port={port}", f"--base-url={base_url}"]
        options += [f"--trusted-proxy={one}" for one in proxies]
        self.command = [sys.executable, "-m", "bedoeling_nb", "serve", "--phones", "--beside", *options]
        self._process: subprocess.Popen[bytes] | None = None
        self._watch = PeriodicCallback(self._look, LOOK_MILLISECONDS)

    def start(self) -> None:
        """Start it, and from now on start it again when it stops; on the running event loop."""
        self._begin()
        self._watch.start()

    def stop(self) -> None:
        """Stop it, and wait until it has finished the answers that were waiting."""
        self._watch.stop()
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _begin(self) -> None:
        self._process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def _look(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            log.warning("The phones' process stopped (%s); it is started again.", self._process.returncode)
            self._begin()
