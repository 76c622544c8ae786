"""What papermill finds under the name `bedoeling`.

papermill loads this while it is itself still being imported, so nothing here may import papermill before it is used.
"""

from __future__ import annotations

from typing import Any

__all__ = ["WarmEngine"]


class WarmEngine:
    """`papermill.execute_notebook(…, engine_name="bedoeling")`: a warm kernel, and no fixed waits."""

    @classmethod
    def execute_notebook(cls, *arguments: Any, **options: Any) -> Any:
        """Run a notebook; see papermill.engines.Engine."""
        return _engine().execute_notebook(*arguments, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> Any:
        """The kernel that a notebook names."""
        return _engine().nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> Any:
        """The language that a notebook names."""
        return _engine().nb_language(nb, language)


def _engine() -> Any:
    from bedoeling_nb.kernels.notebooks import NotebookEngine  # noqa: PLC0415 - see above

    return NotebookEngine
