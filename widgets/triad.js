/** A place in a triangle: three shares that add to 1. */
import { cloud, drag, h, kind, mark, read, say, unique } from "./shared.js";

const HEIGHT = 86.6; // of a triangle with sides of 100
const MARGIN = 7; // around it when it is asked, so that a finger can reach past the corners
const MIDDLE = [1 / 3, 1 / 3, 1 / 3];
const WIDE = 100 + 2 * MARGIN;
const HIGH = HEIGHT + 2 * MARGIN;

/** Shares of the top, left and right corner → a place in the picture. */
const place = ([top, , right]) => [50 * top + 100 * right, HEIGHT * (1 - top)];

/** A place in the picture → the shares of the nearest place in the triangle. */
function shares(x, y) {
  const top = 1 - y / HEIGHT;
  const right = x / 100 - top / 2;
  let found = [top, 1 - top - right, right];
  // Projection on the simplex (Michelot 1986): what is below zero becomes zero, and the others bear it equally.
  while (found.some((share) => share < 0)) {
    const kept = found.filter((share) => share > 0);
    const excess = (kept.reduce((sum, share) => sum + share) - 1) / kept.length;
    found = found.map((share) => (share > 0 ? share - excess : 0));
  }
  return found;
}

/** Shares as whole parts of a total; the largest bears the rounding, so that they add up. */
function parts(found, total) {
  const rounded = found.map((share) => Math.round(share * total));
  rounded[found.indexOf(Math.max(...found))] += total - rounded[0] - rounded[1] - rounded[2];
  return rounded;
}

/** "Good life 50 %, Good work 30 %, …" */
const words = (model, item, found) =>
  parts(found, 100)
    .map((percent, i) => `${read(model, item.corners[i].text)} ${percent}\u00a0%`)
    .join(", ");

/** The same shares with another corner in the first place. */
const turn = (found, corner) => found.map((_, i) => found[(i + 3 - corner) % 3]);

const sign = ({ id }, i) => h("span", { class: "bn-sign", "aria-hidden": "true", text: mark(id, i).sign });

const ink = ({ id }, i) => ({ color: mark(id, i).colour });

/** The triangle, with a tip in the colour of each corner and lines where a share is 1/3; `above` lies on it. */
function triangle(item, margin, ...above) {
  const line = (...points) => points.map(place).join(" ");
  const each = (draw) =>
    item.corners.map((corner, i) => draw((...points) => line(...points.map((point) => turn(point, i))), mark(corner.id, i).colour));
  return h(
    "svg",
    { viewBox: `${-margin} ${-margin} ${100 + 2 * margin} ${HEIGHT + 2 * margin}`, "aria-hidden": "true" },
    h("polygon", { class: "bn-field", points: line([1, 0, 0], [0, 1, 0], [0, 0, 1]) }),
    each((at, fill) => h("polygon", { class: "bn-tip", points: at([1, 0, 0], [2 / 3, 1 / 3, 0], [2 / 3, 0, 1 / 3]), style: { fill } })),
    each((at) => h("polygon", { class: "bn-third", points: at([1 / 3, 2 / 3, 0], [1 / 3, 0, 2 / 3]) })),
    above,
  );
}

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function ask({ model, item, body, legend, value, set, disabled }) {
  let now = null;
  const told = h("p", { class: "bn-status", id: unique("told") });
  const point = h("div", {
    class: "bn-thumb",
    role: "slider",
    tabindex: disabled ? null : 0,
    "aria-disabled": disabled,
    "aria-labelledby": legend,
    "aria-describedby": told.id,
    onkeydown: (event) => {
      const arrow = ARROWS[event.key];
      if (arrow) {
        const size = event.shiftKey ? 1 : 5;
        const [x, y] = place(now ?? MIDDLE);
        answer(shares(x + arrow[0] * size, y + arrow[1] * size));
      } else if (event.key === "Home") answer(MIDDLE);
      else return;
      event.preventDefault();
    },
    // While the point has focus its own value is read out; the line below must not say it once more.
    onfocus: () => told.removeAttribute("role"),
    onblur: () => told.setAttribute("role", "status"),
  });

  function draw(found) {
    now = found;
    const [x, y] = place(found ?? MIDDLE);
    point.style.left = `${((x + MARGIN) / WIDE) * 100}%`;
    point.style.top = `${((y + MARGIN) / HIGH) * 100}%`;
    point.classList.toggle("bn-untouched", !found);
    told.textContent = found ? words(model, item, found) : say(model, "Drag the point, or tap where you want it.");
    point.setAttribute("aria-valuenow", parts(found ?? MIDDLE, 100)[0]);
    point.setAttribute("aria-valuetext", found ? told.textContent : say(model, "No answer yet"));
  }
  function answer(found) {
    const thousandths = parts(found, 1000);
    draw(thousandths.map((part) => part / 1000));
    set(Object.fromEntries(item.corners.map(({ id }, i) => [id, now[i]])));
  }
  /** A tenth more for one corner; the others shrink in proportion. */
  function more(corner) {
    const from = now ?? MIDDLE;
    const share = Math.min(1, from[corner] + 0.1);
    const rest = from[corner] < 1 ? (1 - share) / (1 - from[corner]) : 0;
    answer(from.map((old, i) => (i === corner ? share : old * rest)));
  }
  const corners = item.corners.map((corner, i) => {
    const text = read(model, corner.text);
    const label = say(model, "More towards {text}", { text });
    return h(
      "button",
      { type: "button", class: "bn-corner", disabled, "aria-label": label, title: label, style: ink(corner, i), onclick: () => more(i) },
      [sign(corner, i), ` ${text}\u00a0`, h("b", { "aria-hidden": "true", text: "+" })],
    );
  });
  const stage = h("div", { class: "bn-stage" }, triangle(item, MARGIN), point);
  body.append(h("div", { class: "bn-triangle" }, corners[0], stage, corners[1], corners[2]), told);
  point.dispatchEvent(new Event("blur"));
  if (!disabled) {
    drag(
      stage,
      (x, y) => draw(shares(x * WIDE - MARGIN, y * HIGH - MARGIN)),
      () => {
        answer(now);
        point.focus({ preventScroll: true });
      },
    );
  }
  const update = (next) => draw(next && item.corners.map(({ id }) => next[id]));
  update(value);
  return update;
}

// On the board

function show({ model, item, body, summary }) {
  const points = cloud();
  const mean = h("g", { class: "bn-mean" }, h("circle", { r: 4.2 }), h("circle", { r: 1.5 }));
  const numbers = item.corners.map(() => h("b"));
  const corners = item.corners.map((corner, i) =>
    h("div", { class: "bn-corner", style: ink(corner, i) }, sign(corner, i), ` ${read(model, corner.text)} `, numbers[i]),
  );
  const told = h("p", { class: "bn-note" });
  body.append(
    h("div", { class: "bn-board" }, h("div", { class: "bn-triangle" }, corners[0], triangle(item, 2, points.group, mean), corners[1], corners[2])),
    told,
  );
  // Without a single answer ("not applicable" only) there are no points and no mean.
  const update = (next) => {
    points.draw((next.points ?? []).map(place));
    mean.classList.toggle("bn-absent", !next.mean);
    told.textContent = "";
    if (!next.mean) return;
    told.textContent = say(model, "The big point is the middle of all answers: {shares}.", { shares: words(model, item, next.mean) });
    const [x, y] = place(next.mean);
    mean.style.transform = `translate(${x}px, ${y}px)`;
    parts(next.mean, 100).forEach((percent, i) => (numbers[i].textContent = `${percent}\u00a0%`));
  };
  update(summary);
  return update;
}

export default kind("triad", { ask, show });
