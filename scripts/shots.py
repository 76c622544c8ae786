"""The pictures of the README, made from the running software: `make shots`.

A throw-away store with the sample community, the real server, a real browser; the room answers what the same team
answered in its last session.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bedoeling_nb import sample
from bedoeling_nb.instruments import find
from bedoeling_nb.reports.team import team_report
from bedoeling_nb.store import Store, sessions, submissions

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
UNIT = "wekerom-03"
CHROMIUM = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    """A port whose successor is free too: the phones get that one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def answer(phones: str, code: str, step: str, people: list[list[submissions.Submission]]) -> None:
    """Each person sends what somebody said in the earlier session."""
    for said in people:
        secret = secrets.token_hex(16)
        for one in said:
            body = {
                "id": str(uuid.uuid4()),
                "participant": secret,
                "step": step,
                "entry": one.entry,
                "answers": one.answers,
            }
            request = urllib.request.Request(
                f"{phones}/s/{code}/answers", json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(request).close()


def earlier(store: Store, step: str) -> list[list[submissions.Submission]]:
    """What the team said in this step of its last session, a list a person."""
    last = next(one for one in sessions.of_unit(store, UNIT) if sessions.state(store, one.id).ended)
    people: dict[str, list[submissions.Submission]] = {}
    for one in submissions.current(store, last.id):
        if one.step == step:
            people.setdefault(one.participant, []).append(one)
    return list(people.values())


def phone(browser: Browser, address: str) -> Page:
    """A phone that takes part."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, locale="nl-NL", has_touch=True
    )
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Doe mee").click()
    return page


def draw(browser: Browser, store: Store, port: int) -> None:
    """Lead a session and take the pictures."""
    apps, phones = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    session = sessions.create(store, UNIT, find("resonance"))
    screen = browser.new_context(viewport={"width": 1600, "height": 900}).new_page()
    screen.goto(f"{apps}/?token=pictures")
    screen.screenshot(path=PICTURES / "front.png")
    screen.goto(f"{apps}/voila/render/resonance.ipynb?session={session.code}")
    screen.get_by_text("Doe mee").first.wait_for()

    for step, name in (("zien", "board"), ("voelen", "feel")):
        sessions.go(store, session.id, step, rev=sessions.state(store, session.id).rev)
        answer(phones, session.code, step, earlier(store, step))
        if step == "zien":
            hand = phone(browser, f"{phones}/s/{session.code}")
            hand.get_by_role("textbox").fill("Bewoners dekten zelf de tafel en namen de tijd.")
            drawing = hand.locator(".bn-triad svg").first
            drawing.evaluate("node => node.scrollIntoView({ block: 'center' })")
            triangle = drawing.bounding_box()
            assert triangle
            hand.mouse.click(triangle["x"] + triangle["width"] * 0.47, triangle["y"] + triangle["height"] * 0.5)
            hand.screenshot(path=PICTURES / "phone.png")
        screen.locator(".bn-show[data-n]:not([data-n='0'])").first.wait_for()
        screen.wait_for_timeout(1500)  # until the animation has come to rest
        screen.screenshot(path=PICTURES / f"{name}.png")


def report(browser: Browser, store: Store) -> None:
    """The first page of a team's report."""
    page = browser.new_context(viewport={"width": 820, "height": 1120}, device_scale_factor=1.5).new_page()
    page.set_content(f'<body style="margin: 2.5rem">{team_report(store, UNIT, "2026-Q3")._repr_html_()}')
    page.screenshot(path=PICTURES / "report.png")


def main() -> None:
    """Start everything, take the pictures, stop everything."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Store.open(f"sqlite:///{folder}/store.db")
        sample.fill(store, sample.make(seed=7))
        environment = os.environ | {"BEDOELING_STORE": store.url, "BEDOELING_TOKEN": "pictures"}
        command = [sys.executable, "-m", "bedoeling_nb", "serve", f"--port={port}"]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM
        )
        try:
            for address in (f"http://127.0.0.1:{port}/login", f"http://127.0.0.1:{port + 1}/s/"):
                while True:
                    try:
                        urllib.request.urlopen(address).close()
                        break
                    except OSError:
                        time.sleep(0.2)
            draw(browser, store, port)
            report(browser, store)
        finally:
            browser.close()
            server.terminate()
            server.wait()
    for picture in sorted(PICTURES.glob("*.png")):
        print(picture)


if __name__ == "__main__":
    main()
