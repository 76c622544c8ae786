"""Reports: what a session said and agreed, and how a notebook becomes one file to read, print and keep."""

from __future__ import annotations
