"""Notebooks and apps for a living, learning community."""

from __future__ import annotations

__version__ = "0.1.0"
