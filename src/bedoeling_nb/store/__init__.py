"""Where everything is kept, and the only bridge between phones, apps and reports.

One module a concept; their functions take a `Store` first. `database` is the connection, `tables` describes the tables.

- The organisation: `units`, `thresholds` (who asked for a larger smallest group), `secrets`.
- Meetings: `instruments` (what was asked), `sessions`, `submissions`, `taking_part`, `interventions`, `courses`,
  `presence`.
- Questionnaires: `waves`, `past_waves` (held elsewhere), `links` (codes of one's own), `scores` (worked out once).
- Reports: `report_runs`, `schedules`, `deliveries`.
- `retention` removes what is too old. `events` is for the other modules: what they write in a transaction of their own.
"""

from __future__ import annotations

from bedoeling_nb.store.database import Store

__all__ = ["Store"]
