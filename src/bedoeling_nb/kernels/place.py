"""Which fork server a kernel belongs to, and where that server listens.

A child has what its server imported. So a server serves only kernels for which a new interpreter would have imported
the same: same user, same interpreter, same packages, same variables that are read on import. All of it is in the key,
which is the socket's name: whoever changes the package asks for another server, and the old one ends when its last
kernel has.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bedoeling_nb.installation import fingerprint

__all__ = ["import_environment", "key", "private_folder"]

_READ_ON_IMPORT = ("PYTHON", "LD_", "MPL", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "MALLOC_", "LC_", "LANG", "IPYTHON")
_READ_ON_IMPORT_TOO = frozenset({"HOME", "TZ", "PATH", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})


def private_folder() -> Path:
    """A folder that only this user can open. Raises OSError when there is one that others can."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime, "bedoeling") if runtime else Path(tempfile.gettempdir(), f"bedoeling-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is not a folder of this user alone")
    return folder


def import_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that are read on import. The server gets these, and no other kernel's parameters or passwords."""
    return {
        name: value
        for name, value in sorted(environment.items())
        if name.startswith(_READ_ON_IMPORT) or name in _READ_ON_IMPORT_TOO
    }


def key(environment: Mapping[str, str]) -> str:
    """The name of the server for kernels with this environment."""
    parts = (str(os.getuid()), fingerprint(), _control_group(), repr(import_environment(environment)))
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:16]


def _control_group() -> str:
    """A service's limits hold for its kernels, and its end does not take another's kernels with it."""
    try:
        return Path("/proc/self/cgroup").read_text(encoding="utf-8")
    except OSError:
        return ""
