"""Which installation this is: what a new interpreter would import."""

from __future__ import annotations

import hashlib
import os
import site
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["fingerprint"]

_PACKAGE = Path(__file__).parent


def fingerprint() -> str:
    """Changes with the interpreter, with what is installed beside us, and with any file of ours."""
    interpreter = Path(sys.executable)
    parts = [sys.prefix, sys.executable, sys.version, _state(interpreter)]
    parts += [_state(Path(folder)) for folder in site.getsitepackages()]  # pip adds and removes entries in it
    for source in (_PACKAGE, _PACKAGE.parents[1] / "widgets"):  # beside src/ in a checkout; in a wheel in the package
        parts += [f"{path}{_state(path)}" for path in _files(source)]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()


def _files(folder: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (os.path.join(parent, name) for name in sorted(names))  # noqa: PTH118 - three times as fast


def _state(path: str | Path) -> str:
    try:
        found = os.stat(path)  # noqa: PTH116 - as above
    except OSError:
        return "-"
    return f"{found.st_mtime_ns}/{found.st_size}"
