import { choices, kind, number, read, showBars } from "./shared.js";

const ask = (context) => void choices(context, "radio", context.item.options, [context.value], ([id]) => context.set(id));

// On the board

function show({ model, item, body, summary }) {
  const rows = ({ counts }) => {
    const all = item.options.map(({ id }) => counts[id] ?? 0);
    const [most, total] = [Math.max(1, ...all), Math.max(1, all.reduce((sum, count) => sum + count, 0))];
    return item.options.map(({ id, text }, i) => ({ id, label: read(model, text), share: all[i] / most, value: number(model, all[i]), note: `${number(model, (100 * all[i]) / total, 0)}%` }));
  };
  const update = showBars(body, rows(summary));
  return (summary) => update(rows(summary));
}

export default kind("single_choice", { ask, show });
