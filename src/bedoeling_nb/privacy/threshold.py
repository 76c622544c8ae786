"""The smallest group about which anything is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.instruments import Summary
from bedoeling_nb.settings import K
from bedoeling_nb.texts import N_

__all__ = ["TEXT_K", "K", "Threshold", "protect"]

TEXT_K = 8


@dataclass(frozen=True)
class Threshold:
    """The smallest groups of a unit: `k` people for numbers, `text_k` for texts that people wrote.

    Raises BadRequest when one is lower than what we never go below: 5 and 8.
    """

    k: int = K
    text_k: int = TEXT_K

    def __post_init__(self) -> None:
        self._not_under(K, TEXT_K)

    def raised(self, k: int | None = None, text_k: int | None = None) -> Self:
        """The threshold with higher numbers, as of a unit within this one. Raises BadRequest when one is lower."""
        higher = type(self)(self.k if k is None else k, self.text_k if text_k is None else text_k)
        higher._not_under(self.k, self.text_k)
        return higher

    def _not_under(self, k: int, text_k: int) -> None:
        for value, least in ((self.k, k), (self.text_k, text_k)):
            if value < least:
                raise BadRequest(
                    N_("The smallest group can only be raised: it is {least}, and {value} is lower."),
                    least=least,
                    value=value,
                )


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
