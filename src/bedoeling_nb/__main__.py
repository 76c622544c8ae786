"""`python -m bedoeling_nb` is the command `bedoeling`."""

from __future__ import annotations

from bedoeling_nb.cli import main

main()
