/** A place between two axes: x to the right, y upward, each from 0 to 100. */
import { clamp, cloud, drag, few, h, kind, read, say } from "./shared.js";

/** The square with the names of the axes and their ends around it. */
function square(model, item, ...inside) {
  const end = (axis, side, arrow) =>
    h("span", { class: `bn-${axis}-${side}` }, h("span", { "aria-hidden": "true", text: arrow }), read(model, item[axis][side]));
  const name = (axis) => h("b", { class: `bn-${axis}-name`, text: read(model, item[axis].text) });
  const quarters = item.quadrants?.map((text) => h("span", { text: read(model, text) }));
  return h(
    "div",
    { class: "bn-axes" },
    name("y"),
    end("y", "high", "↑ "),
    h("div", { class: "bn-square" }, h("div", { class: "bn-quarters" }, quarters ?? []), inside),
    end("y", "low", "↓ "),
    h("div", { class: "bn-x" }, end("x", "low", "← "), name("x"), end("x", "high", "→ ")),
  );
}

/** "Effort 30, Effect 70" */
const words = (model, item, x, y) => `${read(model, item.x.text)} ${Math.round(x)}, ${read(model, item.y.text)} ${Math.round(y)}`;

const ARROWS = { ArrowUp: ["y", 1], ArrowDown: ["y", -1], ArrowLeft: ["x", -1], ArrowRight: ["x", 1] };

function ask({ model, item, body, value, set, disabled }) {
  let now = null;
  const told = h("p", { class: "bn-status" });
  const thumb = h("div", { class: "bn-thumb" });
  const place = () => now ?? { x: 50, y: 50 };

  // Two native ranges, seen by screen readers only, are what the keyboard and assistive technology move; for somebody who sees
  // the point, all four arrow keys work on either.
  function range(axis) {
    const { text, low, high } = item[axis];
    return h("input", {
      type: "range",
      class: "bn-hidden",
      min: 0,
      max: 100,
      disabled,
      "aria-label": `${read(model, text)}: ${read(model, low)} – ${read(model, high)}`,
      oninput: (event) => answer({ ...place(), [axis]: Number(event.target.value) }),
      onkeydown: (event) => {
        const [along, way] = ARROWS[event.key] ?? [];
        if (along) answer({ ...place(), [along]: clamp(place()[along] + way * (event.shiftKey ? 1 : 5), 0, 100) });
        else if (event.key === "Enter" || event.key === " ") answer(place());
        else return;
        event.preventDefault();
      },
    });
  }
  const ranges = { x: range("x"), y: range("y") };

  function draw(point) {
    now = point;
    const { x, y } = place();
    thumb.style.left = `${x}%`;
    thumb.style.top = `${100 - y}%`;
    thumb.classList.toggle("bn-untouched", !point);
    told.textContent = point ? words(model, item, x, y) : say(model, "Drag the point, or tap where you want it.");
    for (const [axis, input] of Object.entries(ranges)) {
      input.value = place()[axis];
      input.setAttribute("aria-valuetext", point ? place()[axis] : say(model, "No answer yet"));
    }
  }
  function answer(point) {
    draw(point);
    set(point);
  }
  const axes = square(model, item, ranges.x, ranges.y, thumb);
  body.append(axes, told);
  if (!disabled) {
    drag(
      axes.querySelector(".bn-square"),
      (x, y) => draw({ x: Math.round(x * 100), y: Math.round(100 - y * 100) }),
      () => {
        answer(now);
        ranges.x.focus({ preventScroll: true });
      },
    );
  }
  draw(value);
  return draw;
}

// On the board

const picture = (...parts) => h("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" }, parts);

function show({ model, item, body, summary }) {
  const points = cloud();
  const mean = h("g", { class: "bn-mean" }, h("circle", { r: 3.6 }), h("circle", { r: 1.3 }));
  const told = h("p", { class: "bn-note" });
  body.append(h("div", { class: "bn-board" }, square(model, item, picture(points.group, mean))), told);
  // Without a single answer ("not applicable" only) there are no points and no mean.
  const update = (next) => {
    points.draw((next.points ?? []).map(([x, y]) => [x, 100 - y]));
    mean.classList.toggle("bn-absent", !next.mean);
    told.textContent = "";
    if (!next.mean) return;
    told.textContent = say(model, "The big point is the mean of all answers: {place}.", { place: words(model, item, ...next.mean) });
    mean.style.transform = `translate(${next.mean[0]}px, ${100 - next.mean[1]}px)`;
  };
  update(summary);
  return update;
}

/** Push markers apart until their numbers can be read: a cluster around where they belong, within the square. */
function spread(places, room) {
  const inside = (value) => clamp(value, room / 2, 100 - room / 2);
  // Those on the same spot begin on a spiral around it, so that they become a cluster and not a row.
  const free = places.map(([x, y], i) => {
    const turn = places.slice(0, i).filter(([u, v]) => Math.hypot(u - x, v - y) < 0.5).length;
    const far = (room / 2) * Math.sqrt(turn);
    return [inside(x + far * Math.cos(2.4 * turn)), inside(y + far * Math.sin(2.4 * turn))];
  });
  for (let round = 0; round < 200; round++) {
    free.forEach((one, i) =>
      free.slice(0, i).forEach((other, j) => {
        const [dx, dy] = [one[0] - other[0], one[1] - other[1]];
        const far = Math.hypot(dx, dy);
        if (far >= room) return;
        const angle = Math.atan2(dy, dx);
        const push = (room - far) / 2;
        for (const [point, way] of [[one, push], [other, -push]]) {
          point[0] = inside(point[0] + way * Math.cos(angle));
          point[1] = inside(point[1] + way * Math.sin(angle));
        }
      }),
    );
  }
  return free;
}

/** All entries in one picture: a numbered marker at the mean of each, on a stalk where it had to make room. */
function showEntries({ model, item, body }) {
  const stalks = h("path", { class: "bn-stalks" });
  const markers = h("g");
  const list = h("ol", { class: "bn-legend" });
  body.append(h("div", { class: "bn-board" }, square(model, item, picture(stalks, markers)), list));
  const kept = new Map(); // entry id → marker, so that it moves
  const marker = (entry, number) => {
    if (!kept.has(entry.id)) {
      kept.set(entry.id, h("g", { class: "bn-marker" }, h("circle", { r: 3.6 }), h("text", { text: number, dy: "0.36em" })));
      markers.append(kept.get(entry.id));
    }
    return kept.get(entry.id);
  };
  const update = ({ entries }) => {
    const placed = entries.filter((entry) => entry.summary.mean);
    const means = placed.map(({ summary: { mean } }) => [mean[0], 100 - mean[1]]);
    const free = spread(means, 7.4);
    stalks.setAttribute("d", means.map((mean, i) => `M${mean}L${free[i]}M${mean}h0`).join(""));
    placed.forEach((entry, i) => (marker(entry, entries.indexOf(entry) + 1).style.transform = `translate(${free[i][0]}px, ${free[i][1]}px)`));
    list.replaceChildren(
      ...entries.map(({ text, summary }, i) => {
        const { mean } = summary;
        const told = mean ? words(model, item, ...mean) : few(model, summary);
        return h("li", { class: mean ? null : "bn-later" }, h("b", { text: i + 1 }), h("div", {}, read(model, text), h("small", { text: told })));
      }),
    );
  };
  update(model.get("summary"));
  return update;
}

export default kind("plane", { ask, show, showEntries });
