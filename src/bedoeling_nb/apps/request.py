"""What the address of an app asks for."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs

__all__ = ["asked"]


def asked(**parameters: Any) -> dict[str, Any]:
    """The parameters of a notebook, replaced by those in the address (`?unit=wekerom-03`) when Voila serves it."""
    query = parse_qs(os.environ.get("QUERY_STRING", ""))
    return parameters | {name: query[name][-1] for name in parameters if name in query}
