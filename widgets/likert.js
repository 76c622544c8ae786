import { choices, clamp, columns, kind, number, read, say } from "./shared.js";

const ask = (context) => {
  const points = context.item.labels.map((text, i) => ({ id: context.item.first + i, text }));
  choices(context, "radio", points, [context.value], ([point]) => context.set(point));
};

function show({ model, item, body, summary }) {
  const picture = ({ counts, mean }) => {
    const count = (i) => counts[item.first + i] ?? 0;
    const total = Math.max(1, item.labels.reduce((sum, _, i) => sum + count(i), 0));
    const points = item.labels.map((text, i) => ({ label: read(model, text), count: count(i), note: `${number(model, (100 * count(i)) / total, 0)}%` }));
    const at = clamp((mean - item.first + 0.5) / item.labels.length, 0, 1); // the points are at the middles of their columns
    return [points, { at, text: `${say(model, "Mean")} ${number(model, mean)}` }];
  };
  const update = columns(body, ...picture(summary));
  return (summary) => update(...picture(summary));
}

export default kind("likert", { ask, show });
