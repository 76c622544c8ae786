/** The waves: a list, the form that opens one, and one wave whose numbers move while people answer. */
import { h, number, read, say, unique } from "./shared.js";

const FEW = 12; // more teams than this get a search field
const ONE_LIST = 40; // more teams than this are put together by where they belong
const MOST = 50; // rows that are drawn at once

/** What a level is called, one of it, and more. */
const LEVELS = {
  team: (model, n) => [say(model, "Teams"), say(model, "one team"), say(model, "{n} teams", { n })],
  cluster: (model, n) => [say(model, "Leaders of clusters"), say(model, "one cluster"), say(model, "{n} clusters", { n })],
  location: (model, n) => [say(model, "Leaders of locations"), say(model, "one location"), say(model, "{n} locations", { n })],
  region: (model, n) => [say(model, "Leaders of regions"), say(model, "one region"), say(model, "{n} regions", { n })],
  organisation: (model, n) => [say(model, "Leaders of the organisation"), say(model, "one organisation"), say(model, "{n} organisations", { n })],
};
const FROM_BELOW = Object.keys(LEVELS);

const counted = (model, level, n) => LEVELS[level](model, number(model, n))[n === 1 ? 1 : 2];
const people = (model, n) => (n === 1 ? say(model, "one person") : say(model, "{n} people", { n: number(model, n) }));

/** A day (2026-12-01) as people say it. */
const day = (model, text) =>
  new Intl.DateTimeFormat(model.get("language"), { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(text));

/** An address beside the apps, where a server of ours shows this page; elsewhere there is none. */
function address(path) {
  const base = document.body.dataset.voila ? document.body.dataset.baseUrl : null;
  return base && `${base.replace(/voila\/$/, "")}${path}`;
}

/** A reload comes back to the wave that was looked at. */
function remember(wave) {
  if (!document.body.dataset.voila) return;
  const here = new URL(location.href);
  if (wave) here.searchParams.set("wave", wave);
  else here.searchParams.delete("wave");
  history.replaceState(history.state, "", here);
}

const button = (text, onclick, attributes = {}) => h("button", { type: "button", class: "bn-button", text, onclick, ...attributes });
const link = (href, text, attributes = {}) => (href ? h("a", { href, target: "_blank", rel: "noopener", text, ...attributes }) : null);

/** How many took part: numbers and a bar; update(took, of) moves them. */
function rate(model) {
  const text = h("span", { class: "bn-rate-text" });
  const bar = h("i");
  const node = h("div", { class: "bn-rate" }, h("div", { class: "bn-rate-bar", "aria-hidden": "true" }, bar), text);
  const update = (took, of) => {
    const share = of ? Math.round((100 * took) / of) : null;
    const words = of ? say(model, "{took} of {of}", { took: number(model, took), of: number(model, of) }) : number(model, took);
    const told = share === null ? words : `${words} · ${number(model, share)}\u00a0%`;
    if (text.textContent !== told) text.textContent = told;
    bar.style.width = `${Math.min(100, share ?? 0)}%`;
  };
  return { node, update };
}

function state(model, open) {
  const words = open ? say(model, "running") : say(model, "closed");
  return h("span", { class: `bn-state ${open ? "bn-state-made" : ""}` }, h("span", { "aria-hidden": "true", text: open ? "●" : "◇" }), ` ${words}`);
}

/** Copy a text. Without https browsers have no clipboard for scripts: then the text itself is selected and copied. */
async function copy(area) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(area.value);
    return true;
  }
  area.focus();
  area.select();
  return document.execCommand("copy");
}

/** A text to take along, with a button that copies it. */
function toCopy(model, label, text, language, rows) {
  const id = unique("copy");
  const area = h("textarea", { id, class: "bn-write", rows, readonly: true, lang: language });
  area.value = text;
  const told = h("span", { class: "bn-copied", role: "status" });
  const act = () =>
    copy(area).then(
      (done) => (told.textContent = done ? say(model, "Copied ✓") : say(model, "Select the text and copy it.")),
      () => (told.textContent = say(model, "Select the text and copy it.")),
    );
  const fill = (other) => {
    area.value = other;
    told.textContent = "";
  };
  const node = h("div", { class: "bn-copy" }, h("label", { for: id, text: label }), area, h("div", { class: "bn-acts" }, button(say(model, "Copy the text"), act), told));
  return { node, fill };
}

function qrCode(model, { size, path }) {
  const image = h("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", class: "bn-qr", "shape-rendering": "crispEdges" }, h("path", { d: path }));
  image.setAttribute("aria-label", say(model, "QR code to join"));
  return image;
}

/** The list of waves. */
function list(model, show) {
  const rows = h("ul", { class: "bn-runs" });
  const none = h("p", { class: "bn-help", text: say(model, "There has been no wave yet. In a wave you ask a questionnaire of every team of a unit; each answers by phone, when it suits.") });
  const drawn = new Map(); // id → {node, took, what}
  const draw = () => {
    const waves = model.get("waves");
    none.hidden = waves.length > 0;
    waves.forEach((one, place) => {
      const what = JSON.stringify([one.title, one.unit, one.until, one.open]);
      if (drawn.get(one.id)?.what !== what) {
        const took = rate(model);
        const title = read(model, one.title);
        const until = say(model, "until and with {day}", { day: day(model, one.until) });
        const node = h(
          "li",
          { class: "bn-run bn-wave" },
          h("div", { class: "bn-run-what" }, h("strong", { text: title }), h("span", { text: one.unit })),
          h("div", { class: "bn-run-when" }, state(model, one.open), h("span", { text: until })),
          took.node,
          h("div", { class: "bn-run-acts" }, button(say(model, "Look"), () => show(one.id), { class: "bn-button bn-small", "aria-label": `${say(model, "Look")}: ${title}, ${one.unit}` })),
        );
        drawn.get(one.id)?.node.remove();
        drawn.set(one.id, { node, took, what });
      }
      const { node, took } = drawn.get(one.id);
      took.update(one.took, one.people);
      if (rows.children[place] !== node) rows.insertBefore(node, rows.children[place] ?? null);
    });
    while (rows.children.length > waves.length) rows.lastChild.remove(); // older than the list is long
  };
  draw();
  return { node: h("section", {}, none, rows), draw };
}

/** The form that opens a wave. */
function form(model, cancel) {
  const { questionnaires, units, unit, k, today, day: last } = model.get("choices");
  const chosen = { questionnaire: "", unit, levels: ["team"], day: last, language: model.get("language") };
  const notes = {}; // what is wrong, by field
  const note = (field) => (notes[field] = h("p", { class: "bn-message", id: unique("wrong"), role: "alert" }));
  const sentence = h("p", { class: "bn-sentence", role: "status" });
  const few = h("p", { class: "bn-help", role: "status" });
  const levels = h("div", { class: "bn-choices bn-levels" });
  const doubt = h("div", { class: "bn-doubt", role: "alert" });
  const submit = h("button", { type: "submit", class: "bn-button bn-main", text: say(model, "Open the wave") });
  const send = (sure) => model.send({ do: "open", ...chosen, sure });
  const asks = () => units.find((one) => one.id === chosen.unit)?.asks ?? null;
  const staffed = units.some((one) => Object.values(one.asks).some(([, staff]) => staff));
  /** The levels that can be asked there: of leaders only where there are some, unless nobody is known at all. */
  const offered = (here) => FROM_BELOW.filter((level) => (here ? here[level] && (level === "team" || here[level][1] || !staffed) : level === "team"));

  const set = (key, value) => {
    chosen[key] = value;
    model.set("doubt", ""); // what was asked and told was about what was chosen before
    model.set("problems", { ...model.get("problems"), [key]: "" });
    if (key === "unit") drawLevels();
    drawSentence();
  };
  function drawLevels() {
    const here = asks();
    const can = offered(here);
    chosen.levels = chosen.levels.filter((level) => can.includes(level));
    if (!chosen.levels.length) chosen.levels = can.slice(0, 1);
    levels.replaceChildren(
      ...can.map((level) => {
        const [n, staff] = here?.[level] ?? [0, 0];
        const change = (event) => set("levels", FROM_BELOW.filter((one) => (one === level ? event.target.checked : chosen.levels.includes(one))));
        const text = here ? `${LEVELS[level](model, n)[0]}: ${level === "team" ? `${counted(model, level, n)}, ` : ""}${people(model, staff)}` : LEVELS[level](model, 0)[0];
        return h("label", { class: "bn-choice" }, h("input", { type: "checkbox", checked: chosen.levels.includes(level), onchange: change }), h("span", { text }));
      }),
    );
  }
  function drawSentence() {
    const here = asks();
    const asked = chosen.levels.filter((level) => here?.[level]);
    const title = questionnaires.find((one) => one.id === chosen.questionnaire)?.title;
    const small = asked.reduce((sum, level) => sum + here[level][2], 0);
    few.textContent = small ? say(model, "In {n} of these work fewer than {k} people: they get no results of their own.", { n: number(model, small), k }) : "";
    if (!title || !asked.length || !chosen.day) return (sentence.textContent = "");
    const parts = asked.map((level) => counted(model, level, here[level][0]));
    const all = asked.reduce((sum, level) => sum + here[level][1], 0);
    const values = { units: new Intl.ListFormat(model.get("language")).format(parts), people: people(model, all), title: read(model, title), day: day(model, chosen.day) };
    sentence.textContent = say(model, "This asks {units} ({people}) to fill in “{title}”, until and with {day}. Each gets a link and a QR code of its own. Nobody gets a message by itself: you share the sheets or the links.", values);
  }
  const field = (key, label, input) => {
    const wrong = note(key);
    input.id = unique("field");
    input.setAttribute("aria-describedby", wrong.id);
    return h("div", { class: "bn-field", "data-field": key }, h("label", { for: input.id, text: label }), input, wrong);
  };
  const name = unique("questionnaire");
  const cards = questionnaires.map((one) =>
    h(
      "label",
      { class: "bn-choice" },
      h("input", { type: "radio", name, onchange: () => set("questionnaire", one.id) }),
      h(
        "span",
        {},
        h("strong", { text: read(model, one.title) }),
        h("span", { class: "bn-card-about", text: read(model, one.summary) }),
        // Most summaries say already how long it takes.
        /\bminu/i.test(read(model, one.summary)) ? null : h("small", { text: say(model, "About {minutes} minutes", { minutes: one.minutes }) }),
      ),
    ),
  );
  const tree = units.map((one) => h("option", { value: one.id, text: `${"\u00a0\u00a0\u00a0".repeat(one.depth)}${one.name}`, selected: one.id === chosen.unit }));
  const node = h(
    "form",
    {
      class: "bn-wave-form",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        send(false);
      },
    },
    h("h2", { tabindex: "-1", text: say(model, "A new wave") }),
    h("fieldset", { "data-field": "questionnaire" }, h("legend", { text: say(model, "Which questionnaire?") }), h("div", { class: "bn-choices bn-cards" }, cards), note("questionnaire")),
    field("unit", say(model, "Of which unit?"), h("select", { onchange: (event) => set("unit", event.target.value) }, h("option", { value: "", text: say(model, "Choose…") }), tree)),
    h("fieldset", { "data-field": "levels" }, h("legend", { text: say(model, "Who is asked?") }), levels, note("levels")),
    h(
      "div",
      { class: "bn-fields" },
      field("day", say(model, "Last day"), h("input", { type: "date", min: today, value: last, onchange: (event) => set("day", event.target.value) })),
      field(
        "language",
        say(model, "Language on the phone"),
        h("select", { onchange: (event) => set("language", event.target.value) }, [["nl", "Nederlands"], ["en", "English"]].map(([key, text]) => h("option", { value: key, text, lang: key, selected: key === chosen.language }))),
      ),
    ),
    sentence,
    few,
    doubt,
    h("div", { class: "bn-acts" }, submit, button(say(model, "Cancel"), cancel)),
  );
  const draw = () => {
    const problems = model.get("problems");
    const fresh = Object.keys(notes).find((key) => problems[key] && notes[key].textContent !== problems[key]);
    for (const [key, wrong] of Object.entries(notes)) wrong.textContent = problems[key] ?? "";
    if (fresh) node.querySelector(`[data-field="${fresh}"] :is(input, select)`)?.focus();
    const asking = model.get("doubt");
    doubt.replaceChildren(...(asking ? [h("p", { text: asking }), h("div", { class: "bn-acts" }, button(say(model, "Open it all the same"), () => send(true)))] : []));
    submit.disabled = Boolean(model.get("busy"));
  };
  drawLevels();
  drawSentence();
  draw();
  return { node, draw };
}

/** Where a team looks at its answers together. */
function together(model, wave, team) {
  const words = say(model, "Look at it with the team");
  const href = address(`voila/render/reflection.ipynb?wave=${wave.id}&unit=${encodeURIComponent(team.unit)}&language=${model.get("language")}`);
  return link(href, words, { "aria-label": `${words}: ${team.name}` });
}

/** The link of one team: to scan, to send, to print, and to look at with the team. */
function share(model, wave, team) {
  const told = model.get("team");
  if (told.code !== team.code) return h("p", { class: "bn-help", text: say(model, "One moment…") });
  const sheet = address(`bedoeling/waves/${wave.id}.html?language=${wave.language}&team=${team.code}`);
  return h(
    "div",
    { class: "bn-share" },
    qrCode(model, told.qr),
    h(
      "div",
      { class: "bn-share-text" },
      h("p", {}, h("a", { href: told.address, target: "_blank", rel: "noopener", text: told.address })),
      toCopy(model, say(model, "Reminder with the link of {team}", { team: team.name }), told.reminder, wave.language, 9).node,
      h("p", { class: "bn-links" }, link(sheet, say(model, "Sheet to print (A4)")), together(model, wave, team)),
    ),
  );
}

/** The teams of a wave, with how many took part; what is not looked at is not drawn. */
function teams(model, wave) {
  const rates = (code) => model.get("rate").teams?.[code] ?? [0, 0, false];
  const sum = (some) => some.reduce(([took, of], { code }) => [took + rates(code)[0], of + rates(code)[1]], [0, 0]);
  const groups = new Map();
  for (const team of wave.teams) groups.set(team.where, [...(groups.get(team.where) ?? []), team]);
  const moving = new Set(); // functions that bring drawn numbers up to date
  let opened = null; // the team whose link is looked at, as {team, place, toggle}

  function row(team, withPlace) {
    const took = rate(model);
    const ended = h("span", { class: "bn-ended" });
    const place = h("div", { class: "bn-share-place", id: unique("share") });
    const acts = h("div", { class: "bn-run-acts" });
    const words = say(model, "Link and QR code");
    const act = () => open(opened?.team.code === team.code ? null : { team, place, toggle });
    const toggle = button(words, act, { class: "bn-button bn-small", "aria-expanded": "false", "aria-controls": place.id, "aria-label": `${words}: ${team.name}` });
    let wasOpen = null;
    const move = () => {
      const [some, all, isOpen] = rates(team.code);
      took.update(some, all);
      if (isOpen === wasOpen) return;
      wasOpen = isOpen;
      ended.textContent = isOpen || !model.get("rate").open ? "" : say(model, "closed by the team");
      if (!isOpen && opened?.team.code === team.code) open(null);
      acts.replaceChildren(isOpen ? toggle : (together(model, wave, team) ?? "")); // a link that is closed leads nowhere
    };
    moving.add(move);
    move();
    const where = withPlace && groups.size > 1 ? h("span", { text: team.where }) : null;
    return h("li", { class: "bn-run bn-team" }, h("div", { class: "bn-run-what" }, h("strong", { text: team.name }), where), h("div", { class: "bn-team-code" }, h("code", { text: team.code }), ended), took.node, acts, place);
  }
  function open(next) {
    if (opened) {
      opened.toggle.setAttribute("aria-expanded", "false");
      opened.place.replaceChildren();
    }
    opened = next;
    if (!next) return;
    next.toggle.setAttribute("aria-expanded", "true");
    drawShare();
    model.send({ do: "team", code: next.team.code });
  }
  const drawShare = () => opened?.place.replaceChildren(share(model, wave, opened.team));

  /** Rows, a number of them at a time. */
  function rows(some, withPlace = true) {
    const node = h("ul", { class: "bn-runs" });
    const more = (from) => {
      node.append(...some.slice(from, from + MOST).map((team) => row(team, withPlace)));
      const left = some.length - from - MOST;
      if (left > 0) {
        const next = h("li", {}, button(say(model, "Show more ({n})", { n: number(model, left) }), () => (next.remove(), more(from + MOST)), { class: "bn-button bn-small" }));
        node.append(next);
      }
    };
    more(0);
    return node;
  }
  function group([where, some]) {
    const took = rate(model);
    const move = () => took.update(...sum(some));
    moving.add(move);
    move();
    const body = h("div", {});
    const fill = (event) => event.target.open && !body.firstChild && body.append(rows(some, false));
    return h("details", { class: "bn-group", ontoggle: fill }, h("summary", {}, h("strong", { text: where }), h("span", { text: counted(model, "team", some.length) }), took.node), body);
  }
  const place = h("div", {});
  const found = h("p", { class: "bn-help", role: "status" });
  const search = h("input", { type: "search", id: unique("search"), autocomplete: "off", oninput: () => drawRows() });
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  function drawRows() {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    open(null);
    moving.clear();
    const some = wave.teams.filter((team) => words.every((word) => plain(`${team.name} ${team.where} ${team.unit}`).includes(word) || plain(team.code).startsWith(word)));
    found.textContent = words.length ? (some.length ? say(model, "{n} found", { n: number(model, some.length) }) : say(model, "Nothing found.")) : "";
    const grouped = !words.length && wave.teams.length > ONE_LIST && groups.size > 1;
    place.replaceChildren(...(grouped ? [...groups].map(group) : [rows(some)]));
  }
  drawRows();
  const field = wave.teams.length > FEW ? h("div", { class: "bn-field bn-search" }, h("label", { for: search.id, text: say(model, "Search a team, location or code") }), search, found) : null;
  return { node: h("section", {}, h("h3", { text: say(model, "By team") }), field, place), move: () => moving.forEach((one) => one()), drawShare };
}

/** One wave. */
function detail(model, back) {
  const wave = model.get("wave");
  const took = rate(model);
  const heading = h("h2", { tabindex: "-1", text: read(model, wave.title) });
  const standing = h("span", {});
  const until = h("span", {});
  const hint = h("p", { class: "bn-help" });
  const closing = h("div", {});
  const parts = teams(model, wave);
  const other = wave.language === "nl" ? "en" : "nl";
  const sheets = (language) => address(`bedoeling/waves/${wave.id}.html?language=${language}`);
  const kinds = [["general", say(model, "for everybody, without a link")], ["teams", say(model, "with the link of each team")]];
  const text = toCopy(model, say(model, "Text"), wave.reminders.general, wave.language, 10);
  const which = unique("which");
  const reminder = h(
    "section",
    { class: "bn-reminder" },
    h("h3", { text: say(model, "Reminder to send") }),
    h("div", { class: "bn-field" }, h("label", { for: which, text: say(model, "Which text?") }), h("select", { id: which, onchange: (event) => text.fill(wave.reminders[event.target.value]) }, kinds.map(([key, words]) => h("option", { value: key, text: words })))),
    text.node,
  );
  const begin = button(say(model, "Close now…"), () => ask(true));
  let asked = false; // to close it, here
  const close = () => {
    asked = true;
    closing.replaceChildren(begin);
    model.send({ do: "close", wave: wave.id });
  };
  function ask(really) {
    const { took: some, people: all } = model.get("rate");
    const words = say(model, "Close this wave for everybody? {took} of {of} people took part. Whoever is still answering cannot send any more, and it cannot be opened again. What was answered stays, and teams can look at it.", { took: number(model, some), of: number(model, all) });
    const yes = button(say(model, "Yes, close it"), close, { class: "bn-button bn-main" });
    const no = button(say(model, "No, leave it open"), () => (ask(false), begin.focus()));
    closing.replaceChildren(really ? h("div", { class: "bn-doubt", role: "group" }, h("p", { text: words }), h("div", { class: "bn-acts" }, yes, no)) : begin);
    if (really) no.focus();
  }
  const print = h(
    "div",
    { class: "bn-links" },
    link(sheets(wave.language), say(model, "Print the sheets (A4, one a team)"), { class: "bn-button bn-main" }) ?? h("code", { text: `bedoeling wave invite ${wave.id}` }),
    link(sheets(other), other === "en" ? say(model, "the sheets in English") : say(model, "the sheets in Dutch")),
    closing,
  );
  let wasOpen = null;
  const move = () => {
    const { open, until: last, took: some, people: all } = model.get("rate");
    took.update(some, all);
    until.textContent = say(model, "until and with {day}", { day: day(model, last) });
    parts.move();
    hint.textContent = open && !some ? say(model, "Nobody took part yet. Print the sheets, or send the links.") : "";
    begin.disabled = Boolean(model.get("busy"));
    if (open === wasOpen) return;
    wasOpen = open;
    standing.replaceChildren(state(model, open));
    reminder.hidden = print.hidden = !open;
    if (open) ask(false);
    else {
      closing.replaceChildren();
      if (asked) heading.focus(); // the button that had the focus is gone
    }
  };
  move();
  const node = h(
    "section",
    { class: "bn-one" },
    h("div", { class: "bn-acts" }, button(say(model, "← All waves"), back, { class: "bn-button bn-small" })),
    heading,
    h("p", { class: "bn-when" }, `${wave.unit} · `, until, " · ", standing),
    h("div", { class: "bn-total" }, h("p", { class: "bn-total-title", text: say(model, "Took part") }), took.node, hint),
    print,
    h("div", { class: "bn-beside" }, parts.node, reminder),
  );
  return { node, move, drawShare: parts.drawShare };
}

export default {
  render({ model, el }) {
    const notice = h("p", { class: "bn-message", role: "alert" });
    const busy = h("p", { class: "bn-busy", role: "status" });
    const title = h("h1", { tabindex: "-1", text: say(model, "Waves") });
    const place = h("div", {});
    let view = { sort: "none" };
    const focus = () => place.querySelector("h2")?.focus();
    const show = (wave) => model.send({ do: "look", wave });

    function drawList(moved = true) {
      const begin = button(say(model, "Open a new wave"), drawForm, { class: "bn-button bn-main" });
      const waves = list(model, show);
      view = { sort: "list", draw: waves.draw };
      place.replaceChildren(h("div", { class: "bn-acts bn-begin" }, begin), waves.node);
      remember(null);
      if (moved) title.focus();
    }
    function drawForm() {
      const opening = form(model, () => drawList());
      view = { sort: "form", draw: opening.draw };
      place.replaceChildren(opening.node);
      focus();
    }
    function drawWave(moved = true) {
      const wave = model.get("wave");
      if (!wave.id) return drawList(moved);
      const one = detail(model, () => show(null));
      view = { sort: "wave", draw: one.move, drawShare: one.drawShare };
      place.replaceChildren(one.node);
      remember(wave.id);
      if (moved) focus();
    }
    const redraw = (sort) => () => view.sort === sort && view.draw();
    const drawNotice = () => (notice.textContent = model.get("notice"));
    const drawBusy = () => {
      busy.textContent = model.get("busy");
      if (view.sort !== "list") view.draw();
    };
    const follow = {
      "change:waves": redraw("list"),
      "change:wave": () => drawWave(),
      "change:rate": redraw("wave"),
      "change:team": () => view.drawShare?.(),
      "change:problems": redraw("form"),
      "change:doubt": redraw("form"),
      "change:busy": drawBusy,
      "change:notice": drawNotice,
    };
    drawWave(false);
    drawNotice();
    busy.textContent = model.get("busy");
    el.replaceChildren(h("section", { class: "bn bn-desk bn-waves", lang: model.get("language") }, title, notice, busy, place));
    for (const [event, act] of Object.entries(follow)) model.on(event, act);
    return () => {
      for (const [event, act] of Object.entries(follow)) model.off(event, act);
    };
  },
};
