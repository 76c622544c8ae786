"""Questionnaires as XLSForm: the spreadsheet that ODK, KoboToolbox and Enketo run, and in which people can write.

What XLSForm has no word for stands in columns and sheets of our own, which other tools leave alone
(docs/instruments.md).
"""

from __future__ import annotations

from bedoeling_nb.instruments.xlsform.read import Imported, read_xlsform
from bedoeling_nb.instruments.xlsform.write import write_xlsform

__all__ = ["Imported", "read_xlsform", "write_xlsform"]
