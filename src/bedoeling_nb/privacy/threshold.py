"""The smallest group about which anything is shown."""

from __future__ import annotations

from bedoeling_nb.instruments import Summary
from bedoeling_nb.settings import K

__all__ = ["TEXT_K", "K", "protect"]

TEXT_K = 8
"""The least number of people of whom open texts of a questionnaire are shown."""


def protect(summary: Summary, k: int) -> Summary:
    """The summary as it may be shown: itself from ``k`` people on; below that only how many answered and are needed.

    ``summary["n"]`` must count people, not answers. Of several entries each is held to the threshold by itself.
    """
    if summary["n"] < k:
        return {"n": summary["n"], "withheld": True, "needed": k}
    if "entries" not in summary:
        return summary
    entries = [entry | {"summary": protect(entry["summary"], k)} for entry in summary["entries"]]
    return summary | {"entries": entries}
