import { choices, h, kind, number, read, say, showBars } from "./shared.js";

function ask(context) {
  const { model, item, body, value, set, disabled } = context;
  const status = h("p", { class: "bn-status", role: "status" });
  const inputs = choices(context, "checkbox", item.options, value ?? [], (ids) => {
    refresh(ids.length);
    set(ids.length ? ids : null);
  });
  function refresh(chosen) {
    const full = Boolean(item.max) && chosen >= item.max;
    for (const input of inputs) input.disabled = disabled || (full && !input.checked);
    if (chosen < item.min) status.textContent = say(model, "Choose at least {min}. You have chosen {n}.", { min: item.min, n: chosen });
    else if (item.max) status.textContent = say(model, "Choose at most {max}. You have chosen {n}.", { max: item.max, n: chosen });
    else status.textContent = say(model, "You may choose more than one.");
  }
  body.append(status);
  refresh(value?.length ?? 0);
}

// On the board

function show({ model, item, body, summary }) {
  const rows = ({ counts, n }) => {
    const most = Math.max(1, ...Object.values(counts));
    const row = (count) => ({ share: count / most, value: number(model, count), note: `${number(model, (100 * count) / Math.max(1, n), 0)}%` });
    return item.options.map(({ id, text }) => ({ id, label: read(model, text), ...row(counts[id] ?? 0) }));
  };
  const update = showBars(body, rows(summary));
  return (summary) => update(rows(summary));
}

export default kind("multiple_choice", { ask, show });
