"""The live session: choose, start, lead, agree, end. All it shows comes from the store: it may stop at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Self

import ipywidgets

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.apps.attempts import attempt
from bedoeling_nb.apps.background import follow, in_background
from bedoeling_nb.apps.days import to_come
from bedoeling_nb.apps.request import asked
from bedoeling_nb.community import in_order, local_time, now
from bedoeling_nb.errors import BadRequest, BedoelingError, NotFound, SessionEnded
from bedoeling_nb.instruments import AGREEMENTS, Choosable, Item, Step, Summary, available, in_language
from bedoeling_nb.reports.session import session_report
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, instruments, interventions, presence, sessions, units
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.texts import N_, Language, spoken, translate
from bedoeling_nb.widgets import Agreements, ItemWidget, Stage, widget
from bedoeling_nb.widgets.stage import qr_path

__all__ = ["Resonance"]

POLL_SECONDS = 0.25
BEATS = 8  # polls between two signs of life
MOST_LISTED = 6
TEXTS_ON_SCREEN = 150
"""The newest texts: more cannot be read on one screen, and would make each update heavy."""


class Resonance:
    """The app: a form to start or go on, then the stage of one session.

    ``view`` is "lead" for the facilitator, or "screen" for a second window on the projector, without the bar.
    """

    def __init__(
        self, store: Store, unit: str | None, session: str | None, language: Language, view: str = "lead"
    ) -> None:
        self.store, self.language, self.leads = store, language, view != "screen"
        self.box = ipywidgets.VBox()
        self.box.add_class("bn-resonance")
        self.live: LiveSession | None = None
        if session:
            try:
                self._enter(sessions.by_code(store, session))
            except NotFound as error:
                self._choose(unit, error)
        else:
            self._choose(unit)

    @classmethod
    def open(cls, store: str | None = None, **parameters: Any) -> Self:
        """The app as the notebook's parameters, and the address in the browser, ask for it."""
        wanted = asked(unit=None, session=None, language="nl", view="lead") | {
            name: value for name, value in asked(**parameters).items() if value is not None
        }
        return cls(Store.open(store), wanted["unit"], wanted["session"], spoken(wanted["language"]), wanted["view"])

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415

        display(self.box)  # type: ignore[no-untyped-call]

    def _say(self, msgid: str, **values: Any) -> str:
        return translate(msgid, self.language).format(**values)

    def _choose(self, unit: str | None, problem: BedoelingError | None = None) -> None:
        """The form: go on with an open session, or start one."""
        known = [one for one, _ in in_order(units.all_units(self.store))]
        names = {one.id: one.name for one in known}
        nobody = (self._say(N_("Choose…")), "")  # who presses without looking begins nothing
        scripts = {in_language(one.title, self.language): one for one in available() if one.pace == "together"}
        choice = partial(ipywidgets.Dropdown, style={"description_width": "11em"})
        which = choice(
            options=[nobody, *((f"{one.name} ({one.id})", one.id) for one in known)],
            value=unit if unit in names else "",
            description=self._say(N_("Team or unit")),
        )
        script = choice(options=list(scripts), description=self._say(N_("Script")))
        language = choice(
            options=[("Nederlands", "nl"), ("English", "en")],
            value=self.language,
            description=self._say(N_("Language")),
        )
        begin = ipywidgets.Button(description=self._say(N_("Start a session")), button_style="primary")
        self.told = ipywidgets.Label(problem.message(self.language) if problem else "").add_class("bn-message")

        def start(_: Any) -> None:
            if self.live:  # the second of a double click
                return
            begin.disabled = True
            with attempt(self._tell, self.language):
                if not which.value:
                    raise BadRequest(N_("Choose a team or unit."))
                self._enter(
                    sessions.create(
                        self.store, which.value, scripts[script.value], language=language.value, k=Settings().k
                    )
                )
            begin.disabled = self.live is not None

        begin.on_click(start)

        def listed(msgid: str, some: Iterable[Session]) -> list[ipywidgets.Widget]:
            buttons = [self._go_on(one, names.get(one.unit, one.unit)) for one in some]
            return [heading(self._say(msgid)).add_class("bn-form-title"), *buttons] if buttons else []

        heading = partial(ipywidgets.Label, layout={"width": "auto"})
        form = ipywidgets.VBox(
            [
                *listed(N_("Go on with a session"), sessions.open_sessions(self.store)[:MOST_LISTED]),
                heading(self._say(N_("Start a new session"))).add_class("bn-form-title"),
                which,
                script,
                language,
                begin,
                self.told,
                *listed(N_("Look back on a session of this week"), sessions.lately_held(self.store)[:MOST_LISTED]),
            ]
        )
        self.box.children = [form.add_class("bn-form")]

    def _go_on(self, session: Session, unit: str) -> ipywidgets.Button:
        began = local_time(session.created_at)
        kept = instruments.get(self.store, session.instrument, session.instrument_version)
        title = in_language(kept.title, self.language)
        button = ipywidgets.Button(
            description=f"{unit} · {title} · {began:%d-%m %H:%M} · {session.code}", layout={"width": "auto"}
        )

        def go_on(_: Any) -> None:
            if self.live:
                return
            with attempt(self._tell, self.language):
                self._enter(session)

        button.on_click(go_on)
        return button

    def _tell(self, problem: str) -> None:
        self.told.value = problem

    def _enter(self, session: Session) -> None:
        self.live = LiveSession(self.store, session, leads=self.leads)
        self.box.children = [self.live.box]


class LiveSession:
    """One session on the screen, followed in the store."""

    def __init__(self, store: Store, session: Session, *, leads: bool) -> None:
        self.store, self.session, self.leads = store, session, leads
        self.language = session.language
        self.stage = Stage(language=self.language)
        self.board = ipywidgets.Box().add_class("bn-panels")
        self.box = ipywidgets.VBox([self.stage, self.board]).add_class("bn-live")
        self.meeting = Meeting.load(store, session)
        self._shown: str | None = None  # which board is drawn
        self._items: dict[str, ItemWidget] = {}
        self._agree: AgreeForm | None = None
        self._waiting = False  # whether some who answered are in no picture yet
        self._stood: tuple[Any, ...] = ()  # where it stood when the screen was last drawn
        self._changed = store.changed()
        self.stage.on_act(self._act)
        self.refresh()
        self._following = in_background(
            follow(
                self._changed,
                self.refresh,
                self._tell,
                self.language,
                every=POLL_SECONDS,
                some=BEATS,  # phones that sleep are noticed by the clock only
                going=lambda: self._shown != "end",
                beat=self._beat,
            )
        )

    def _beat(self) -> None:
        self.stage.beat += 1

    def _tell(self, problem: str) -> None:
        self.stage.notice = problem

    def refresh(self) -> None:
        """Bring the screen up to date with the store."""
        self.meeting = self.meeting.follow(self.store)
        self.ended = self.meeting.state.over(now())  # also when nobody ended it: then it did in the night
        self._waiting = False
        self._draw_board()
        stands = (self.meeting.state.step, self.meeting.state.open, self.ended)
        if stands != self._stood:  # what was told was about what is no longer there
            self._stood, self.stage.notice = stands, ""
        self.stage.view = self._view()

    def _view(self) -> dict[str, Any]:
        meeting, script, step = self.meeting, self.meeting.script, self.meeting.step
        address = f"{Settings().join_url}{self.session.code}"
        since = next(
            (
                event.at
                for event in reversed(sessions.events(self.store, self.session.id))
                if event.kind == "step" and step is not None and event.data["step"] == step.id
            ),
            None,
        )
        return {
            "rev": meeting.state.rev,
            "title": _plain(script.title),
            "unit": meeting.unit_name,
            "code": self.session.code,
            "join_url": address,
            "qr": qr_path(address),
            "phones": presence.phones(self.store, self.session.id),
            "answered": meeting.participants(step) if step and step.items and meeting.entries(step) else None,
            "waiting": self._waiting and meeting.state.open,
            "steps": [
                {"id": one.id, "minutes": one.minutes}
                | {key: _plain(getattr(one, key)) for key in ("title", "question", "tip")}
                for one in script.steps
            ],
            "index": script.index(step.id) if step else -1,
            "open": meeting.state.open,
            "ended": self.ended,
            "since": since.timestamp() * 1000 if since else None,
            "screen": not self.leads,
        }

    def _act(self, message: dict[str, Any]) -> None:
        """What the facilitator did on the bar."""
        rev = int(message.get("rev", -1))
        match message:
            case {"do": "go", "step": str(step), "open": bool(is_open)}:
                self._try(lambda: sessions.go(self.store, self.session.id, self._step(step).id, open=is_open, rev=rev))
            case {"do": "end"}:
                self._try(lambda: self._end(rev))

    def _end(self, rev: int) -> None:
        with suppress(SessionEnded):  # that is what was wanted
            sessions.end(self.store, self.session.id, rev=rev)

    def _try(self, action: Callable[[], object]) -> None:
        """Do something in the store, and say so when it is refused; the screen is up to date after it either way."""
        with attempt(self._tell, self.language):
            try:
                action()
            finally:
                self.refresh()

    def _step(self, step_id: str) -> Step:
        return self.meeting.script.step(step_id)

    def _draw_board(self) -> None:
        step, ended = self.meeting.step, self.ended
        # Once more when the last answers are in: the pictures of a step that was open until the end wait for them.
        over = "end" if self.meeting.state.settled(now()) else "ending"
        board = over if ended else step.id if step else ""
        if board != self._shown:
            self._shown, self._items, self._agree = board, {}, None
            if ended:
                report = session_report(self.store, self.session, self.language)
                self.board.children = [ipywidgets.HTML(report._repr_html_()).add_class("bn-summary")]
            elif step is None:
                self.board.children = []
            elif step.agree_on:
                self._agree = AgreeForm(self, step.agree_on)
                self.board.children = [self._agree.box]
            else:
                shown = self._shown_items(step)
                self._items = {f"{of.id}.{item.id}": self._widget(of, item) for of, item in shown}
                self.board.children = [*self._last_time(step), *self._items.values()]
            self._lay_out(step)
        if self._agree:
            self._agree.refresh()
        elif step is not None and not ended:
            self._update_items(step)

    def _lay_out(self, step: Step | None) -> None:
        """Tell the style sheet how many pictures there are, and whether this is before or after the steps."""
        for name in [f"bn-panels-{n}" for n in range(9)]:
            self.board.remove_class(name)
        self.board.add_class(f"bn-panels-{len(self.board.children)}")
        for name, wanted in (("bn-live-lobby", step is None), ("bn-live-end", self.ended)):
            (self.box.add_class if wanted else self.box.remove_class)(name)

    def _last_time(self, step: Step) -> list[Agreements]:
        """What was agreed last time, for a step that looks back on it."""
        if step.for_each != AGREEMENTS:
            return []
        return [Agreements(language=self.language, past=True, agreements=_listed(self.meeting.previous))]

    def _shown_items(self, step: Step) -> list[tuple[Step, Item]]:
        """The step's items, and the walls of texts that they choose from, so that these can be merged."""
        if step.for_each == AGREEMENTS and not self.meeting.previous:
            return []
        sources = [item.options_from for item in step.items if isinstance(item, Choosable) and item.options_from]
        walls = [source.split(".") for source in dict.fromkeys(sources)]
        return [(step, item) for item in step.items] + [
            (self._step(of), self._step(of).item(name)) for of, name in walls
        ]

    def _widget(self, step: Step, item: Item) -> ItemWidget:
        made = widget(item, mode="show", language=self.language, moderate=self.leads and item.is_text)
        made.on_moderate(self._moderate)
        return made

    def _moderate(self, action: Any, text: str, into: str | None) -> None:
        self._try(lambda: sessions.moderate(self.store, self.session.id, action, text, into))

    def _update_items(self, step: Step) -> None:
        for of in dict.fromkeys(of for of, _ in self._shown_items(step)):
            resolved = {item.id: item for item in self.meeting.items(of)}
            summaries = self.meeting.summaries(of, moderate=self.leads)
            self._waiting = self._waiting or any(one.get("waiting") for one in summaries.values())
            for name, shown in self._items.items():
                of_id, item_id = name.split(".")
                if of_id == of.id:
                    shown.item = resolved[item_id].public()
                    shown.summary = _newest(summaries[item_id])


class AgreeForm:
    """Choose a proposal, and say who does it, by when, and when we look back."""

    def __init__(self, live: LiveSession, source: str) -> None:
        self.live, self.source = live, source
        language = live.language
        today = local_time(now()).date()

        def labelled(kind: type[ipywidgets.DOMWidget], msgid: str, **traits: Any) -> Any:
            return kind(description=translate(msgid, language), style={"description_width": "11em"}, **traits)

        self.proposals = labelled(ipywidgets.RadioButtons, N_("Most effect for least effort first"))
        self.text = labelled(ipywidgets.Textarea, N_("We do"), rows=2)
        self.who = labelled(ipywidgets.Text, N_("Who"))
        self.due = labelled(ipywidgets.DatePicker, N_("By"), value=today + timedelta(days=7))
        self.review = labelled(ipywidgets.DatePicker, N_("Look back on"), value=today + timedelta(days=28))
        keep = ipywidgets.Button(description=translate(N_("Agree"), language), button_style="primary")
        self.proposals.observe(self._choose, "value")
        keep.on_click(self._keep)
        self.list = Agreements(language=language, editable=live.leads)
        self.list.on_withdraw(self._withdraw)
        choose = ipywidgets.VBox([self.proposals]).add_class("bn-form").add_class("bn-proposals")
        form = ipywidgets.VBox([self.text, self.who, self.due, self.review, keep]).add_class("bn-form")
        self.box = ipywidgets.Box([choose, form, self.list] if live.leads else [self.list]).add_class("bn-agree")

    def refresh(self) -> None:
        """Show the proposals to choose from, and what was agreed."""
        meeting = self.live.meeting
        proposals = tuple(str(option.text) for option in meeting.ranked(self.source))
        if self.proposals.options != proposals:
            self.proposals.options = proposals
            self.proposals.value = None
        self.list.agreements = _listed(meeting.agreements)

    def _choose(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self.text.value = change["new"]

    def _keep(self, _: Any) -> None:
        text, who = self.text.value.strip(), self.who.value.strip()
        if not text and not who and self.live.meeting.agreements:
            return  # the second of a double click: the first was kept, and emptied the form

        def agree() -> None:
            if not text:
                raise BadRequest(N_("Say what you do."))
            if not who:
                raise BadRequest(N_("Say who does it."))
            if not (self.due.value and self.review.value):
                raise BadRequest(N_("Choose both days."))
            for field in (self.due, self.review):
                to_come(field.value, field.description)
            interventions.agree(self.live.store, self.live.session, text, who, self.due.value, self.review.value)
            self.text.value = self.who.value = ""

        self.live._try(agree)

    def _withdraw(self, agreement: str) -> None:
        agreed = next((one for one in self.live.meeting.agreements if one.id == agreement), None)
        if agreed:
            self.live._try(lambda: interventions.withdraw(self.live.store, agreed))


def _newest(summary: Summary) -> Summary:
    if "texts" not in summary:
        return summary
    return summary | {"texts": summary["texts"][-TEXTS_ON_SCREEN:]}


def _listed(agreed: Iterable[Intervention]) -> list[dict[str, str]]:
    return [
        {"id": one.id, "text": one.text, "who": one.who, "due_on": str(one.due_on), "review_on": str(one.review_on)}
        for one in agreed
    ]


def _plain(text: Any) -> Any:
    return text.model_dump() if hasattr(text, "model_dump") else text
