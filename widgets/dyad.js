/** A place between two poles. */
import { h, kind, read, say, unique } from "./shared.js";

/** Where a share towards the right pole is, in words. */
function words(model, item, share) {
  const pole = read(model, share < 0.5 ? item.left : item.right);
  const way = Math.abs(share - 0.5);
  if (way < 0.025) return say(model, "In the middle");
  if (way < 0.2) return say(model, "A little towards “{pole}”", { pole });
  if (way < 0.5) return say(model, "Clearly towards “{pole}”", { pole });
  return say(model, "Entirely “{pole}”", { pole });
}

function poles(model, item) {
  const ends = [item.left, item.right].map((text) => h("span", { text: read(model, text) }));
  return h("div", { class: "bn-poles", id: unique("poles") }, ends);
}

function ask({ model, item, body, legend, value, set, disabled }) {
  let now = null;
  const ends = poles(model, item);
  const told = h("p", { class: "bn-status", "aria-hidden": "true" });
  const answer = () => {
    draw(Number(input.value));
    set(now);
  };
  const input = h("input", {
    type: "range",
    class: "bn-range bn-dyad-line",
    min: 0,
    max: 1,
    step: 0.01,
    disabled,
    "aria-labelledby": `${legend} ${ends.id}`,
    oninput: () => draw(Number(input.value)),
    onchange: answer,
    // The middle is an answer too, but going there is no change: a tap on it, or Enter, gives it.
    onclick: () => now === null && answer(),
    onkeydown: ({ key }) => (key === "Enter" || key === " ") && answer(),
  });
  function draw(share) {
    now = share;
    input.value = share ?? 0.5;
    const given = share !== null;
    told.textContent = given ? words(model, item, share) : say(model, "Drag the point, or tap where you want it.");
    const spoken = given ? `${told.textContent} (${Math.round(share * 100)})` : say(model, "No answer yet. Move the slider.");
    input.setAttribute("aria-valuetext", spoken);
    input.classList.toggle("bn-untouched", !given);
  }
  draw(value);
  body.append(ends, input, told);
  return draw;
}

// On the board

function show({ model, item, body, summary }) {
  const bars = Array.from({ length: 20 }, () => h("i"));
  const mean = h("div", { class: "bn-mean" });
  const told = h("p", { class: "bn-note" });
  body.append(h("div", { class: "bn-density", "aria-hidden": "true" }, bars, mean), poles(model, item), told);
  // Without a single answer ("not applicable" only) there are no bins and no mean.
  const update = ({ bins = [], mean: share }) => {
    const most = Math.max(1, ...bins.map((bin) => bin.count));
    bars.forEach((bar, i) => (bar.style.height = `${((bins[i]?.count ?? 0) / most) * 100}%`));
    mean.hidden = share === undefined;
    if (mean.hidden) return;
    mean.style.left = `${share * 100}%`;
    const place = words(model, item, share);
    told.textContent = say(model, "On average: {place}", { place: place[0].toLowerCase() + place.slice(1) });
  };
  update(summary);
  return update;
}

export default kind("dyad", { ask, show });
