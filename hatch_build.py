"""Compile the translations (.po to .mo) whenever the package is built, also for an editable install.

A wheel also carries the folders widgets/ and notebooks/; an editable install finds them beside src/.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTexts(BuildHookInterface[Any]):
    """Hatch calls this before it collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write a .mo beside each .po below src/bedoeling_nb/texts."""
        for source in Path(self.root, "src", "bedoeling_nb", "texts").glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
                write_mo(mo, read_po(po))
        if version == "standard":
            for folder in ("widgets", "notebooks"):
                build_data["force_include"][str(Path(self.root, folder))] = f"bedoeling_nb/shipped/{folder}"
