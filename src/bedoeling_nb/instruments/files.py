"""Write a file whole: it is new, or as it was."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.texts import N_

__all__ = ["write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Write aside, then rename. Raises BadRequest when it cannot be written there."""
    aside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except OSError as problem:
        raise BadRequest(N_("{path} cannot be written: {problem}"), path=path, problem=problem.strerror) from None
    finally:
        if aside:
            Path(aside).unlink(missing_ok=True)
