"""What the fork server does once, so that no kernel has to.

Nothing here may start a thread, open a socket or make a zmq context or an event loop: none of these survives a fork.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import sys
import tempfile
import threading
from datetime import UTC, datetime

__all__ = ["warm_up"]

_KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completer",
    "IPython.core.pylabtools",
    "matplotlib_inline.config",
    "jedi",
    "zmq.asyncio",
)
_LIBRARIES = (
    "numpy",
    "pandas",
    "scipy.stats",
    "networkx",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "mpltern",
    "sqlalchemy",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql",
    "psycopg",
    "alembic.command",
    "ipywidgets",
    "anywidget",
    "pyvis.network",
)
_OURS = (
    "bedoeling_nb.apps.resonance",
    "bedoeling_nb.apps.course",
    "bedoeling_nb.apps.reflection",
    "bedoeling_nb.apps.reports",
    "bedoeling_nb.reports.session",
    "bedoeling_nb.reports.team",
    "bedoeling_nb.reports.unit",
    "bedoeling_nb.analysis.frames",
    "bedoeling_nb.analysis.themes",
    "bedoeling_nb.analysis.trends",
    "bedoeling_nb.figures.trends",
    "bedoeling_nb.figures.network",
)
_log = logging.getLogger("bedoeling_nb.kernels")


def warm_up() -> None:
    """Import, draw a figure, and freeze the collector: what it never visits stays shared with the children."""
    gc.disable()
    for name in (*_KERNEL, *_LIBRARIES, *_OURS):
        try:
            importlib.import_module(name)
        except ImportError as missing:
            _log.info("without %s: %s", name, missing)
        except Exception:  # noqa: BLE001 - the notebook that needs it shows the error; the others must go on
            _log.exception("cannot import %s", name)
    try:
        _draw()
        _rehearse()
    except Exception:  # noqa: BLE001 - as above
        _log.exception("the rehearsal failed")
    gc.collect()
    gc.freeze()
    started = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if started:
        raise RuntimeError(f"an import has started threads, which no child would have: {', '.join(started)}")


def _rehearse() -> None:
    """One report of a made-up team: fonts and their outlines, and all that libraries do only the first time."""
    from bedoeling_nb.community import Period, Unit  # noqa: PLC0415 - a change of ours must not keep the server down
    from bedoeling_nb.instruments import find  # noqa: PLC0415
    from bedoeling_nb.reports.team import team_report  # noqa: PLC0415
    from bedoeling_nb.store import Store, sessions, submissions, units  # noqa: PLC0415
    from bedoeling_nb.store.submissions import Submission  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/store.db")
        try:
            units.add(store, [Unit("team", None, "team", "Team")])
            for month in (2, 5):
                held = sessions.create(
                    store, "team", find("resonance"), created_at=datetime(2026, month, 2, 9, tzinfo=UTC)
                )
                place = {"good_life": 0.5, "good_work": 0.3, "healthy_organisation": 0.2}
                told: dict[str, dict[str, object]] = {
                    "zien": {"seen": "É", "promise": place},
                    "voelen": {"energy": month, "safety": 8, "lead": 0.4},
                }
                submissions.import_past(
                    store,
                    [
                        Submission(f"{month}-{step}-{person}", held.id, step, "1", f"p{person}", dict(answers))
                        for person in range(6)
                        for step, answers in told.items()
                    ],
                )
            team_report(store, "team", Period.parse("2026-Q2"))._repr_html_()
        finally:
            store.close()


def _draw() -> None:
    """One throw-away figure: fonts, mathematical text and both renderers."""
    if "matplotlib" not in sys.modules:
        return
    from matplotlib.figure import Figure  # noqa: PLC0415 - only when it is there

    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], [1, 0], label="É")
    axes.set_title("Warm")
    axes.legend()
    for format_ in ("svg", "png"):
        figure.savefig(io.BytesIO(), format=format_)
