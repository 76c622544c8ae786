"""A questionnaire or script as people will see it: the real phone page, on a store that is gone afterwards."""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bedoeling_nb.community import Unit, new_id, now
from bedoeling_nb.instruments import AGREEMENTS, Instrument, in_language
from bedoeling_nb.live.phones import Phones
from bedoeling_nb.live.process import run
from bedoeling_nb.store import Store, interventions, sessions, submissions, units, waves
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.texts import Language

__all__ = ["Preview", "free_port", "opened", "serve_preview"]

UNIT = Unit("preview", None, "team", "Voorbeeld / preview")
PEOPLE = 5
"""So many made-up people gave an example, so that the phone may show these to choose from."""

EXAMPLE = {"nl": "Voorbeeld {n}", "en": "Example {n}"}
AGREED = {"nl": "Samen koffie drinken (voorbeeld)", "en": "Have coffee together (example)"}


@dataclass
class Preview:
    """A session of the instrument that only we know of."""

    store: Store
    session: Session
    instrument: Instrument

    def next_step(self) -> str | None:
        """Go to the next step as a facilitator does, and give its title; None after the last: then it has ended."""
        state = sessions.state(self.store, self.session.id)
        number = self.instrument.index(state.step) + 1 if state.step else 0
        if state.ended or number >= len(self.instrument.steps):
            if not state.ended:
                sessions.end(self.store, self.session.id, rev=state.rev)
            return None
        step = self.instrument.steps[number]
        sessions.go(self.store, self.session.id, step.id, rev=state.rev)
        return in_language(step.title, self.session.language)


@contextmanager
def opened(instrument: Instrument, language: Language = "nl") -> Iterator[Preview]:
    """A store in a temporary folder with a session of this instrument; of a script the first step is open.

    Where a script asks about texts of people, there are a few examples.
    """
    with tempfile.TemporaryDirectory(prefix="bedoeling-preview-") as folder:
        store = Store.open(f"sqlite:///{Path(folder, 'store.db')}")
        try:
            units.add(store, [UNIT])
            if instrument.pace == "own":
                wave = waves.open_wave(store, instrument, UNIT.id, now() + timedelta(days=1), language=language)
                [session] = waves.sessions_of(store, wave)
                yield Preview(store, session, instrument)
            else:
                _agree_before(store, instrument, language)
                session = sessions.create(store, UNIT.id, instrument, language=language)
                submissions.import_past(store, _examples(instrument, session))
                preview = Preview(store, session, instrument)
                preview.next_step()
                yield preview
        finally:
            store.close()


def serve_preview(preview: Preview, host: str, port: int, announce: Callable[[], None]) -> None:
    """Serve the phone page until SIGINT or SIGTERM. In a script, each line on stdin (Enter) goes to the next step."""
    phones = Phones(preview.store)

    def begin() -> None:
        announce()
        if preview.instrument.pace == "together":
            threading.Thread(target=_follow_keys, args=(preview,), daemon=True).start()

    run(phones.application, host, port, phones, begin)


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _follow_keys(preview: Preview) -> None:
    for _ in sys.stdin:
        title = preview.next_step()
        sys.stdout.write(f"→ {title}\n" if title else "Dat was de laatste stap. / That was the last step.\n")
        sys.stdout.flush()
        if title is None:
            return


def _agree_before(store: Store, instrument: Instrument, language: Language) -> None:
    """What the team agreed last time, for a script that begins with it."""
    if any(AGREEMENTS in (step.for_each, step.agree_on) for step in instrument.steps):
        before = now() - timedelta(days=30)
        past = sessions.create(store, UNIT.id, instrument, language=language, created_at=before)
        day = before.date() + timedelta(days=14)
        made = Intervention(past.id, UNIT.id, AGREED[language], "A.", day, day, created_at=before)
        interventions.import_past(store, [made])


def _examples(instrument: Instrument, session: Session) -> Iterator[Submission]:
    """A few texts for each item that a later step builds on."""
    sources = {step.for_each for step in instrument.steps} | {
        getattr(item, "options_from", None) for step in instrument.steps for item in step.items
    }
    for step in instrument.steps:
        texts = [item for item in step.items if f"{step.id}.{item.id}" in sources]
        for number in range(PEOPLE if texts else 0):
            said = EXAMPLE[session.language].format(n=number + 1)
            answers = {item.id: said.replace(" ", "") if getattr(item, "word", False) else said for item in texts}
            yield Submission(new_id(), session.id, step.id, "1", f"example-{number}", answers)
