"""The preview: the real phone page on a store of its own, which is gone afterwards."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.instruments import available, find
from bedoeling_nb.live import preview
from tests.servers import ask, until


@contextmanager
def running(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """`bedoeling instrument preview …` as a person starts it: the process, its port and the code of its session."""
    command = [sys.executable, "-m", "bedoeling_nb", "instrument", "preview", *arguments, "--no-browser"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
    )
    try:
        assert process.stdout
        found = re.search(r"http://127\.0\.0\.1:(\d+)/s/(\w+)", process.stdout.readline())
        assert found
        yield process, int(found[1]), found[2]
    finally:
        process.kill()
        process.wait()


def state(port: int, code: str) -> Any:
    return ask(port, "GET", f"/s/{code}/state").json


def test_a_questionnaire_is_shown_whole_and_nothing_is_left_behind(tmp_path: Path) -> None:
    with running(tmp_path, "promises-pulse", "--language", "en") as (process, port, code):
        assert b"phone.js" in ask(port, "GET", f"/s/{code}").body
        shown = state(port, code)
        assert [step["id"] for step in shown["steps"]] == [step.id for step in find("promises-pulse").steps]
        assert shown["language"] == "en"
        assert list(tmp_path.glob("bedoeling-preview-*"))
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert list(tmp_path.iterdir()) == []


def test_enter_goes_through_a_script_to_its_end(tmp_path: Path) -> None:
    steps = [step.id for step in find("resonance").steps]
    with running(tmp_path, "resonance") as (process, port, code):
        assert process.stdin
        for step in steps:
            shown = until(lambda wanted=step: (now := state(port, code))["step"]["id"] == wanted and now, step)
            assert shown["step"]["open"]
            process.stdin.write("\n")
            process.stdin.flush()
        until(lambda: state(port, code)["status"] == "ended", "the end")


@pytest.mark.parametrize("instrument", available(), ids=lambda one: one.id)
def test_each_step_of_the_catalogue_has_something_to_show(instrument: Any) -> None:
    with preview.opened(instrument) as shown:
        for step in instrument.steps:
            public = Meeting.load(shown.store, shown.session).public()
            seen = public["steps"][instrument.index(step.id)] if "steps" in public else public["step"]
            assert seen["id"] == step.id
            assert seen["entries"] or not step.items
            assert all(item.get("options", True) for item in seen["items"])
            if instrument.pace == "together":
                shown.next_step()
