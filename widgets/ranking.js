import { bars, glide, h, kind, number, read, say } from "./shared.js";

function ask({ model, item, body, value, set, disabled }) {
  const list = h("ol", { class: "bn-ranking-list", role: "list" });
  const status = h("p", { class: "bn-hidden", role: "status" });
  const agree = h("button", { type: "button", class: "bn-button", disabled, "aria-pressed": value !== null, text: say(model, "This is my order"), onclick: () => answer() });
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
    if (!order()[to] || !passed.length) return;
    glide(row.style.translate ? passed : order(), () => (to < from ? row.after(...passed) : row.before(...passed)));
    refresh();
    status.textContent = say(model, "{option} is now number {n}", { option: row.dataset.text, n: to + 1 });
  }
  function follow(row, event) {
    if (event.button > 0 || disabled) return;
    event.preventDefault();
    const middle = (node) => node.offsetTop + node.offsetHeight / 2;
    let [start, moved] = [event.clientY - middle(row), false];
    const grip = event.currentTarget;
    const pull = ({ clientY }) => {
      const at = clientY - start; // where the middle of the row should be
      const [before, after] = [row.previousElementSibling, row.nextElementSibling];
      row.style.translate = `0 ${at - middle(row)}px`;
      if (before && at < middle(before)) move(row, order().indexOf(row) - 1);
      else if (after && at > middle(after)) move(row, order().indexOf(row) + 1);
      else return;
      moved = true;
      row.style.translate = `0 ${at - middle(row)}px`;
    };
    const stop = () => {
      grip.removeEventListener("pointermove", pull);
      glide([row], () => (row.style.translate = ""));
      row.classList.remove("bn-in");
      if (moved) answer();
    };
    grip.setPointerCapture(event.pointerId);
    row.classList.add("bn-in");
    grip.addEventListener("pointermove", pull);
    grip.addEventListener("lostpointercapture", stop, { once: true });
  }
  function keys(row, event) {
    const place = order().indexOf(row);
    const to = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: item.options.length - 1 }[event.key];
    if (to === undefined || disabled) return;
    event.preventDefault();
    place === to || !order()[to] || (move(row, to), answer());
  }
  const byId = new Map(item.options.map((option) => [option.id, option]));
  for (const id of value ?? byId.keys()) {
    const text = read(model, byId.get(id).text);
    const button = (sign, label, step) =>
      h("button", { type: "button", class: "bn-round", disabled, "aria-label": `${label}: ${text}`, text: sign, onclick: () => keys(row, { key: step, preventDefault() {} }) });
    const row = h(
      "li",
      { "data-id": id, "data-text": text, onkeydown: (event) => keys(row, event) },
      h("div", { class: "bn-grip", onpointerdown: (event) => follow(row, event) }, h("b"), h("span", { text })),
      button("↑", say(model, "Move up"), "ArrowUp"),
      button("↓", say(model, "Move down"), "ArrowDown"),
    );
    list.append(row);
  }
  refresh();
  body.append(h("p", { class: "bn-status", text: say(model, "Drag, or use the arrows. The most important is on top.") }), list, agree, status);
}

function show({ model, item, body, summary }) {
  const rows = ({ mean_rank, first }) => {
    const worst = item.options.length;
    const row = ({ id, text }) => ({ id, label: read(model, text), mean: mean_rank[id] ?? worst, first: first[id] ?? 0 });
    const sorted = item.options.map(row).sort((a, b) => a.mean - b.mean);
    return sorted.map(({ id, label, mean, first }) => ({ id, label, share: (worst - mean) / Math.max(1, worst - 1), value: number(model, mean), note: `${first}× ${say(model, "first")}` }));
  };
  const update = bars(body, rows(summary));
  body.append(h("p", { class: "bn-note", text: say(model, "The number is the mean place: 1 is the best.") }));
  return (summary) => update(rows(summary));
}

export default kind("ranking", { ask, show });
