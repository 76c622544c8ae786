"""What the fork server does once, so that no kernel has to.

Nothing here may start a thread, open a socket or make a zmq context or an event loop: none of these survives a fork.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import sys
import threading

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
    "bedoeling_nb.reports.session",
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
    _draw()
    gc.collect()
    gc.freeze()
    started = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if started:
        raise RuntimeError(f"an import has started threads, which no child would have: {', '.join(started)}")


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
