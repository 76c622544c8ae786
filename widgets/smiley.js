import { choices, h, kind, number, read, showColumns } from "./shared.js";

const MOUTHS = ["M8 21q5-6 10 0", "M8 19h10", "M8 17q5 6 10 0"];

const face = (i) =>
  h(
    "svg",
    { class: `bn-face bn-face-${i}`, viewBox: "0 0 26 26", "aria-hidden": "true" },
    h("circle", { cx: 13, cy: 13, r: 12 }),
    h("path", { d: `M9 9.5v1.5M17 9.5v1.5${MOUTHS[i]}` }),
  );

const ask = (context) => {
  const faces = context.item.labels.map((text, i) => ({ id: i + 1, text, picture: face(i) }));
  choices(context, "radio", faces, [context.value], ([point]) => context.set(point));
};

// On the board

function show({ model, item, body, summary }) {
  const picture = ({ counts }) => {
    const total = Math.max(1, Object.values(counts).reduce((sum, count) => sum + count, 0));
    return item.labels.map((text, i) => {
      const count = counts[i + 1] ?? 0;
      return { label: read(model, text), picture: face(i), count, note: `${number(model, (100 * count) / total, 0)}%` };
    });
  };
  const update = showColumns({ model, body }, picture(summary));
  return (summary) => update(picture(summary));
}

export default kind("smiley", { ask, show });
