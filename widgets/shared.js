/**
 * Shared by every item kind: the frame around a question, and small helpers.
 *
 * A kind's module is `import { … } from "./shared.js"; export default kind({ ask, show })`. The phone gets it as
 * part of one bundle; anywidget gets it with this file in line (see `bedoeling_nb.widgets.assets`).
 *
 * The model has: item (the question as data), mode ("ask" | "show"), value, summary, language, texts (translations of
 * the words below), disabled, message (why a value was refused), moderate (may hide and merge texts).
 */

const SVG = new Set(["svg", "g", "path", "circle", "rect", "line", "polygon", "text", "title", "use"]);

/** An element: h("p", {class: "x", onclick: f, text: "…"}, child, …). Text is never read as HTML. */
export function h(tag, attributes = {}, ...children) {
  const node = SVG.has(tag) && tag !== "title" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** A text of the session ("…" as typed, or {nl, en}) in the reader's language. */
export function read(model, text) {
  if (text === null || text === undefined) return "";
  if (typeof text === "string") return text;
  return text[model.get("language")] ?? text.nl ?? text.en ?? "";
}

/** A word of the interface, translated; {name} is filled in. The msgid is the English sentence. */
export function say(model, msgid, values = {}) {
  const translated = model.get("texts")?.[msgid] || msgid;
  return translated.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A number as people of this language write it. */
export function number(model, value, digits = 1) {
  return new Intl.NumberFormat(model.get("language"), { maximumFractionDigits: digits }).format(value);
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The colour and the sign of a promise; other corners and options go by their place in the list. */
export function mark(id, index = 0) {
  const promises = { good_life: ["var(--bn-good-life)", "●"], good_work: ["var(--bn-good-work)", "▲"], healthy_organisation: ["var(--bn-healthy-organisation)", "■"] };
  const [colour, sign] = promises[id] ?? [`var(--bn-series-${index % 6})`, "●▲■◆★⬟"[index % 6]];
  return { colour, sign };
}

let serial = 0;
/** An id that is unique on the page, for labels. */
export const unique = (prefix) => `bn-${prefix}-${++serial}`;

/**
 * Follow a pointer over `surface` and call `move(x, y)` with shares 0…1 of its width and height (y down), clamped.
 * Works with mouse, pen and touch; returns nothing to clean up.
 */
export function drag(surface, move, done = () => {}) {
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    move(clamp((event.clientX - box.left) / box.width, 0, 1), clamp((event.clientY - box.top) / box.height, 0, 1));
  };
  surface.style.touchAction = "none";
  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || surface.getAttribute("aria-disabled") === "true") return;
    event.preventDefault();
    surface.setPointerCapture?.(event.pointerId);
    place(event);
    surface.addEventListener("pointermove", place);
    const stop = () => {
      surface.removeEventListener("pointermove", place);
      done();
    };
    surface.addEventListener("pointerup", stop, { once: true });
    surface.addEventListener("pointercancel", stop, { once: true });
  });
}

/**
 * Radio buttons or checkboxes on cards, in `body`.
 *
 * @param {"radio" | "checkbox"} type
 * @param {{id, text, picture?}[]} options their ids may be numbers; `text` is for the eye and the ear
 * @param {Array} chosen the ids that are chosen now
 * @param {(ids: Array) => void} change gets the chosen ids, in the order of the options
 * @returns {HTMLInputElement[]} the inputs, in the order of the options
 */
export function choices({ model, body, disabled }, type, options, chosen, change) {
  const name = unique("choice");
  const inputs = options.map(({ id }) => h("input", { type, name, disabled, checked: chosen.includes(id) }));
  const changed = () => change(options.filter((_, place) => inputs[place].checked).map(({ id }) => id));
  const card = ({ text, picture }, place) => h("label", { class: "bn-choice" }, inputs[place], picture, h("span", { text: read(model, text) }));
  body.append(h("div", { class: "bn-choices", onchange: changed }, options.map(card)));
  return inputs;
}

/** Let a node move, unless its reader wants no motion. */
function animate(node, frames) {
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) node.animate(frames, { duration: 350, easing: "ease-out" });
}

/** Do `change`, which gives some of `nodes` another place, and let them glide there. */
export function glide(nodes, change) {
  const before = nodes.map((node) => node.getBoundingClientRect());
  change();
  nodes.forEach((node, i) => {
    const now = node.getBoundingClientRect();
    const [x, y] = [before[i].x - now.x, before[i].y - now.y];
    if (x || y) animate(node, { transform: [`translate(${x}px, ${y}px)`, "none"] });
  });
}

function askFrame(model, el, name, ask) {
  const item = model.get("item");
  const legend = unique("legend");
  const help = item.help ? h("p", { class: "bn-help", id: unique("help"), text: read(model, item.help) }) : null;
  const body = h("div", { class: "bn-body" });
  const message = h("p", { class: "bn-message", role: "alert", text: model.get("message") ?? "" });
  const frame = h(
    "div",
    { class: `bn bn-ask bn-${name}`, role: "group", "aria-labelledby": legend, "aria-describedby": help?.id, lang: model.get("language") },
    h("p", { class: "bn-question", id: legend, text: read(model, item.text) }),
    help,
    body,
  );
  let own = false; // a change that came from this page needs no redrawing
  const set = (value) => {
    own = true;
    model.set("value", value);
    model.save_changes();
    own = false;
    refreshNotApplicable();
  };
  const context = { model, item, body, legend, set, name, disabled: Boolean(model.get("disabled")) };
  const value = () => (model.get("value") === "na" ? null : model.get("value") ?? null);
  let update = ask({ ...context, value: value() });

  let notApplicable = null;
  function refreshNotApplicable() {
    const chosen = model.get("value") === "na";
    notApplicable?.setAttribute("aria-pressed", String(chosen));
    body.classList.toggle("bn-muted", chosen);
  }
  if (item.not_applicable) {
    notApplicable = h("button", {
      type: "button",
      class: "bn-na",
      disabled: context.disabled,
      text: say(model, "Not applicable"),
      onclick: () => {
        set(model.get("value") === "na" ? null : "na");
        redraw();
      },
    });
    frame.append(notApplicable);
  }
  frame.append(message);
  refreshNotApplicable();

  function redraw() {
    if (update) update(value());
    else {
      body.replaceChildren();
      update = ask({ ...context, value: value() });
    }
    refreshNotApplicable();
  }
  const outside = () => own || redraw();
  const refused = () => (message.textContent = model.get("message") ?? "");
  model.on("change:value", outside);
  model.on("change:message", refused);
  el.replaceChildren(frame);
  return () => {
    model.off("change:value", outside);
    model.off("change:message", refused);
  };
}

/**
 * The anywidget module of one item kind.
 *
 * @param {string} name the kind, as in `bedoeling_nb.instruments.kinds`
 * @param {object} parts
 *   ask({model, item, body, legend, value, set, disabled}) draws the question in `body`, calls `set(value)` (null for
 *     "no answer") when the person answers, and may return update(value) for when the value changes from outside.
 *   show({model, item, body, summary, moderate}) draws the summary and may return update(summary), which animates.
 *   showEntries(…) draws a summary of several entries ({entries: [{id, text, summary}]}) in one picture; without it each
 *     entry is drawn under a heading of its own.
 */
export function kind(name, { ask, show, showEntries }) {
  return {
    render({ model, el }) {
      let stop = () => {};
      const draw = () => {
        stop();
        stop = model.get("mode") === "show" ? showFrame(model, el, name, show, showEntries) : askFrame(model, el, name, ask);
      };
      draw();
      const keys = ["mode", "item", "language", "texts", "disabled", "moderate"].map((key) => `change:${key}`);
      keys.forEach((key) => model.on(key, draw));
      return () => {
        keys.forEach((key) => model.off(key, draw));
        stop();
      };
    },
  };
}

// On the board

/** Why there is no picture (yet). */
export const few = (model, { n = 0, needed = 5, closed }) =>
  closed ? say(model, "Too few answers to show ({n} of {needed})", { n, needed }) : say(model, "Waiting for more answers ({n} of {needed})", { n, needed });

/**
 * Lying bars in `body`; returns update(rows), for which rows may come in another order.
 *
 * @param {{id, label, share, value, note, dots}[]} rows share 0…1 is the length; label, value and note are texts;
 *   with dots (a number) the bar is that many dots
 */
export function showBars(body, rows) {
  const list = h("ol", { class: "bn-bars", role: "list" });
  const drawn = new Map();
  const draw = (row) => {
    const [label, bar, value, note] = [h("span"), h("i"), h("b"), h("small")];
    animate(bar, { width: ["0", `${100 * row.share}%`] });
    return { label, bar, value, note, node: h("li", {}, label, h("span", { class: "bn-bar" }, bar), h("span", {}, value, " ", note)) };
  };
  const update = (rows) => {
    list.classList.toggle("bn-dotted", rows.some(({ dots }) => dots));
    list.classList.toggle("bn-few", rows.length < 7);
    list.classList.toggle("bn-many", rows.length > 8);
    list.classList.toggle("bn-crowd", rows.length > 14);
    list.style.setProperty("--rows", Math.ceil(rows.length / 2));
    for (const row of rows) {
      if (!drawn.has(row.id)) drawn.set(row.id, draw(row));
      const { label, bar, value, note } = drawn.get(row.id);
      label.textContent = row.label;
      bar.style.width = `${100 * row.share}%`;
      bar.style.setProperty("--dots", row.dots);
      value.textContent = row.value;
      note.textContent = row.note ?? "";
    }
    const nodes = rows.map(({ id }) => drawn.get(id).node);
    glide(nodes.filter((node) => node.isConnected), () => {
      nodes.forEach((node, i) => list.children[i] === node || list.insertBefore(node, list.children[i] ?? null)); // what stays is left alone
      while (list.children.length > nodes.length) list.lastChild.remove();
    });
  };
  body.append(list);
  update(rows);
  return update;
}

/**
 * Standing columns in `body`; returns update(columns, pointer), with as many columns as before.
 *
 * @param {{label, count, note, picture}[]} columns what is counted, from low to high
 * @param {{at, text}} [pointer] a place on the axis (0 is the left edge, 1 the right) and what it says there
 */
export function showColumns({ model, body }, first, pointer) {
  const parts = first.map(() => ({ count: h("b"), note: h("small"), bar: h("i") }));
  const label = ({ label, picture }) => h("div", { class: "bn-column-label" }, picture, label);
  const column = ({ count, note, bar }) => h("div", { class: "bn-column" }, count, note, bar);
  const [arrow, text] = [h("i"), h("span")];
  body.append(h("ol", { class: "bn-columns", role: "list" }, first.map((one, i) => h("li", {}, column(parts[i]), label(one)))));
  if (pointer) body.append(h("p", { class: "bn-pointer" }, arrow, text));
  const update = (columns, pointer) => {
    const most = Math.max(1, ...columns.map(({ count }) => count));
    columns.forEach(({ count, note }, i) => {
      parts[i].count.textContent = number(model, count);
      parts[i].note.textContent = note ?? "";
      parts[i].bar.style.height = `calc((100% - ${note ? "var(--bn-note-room, 3em)" : "1.7em"}) * ${count / most})`;
    });
    if (!pointer) return;
    text.textContent = pointer.text;
    text.style.left = arrow.style.left = `${100 * pointer.at}%`;
    text.style.transform = `translateX(${-100 * pointer.at}%)`; // stays within the axis at both ends
  };
  update(first, pointer);
  return update;
}

/**
 * Many points in one picture, smooth with thousands: a few paths of round dots, so that a crowded place is darker.
 * Returns the group to place in an SVG, and draw([[x, y], …]); points that are new since the last time fade in.
 */
export function cloud() {
  const layers = Array.from({ length: 8 }, () => h("path"));
  let fresh = h("path");
  let seen = 0;
  const dots = (places) => places.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
  const draw = (places) => {
    const old = places.slice(0, seen || places.length);
    layers.forEach((layer, i) => layer.setAttribute("d", dots(old.filter((_, j) => j % layers.length === i))));
    const next = h("path", { class: "bn-new", d: dots(places.slice(old.length)) });
    fresh.replaceWith(next);
    fresh = next;
    seen = places.length;
  };
  return { group: h("g", { class: "bn-cloud" }, layers, fresh), draw };
}

/** A small button that does something with one text; `about` tells a screen reader which. */
export const tool = (model, msgid, about, onclick) =>
  h("button", { type: "button", class: "bn-button", text: say(model, msgid), "aria-label": `${say(model, msgid)}: ${about}`, onclick });

/**
 * A wall of what people wrote: cards in the order of the things, redrawn only when they change, so nothing jumps and
 * focus stays. Hidden things (only a moderator gets them) lie in a tray, with a way back.
 *
 * @param fill fill(card, thing) draws a thing {id, text, hidden, …} in its empty card
 * @returns {{list: HTMLElement, update: function(Array): void}}
 */
export function wall(model, body, fill) {
  const list = h("ul", { class: "bn-wall", role: "list", tabindex: 0 });
  const away = h("ul", { role: "list" });
  const title = h("summary");
  const tray = h("details", { class: "bn-tray" }, title, away);
  const cards = new Map(); // id → {card, drawn}
  body.append(list, tray);
  const update = (things) => {
    const shown = things.filter((thing) => !thing.hidden);
    const hidden = things.filter((thing) => thing.hidden);
    const ids = new Set(shown.map((thing) => thing.id));
    for (const [id, { card }] of cards) {
      if (ids.has(id)) continue;
      if (card.contains(document.activeElement)) list.focus();
      card.remove();
      cards.delete(id);
    }
    shown.forEach((thing, i) => {
      const known = cards.get(thing.id) ?? { card: h("li", { class: "bn-card", "data-id": thing.id }) };
      const drawn = JSON.stringify(thing);
      if (known.drawn !== drawn) {
        const focused = known.card.contains(document.activeElement);
        known.card.replaceChildren();
        fill(known.card, thing);
        if (focused) [...known.card.querySelectorAll("button")].at(-1)?.focus();
        cards.set(thing.id, { ...known, drawn });
      }
      if (list.children[i] !== known.card) list.insertBefore(known.card, list.children[i] ?? null);
    });
    tray.hidden = !hidden.length;
    title.textContent = say(model, "Hidden ({n})", { n: hidden.length });
    const back = ({ id, text }) => tool(model, "Bring back", text, () => model.send({ type: "show", id }));
    away.replaceChildren(...hidden.map((thing) => h("li", {}, h("s", { text: thing.text }), back(thing))));
  };
  return { list, update };
}

/**
 * A place that may hold more than it shows: it fades where there is more, and can be reached by keyboard then. What does
 * not scroll, or has a stop inside, is no stop on the way of the Tab key.
 *
 * @returns {{scrolls: function(), stop: function()}} to look again when something changed, and to stop looking
 */
export function scrolling(place) {
  const edge = () => place.classList.toggle("bn-more", place.scrollTop + place.clientHeight < place.scrollHeight - 2);
  const scrolls = () => {
    const more = place.scrollHeight > place.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(place).overflowY);
    if (more && !place.querySelector("button, [tabindex]")) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
    edge();
  };
  const sized = new ResizeObserver(scrolls);
  sized.observe(place);
  place.addEventListener("scroll", edge, { passive: true });
  return { scrolls, stop: () => sized.disconnect() };
}

function showFrame(model, el, name, show, showEntries) {
  const item = model.get("item");
  const title = unique("shown");
  const body = h("div", { class: "bn-body", role: "group", "aria-labelledby": title });
  const count = h("span", { class: "bn-count" });
  const frame = h(
    "section",
    { class: `bn bn-show bn-${name}`, lang: model.get("language") },
    h("header", { class: "bn-head" }, h("h3", { class: "bn-question", id: title, text: read(model, item.text) }), count),
    body,
  );
  /** Draws a summary in a place; of the same sort as what is there already, that is only updated. */
  function draw(place, summary, sort, drawer) {
    if (place.sort === sort && place.update) return place.update(summary);
    place.target.replaceChildren();
    place.sort = sort;
    place.update = drawer(place.target, summary);
  }
  const waiting = (target, summary) => {
    const line = h("p", { class: "bn-waiting" });
    const dots = h("div", { class: "bn-waiting-dots", "aria-hidden": "true" });
    target.append(dots, line);
    const refresh = ({ n = 0, needed = 5, closed }) => {
      line.textContent = few(model, { n, needed, closed });
      dots.classList.toggle("bn-done", Boolean(closed));
      dots.replaceChildren(...Array.from({ length: needed }, (_, i) => h("i", { class: i < n ? "bn-in" : null })));
    };
    refresh(summary);
    return refresh;
  };
  const one = (target, summary) => show({ model, item, body: target, summary, name, moderate: Boolean(model.get("moderate")) });
  const single = (place, summary) => (summary.withheld ? draw(place, summary, "waiting", waiting) : draw(place, summary, "summary", one));
  const entries = (target, { entries }) => {
    const places = entries.map(({ text }) => {
      const part = h("div", { class: "bn-entry-body" });
      target.append(h("div", { class: "bn-entry" }, h("h4", { text: read(model, text) }), part));
      return { target: part };
    });
    const refresh = ({ entries }) => entries.forEach(({ summary }, i) => single(places[i], summary));
    refresh({ entries });
    return refresh;
  };
  const whole = { target: body };
  const { scrolls, stop } = scrolling(body);
  function redraw() {
    const summary = model.get("summary") ?? { n: 0, withheld: true, needed: 5 };
    frame.dataset.n = summary.n ?? 0;
    const [n, all] = [summary.n, summary.of].map((people) => number(model, people ?? 0));
    const counted = [
      summary.of > summary.n ? say(model, "{n} of {all} in view", { n, all }) : say(model, "{n} answers", { n }),
      summary.na && `${say(model, "Not applicable")}: ${number(model, summary.na)}`,
    ];
    count.textContent = summary.withheld ? "" : counted.filter(Boolean).join(" · ");
    const sort = JSON.stringify(summary.entries?.map(({ id, text }) => [id, text])); // other entries: another picture
    if (summary.withheld || !summary.entries) single(whole, summary);
    else draw(whole, summary, sort, showEntries ? (target) => showEntries({ model, item, body: target, summary, name }) : entries);
    scrolls();
  }
  redraw();
  model.on("change:summary", redraw);
  el.replaceChildren(frame);
  return () => {
    model.off("change:summary", redraw);
    stop();
  };
}
