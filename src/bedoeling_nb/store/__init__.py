"""Where everything is kept, and the only bridge between phones, apps and reports.

One module a concept: `units`, `instruments`, `sessions`, `submissions`, `interventions`, `presence`, `secrets`. Their
functions take a `Store` first. `tables` describes the tables.
"""

from __future__ import annotations

from bedoeling_nb.store.database import Store

__all__ = ["Store"]
