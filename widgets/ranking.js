import { glide, h, kind, number, read, say, showBars } from "./shared.js";

function ask({ model, item, body, value, set, disabled }) {
  const list = h("ol", { class: "bn-ranking-list", role: "list" });
  const status = h("p", { class: "bn-hidden", role: "status" });
  const agree = h("button", { type: "button", class: "bn-button", disabled, "aria-pressed": String(value !== null), text: say(model, "This is my order"), onclick: () => answer() });
  const order = () => [...list.children];

  function answer() {
    agree.setAttribute("aria-pressed", "true");
    set(order().map((row) => row.dataset.id));
  }
  function refresh() {
    order().forEach((row, place, { length }) => {
      row.querySelector("b").textContent = place + 1;
      const [up, down] = row.querySelectorAll("button");
      up.setAttribute("aria-disabled", place === 0);
      down.setAttribute("aria-disabled", place === length - 1);
    });
  }
  /** Moves a row by moving those that it passes: the row itself stays in the page, and keeps its focus and its pointer. */
  function move(row, to) {
    const from = order().indexOf(row);
    const passed = to < from ? order().slice(to, from) : order().slice(from + 1, to + 1);
    glide(row.style.translate ? passed : order(), () => (to < from ? row.after(...passed) : row.before(...passed)));
    refresh();
    status.textContent = say(model, "{option} is now number {n}", { option: texts.get(row.dataset.id), n: to + 1 });
  }
  function take(row, event) {
    if (event.button > 0 || disabled) return;
    event.preventDefault();
    const middle = (node) => node.offsetTop + node.offsetHeight / 2;
    let [start, moved] = [event.clientY - middle(row), false];
    const grip = event.currentTarget;
    const follow = ({ clientY }) => {
      const at = clientY - start; // where the middle of the row should be
      const pull = () => (row.style.translate = `0 ${at - middle(row)}px`);
      pull();
      const to = order().filter((other) => other !== row && middle(other) < at).length;
      if (to === order().indexOf(row)) return;
      moved = true;
      move(row, to);
      pull(); // from its new place
    };
    const stop = () => {
      grip.removeEventListener("pointermove", follow);
      glide([row], () => (row.style.translate = ""));
      row.classList.remove("bn-in");
      if (moved) answer();
    };
    grip.setPointerCapture(event.pointerId);
    row.classList.add("bn-in");
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("lostpointercapture", stop, { once: true });
  }
  /** Does what a key (or the button that stands for it) says; false when it says nothing. */
  function step(row, key) {
    const place = order().indexOf(row);
    const to = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: order().length - 1 }[key];
    if (to === undefined || disabled) return false;
    if (order()[to] && to !== place) {
      move(row, to);
      answer();
    }
    return true;
  }
  const texts = new Map(item.options.map(({ id, text }) => [id, read(model, text)]));
  for (const id of new Set([...(value ?? []).filter((id) => texts.has(id)), ...texts.keys()])) {
    const text = texts.get(id);
    const grip = h("div", { class: "bn-grip" }, h("b"), h("span", { text }));
    const button = (sign, label, key) =>
      h("button", { type: "button", class: "bn-round", disabled, "aria-label": `${label}: ${text}`, text: sign, onclick: () => step(row, key) });
    const row = h("li", { "data-id": id }, grip, button("↑", say(model, "Move up"), "ArrowUp"), button("↓", say(model, "Move down"), "ArrowDown"));
    grip.addEventListener("pointerdown", (event) => take(row, event));
    row.addEventListener("keydown", (event) => step(row, event.key) && event.preventDefault());
    list.append(row);
  }
  refresh();
  body.append(h("p", { class: "bn-status", text: say(model, "Drag, or use the arrows. The most important is on top.") }), list, agree, status);
}

// On the board

function show({ model, item, body, summary }) {
  const rows = ({ mean_rank, first }) => {
    const worst = item.options.length;
    const row = ({ id, text }) => ({ id, label: read(model, text), mean: mean_rank[id] ?? worst, first: first[id] ?? 0 });
    const sorted = item.options.map(row).sort((a, b) => a.mean - b.mean);
    return sorted.map(({ id, label, mean, first }) => ({ id, label, share: (worst - mean) / Math.max(1, worst - 1), value: number(model, mean), note: say(model, "{n}× first", { n: number(model, first) }) }));
  };
  const update = showBars(body, rows(summary));
  body.append(h("p", { class: "bn-note", text: say(model, "The number is the mean place: 1 is the best.") }));
  return (summary) => update(rows(summary));
}

export default kind("ranking", { ask, show });
