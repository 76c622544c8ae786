"""The reports there are: which notebook, about which units and periods, for whom, in which formats."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from bedoeling_nb.community import Level, Period, PeriodKind, Unit, now, start_of_day
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.instruments.item import Translated
from bedoeling_nb.texts import N_
from bedoeling_nb.widgets.assets import folder

__all__ = ["FORMATS", "Format", "Report", "catalogue", "find", "refuse_future"]

Format = Literal["html", "pdf"]
FORMATS: tuple[Format, ...] = ("html", "pdf")


class Report(BaseModel):
    """One entry of `catalog.yaml`. Without periods it is about a session."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    notebook: str
    title: Translated
    summary: Translated
    recipients: Translated
    """Whom it is written for; their addresses are in the schedule."""
    levels: tuple[Level, ...]
    periods: tuple[PeriodKind, ...]
    formats: tuple[Format, ...]

    @property
    def path(self) -> Path:
        """The notebook's file."""
        return folder("notebooks") / "reports" / self.notebook

    def check(self, unit: Unit, period: Period | None) -> None:
        """Refuse a unit or a period that this report is not about. Raises BadRequest."""
        if unit.level not in self.levels:
            raise BadRequest(
                N_("The report “{report}” is not about a {level} ({unit}). It is about: {levels}."),
                report=self.id,
                level=unit.level,
                unit=unit.id,
                levels=", ".join(self.levels),
            )
        if self.periods and (period is None or period.kind not in self.periods):
            raise BadRequest(
                N_("The report “{report}” needs a period of one of these kinds: {kinds}. Example: 2026-Q3."),
                report=self.id,
                kinds=", ".join(self.periods),
            )


@cache
def catalogue() -> tuple[Report, ...]:
    """Every report, in the order of the file."""
    text = Path(__file__).with_name("catalog.yaml").read_text(encoding="utf-8")
    return tuple(Report.model_validate(entry) for entry in yaml.safe_load(text))


def find(id: str) -> Report:
    """The report with this id. Raises NotFound."""
    for report in catalogue():
        if report.id == id:
            return report
    raise NotFound(
        N_("There is no report “{report}”. Known: {known}."),
        code="unknown_report",
        report=id,
        known=", ".join(report.id for report in catalogue()),
    )


def refuse_future(period: Period) -> None:
    """Raise BadRequest for a period that has not begun."""
    if now() < start_of_day(period.first):
        raise BadRequest(
            N_("{period} has not begun yet: there is nothing to report."), code="future_period", period=period.id
        )
