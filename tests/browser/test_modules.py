"""The front-end modules in a browser: each stands alone, keeps to anywidget's model, and gives what Python takes."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bedoeling_nb.instruments import KINDS
from bedoeling_nb.widgets.assets import folder, module, style, words
from tests.figures.test_draw import VALUES, summary
from tests.figures.test_draw import item as shown_item
from tests.instruments.test_kinds import CASES, item

MODEL = re.search(r"^function createModel\(.*?^}$", (folder() / "host.js").read_text(encoding="utf-8"), re.M | re.S)

RENDER = """async ([source, values]) => {
  window.saved = [];
  window.listening = new Set();
  const model = createModel(values, () => saved.push(structuredClone(model.get("value"))));
  const counted = { ...model,
    on: (event, call) => (listening.add(call), model.on(event, call)),
    off: (event, call) => (listening.delete(call), model.off(event, call)) };
  window.model = model;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  const el = document.body.appendChild(document.createElement("div"));
  window.stop = await widget.render({ model: counted, el });
  return el.textContent;
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page with the phone's model."""
    assert MODEL
    context = chromium.new_context()
    made = context.new_page()
    made.set_content('<!DOCTYPE html><html lang="nl"><body class="bn-page"></body></html>')
    made.add_script_tag(content=MODEL[0])
    made.add_style_tag(content=style("widgets", *KINDS))
    yield made
    context.close()


@pytest.fixture(autouse=True)
def _clean(page: Page) -> None:
    page.evaluate("document.body.replaceChildren()")


def render(page: Page, kind: str, **values: Any) -> str:
    """Draw a widget; gives its text."""
    given = {"mode": "ask", "value": None, "language": "nl", "texts": words("nl")} | values
    found: str = page.evaluate(RENDER, [module(kind), given])
    return found


# ── The phone's model is anywidget's ───────────────────────────────────────────────────────────────────────────────


def test_model_tells_listeners_of_a_change_and_only_then(page: Page) -> None:
    heard = page.evaluate(
        """() => {
          const heard = [];
          const model = createModel({ value: 1 }, () => heard.push("saved"));
          const first = () => heard.push(["first", model.get("value")]);
          const once = () => { heard.push("once"); model.off("change:value", once); };
          model.on("change:value", first);
          model.on("change:value", once);
          model.on("change:other", () => heard.push("other"));
          model.set("value", 1);
          model.set("value", 2);
          model.set("value", 3);
          model.save_changes();
          model.off("change:value", first);
          model.set("value", 4);
          model.on("change:value", first);
          model.off("change:value");
          model.set("value", 5);
          model.set("new", 1);
          model.off("change:never", first);
          model.off("change:nothing");
          model.send({ type: "hide" });
          return [heard, model.get("value"), model.get("new"), model.get("missing") ?? null];
        }"""
    )
    assert heard == [[["first", 2], "once", ["first", 3], "saved"], 5, 1, None]


# ── Each module ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_is_drawn_and_cleaned_up(page: Page, kind: str) -> None:
    asked = item(kind, text="Hoe gaat het?", not_applicable=True)
    text = render(page, kind, item=asked.public())
    assert "Hoe gaat het?" in text
    assert "Niet van toepassing" in text
    assert "undefined" not in text
    assert page.evaluate("saved.length") == 0  # nothing is answered by looking
    assert page.get_by_role("group", name="Hoe gaat het?").count() == 1
    page.evaluate("stop()")
    assert page.evaluate("listening.size") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_from_elsewhere_is_shown_and_comes_back_the_same(page: Page, kind: str) -> None:
    """Another tab answered, or Python set the value; then "not applicable" and back."""
    asked = item(kind, not_applicable=True)
    kept = next(kept for _, kept in CASES[kind].takes if kept)
    render(page, kind, item=asked.public())
    page.evaluate("(value) => model.set('value', value)", kept)
    assert page.evaluate("saved.length") == 0
    page.get_by_role("button", name="Niet van toepassing").click()
    assert page.evaluate("saved.at(-1)") == "na"
    page.get_by_role("button", name="Niet van toepassing").click()
    assert page.evaluate("saved.at(-1)") is None


def test_a_marker_stands_where_its_mean_is_and_equal_ones_are_a_cluster_in_the_square(page: Page) -> None:
    """On a wide board, with the styles of all kinds on the page, as on the stage."""
    means = [[30, 20], [98, 60], [98, 60], [98, 60], [98, 60]]
    entries = [{"id": str(n), "text": f"Idee {n}", "summary": {"n": 6, "mean": mean}} for n, mean in enumerate(means)]
    render(page, "plane", item=item("plane").public(), mode="show", summary={"n": 6, "entries": entries})
    page.add_style_tag(content=".bn-marker { transition: none !important }")
    square = page.locator(".bn-square").bounding_box()
    assert square
    boxes = [one.bounding_box() for one in page.locator(".bn-marker circle").all()]
    places = [
        (
            100 * (box["x"] + box["width"] / 2 - square["x"]) / square["width"],
            100 * (box["y"] + box["height"] / 2 - square["y"]) / square["height"],
        )
        for box in boxes
        if box
    ]
    assert places[0] == pytest.approx((30, 80), abs=1.5)
    for x, y in places[1:]:
        assert 2 < x < 98
        assert (x, y) == pytest.approx((98, 40), abs=16)
    assert all(math.dist(one, other) > 7 for one, other in itertools.combinations(places, 2))


ANSWER = {
    "single_choice": "document.querySelectorAll('input')[1].click()",
    "multiple_choice": "document.querySelectorAll('input')[2].click(); document.querySelectorAll('input')[0].click()",
    "likert": "document.querySelectorAll('input')[4].click()",
    "smiley": "document.querySelectorAll('input')[0].click()",
    "dot_vote": "[...document.querySelectorAll('button')].filter((one) => one.textContent === '+')[1].click()",
    "ranking": "[...document.querySelectorAll('button')].find((one) => one.textContent === '↓').click()",
}
KEYS = {
    "slider": ["ArrowRight"],
    "dyad": ["ArrowLeft", "ArrowLeft"],
    "triad": ["ArrowUp", "ArrowLeft"],
    "plane": ["ArrowUp", "ArrowRight"],
}
TEXT = {"short_text": "  twee  woorden ", "long_text": "Een regel.\nNog een."}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_person_answers_is_what_python_takes(page: Page, kind: str) -> None:
    asked = item(kind)
    render(page, kind, item=asked.public())
    if kind in ANSWER:
        page.evaluate(ANSWER[kind])
    elif kind in TEXT:
        page.get_by_role("textbox").fill(TEXT[kind])
    else:
        for key in KEYS[kind]:
            page.locator("[role=slider], input[type=range]").first.press(key)
    value = page.evaluate("saved.at(-1)")
    assert value is not None
    checked = asked.check(value)
    assert asked.check(checked) == checked
    assert json.loads(json.dumps(checked)) == checked


@pytest.mark.parametrize("kind", KINDS)
def test_a_disabled_question_takes_nothing(page: Page, kind: str) -> None:
    render(page, kind, item=item(kind, not_applicable=True).public(), disabled=True)
    page.evaluate("document.querySelectorAll('button, input').forEach((one) => one.click())")
    assert page.evaluate("saved.length") == 0
    enabled = "[...document.querySelectorAll('button, input, textarea')].filter((one) => !one.disabled).length"
    assert page.evaluate(enabled) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_read_out(page: Page, kind: str) -> None:
    render(page, kind, item=item(kind).public())
    page.evaluate("model.set('message', 'Dat kan niet.')")
    assert page.get_by_role("alert").inner_text() == "Dat kan niet."


@pytest.mark.parametrize("kind", KINDS)
def test_the_board_waits_shows_and_is_cleaned_up(page: Page, kind: str) -> None:
    one = shown_item(kind)
    withheld = {"n": 3, "withheld": True, "needed": 5}
    text = render(page, kind, item=one.public(), mode="show", summary=withheld)
    assert "Wachten op meer antwoorden (3 van 5)" in text
    shown = json.loads(json.dumps(summary(one, VALUES[kind]) | {"n": len(VALUES[kind])}))
    page.evaluate("(summary) => model.set('summary', summary)", shown)
    text = page.locator(".bn-show").inner_text()
    assert "Wachten" not in text
    assert not re.search(r"undefined|NaN|\[object", text)
    page.evaluate("(summary) => model.set('summary', summary)", withheld)
    assert "Wachten op meer antwoorden (3 van 5)" in page.locator(".bn-show").inner_text()
    page.evaluate("stop()")
    assert page.evaluate("listening.size") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_typed_is_never_markup(page: Page, kind: str) -> None:
    nasty = "<img src=x onerror=document.title='gekaapt'>"
    fields: dict[str, Any] = {"text": nasty}
    if "options" in type(item(kind)).model_fields:
        fields["options"] = [{"id": "a", "text": nasty}, {"id": "b", "text": nasty}]
    render(page, kind, item=item(kind, **fields).public())
    assert page.locator("img").count() == 0
    assert "gekaapt" not in page.title()
