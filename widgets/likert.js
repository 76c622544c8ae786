import { choices, clamp, few, h, kind, number, read, say, showColumns } from "./shared.js";

const ask = (context) => {
  const points = context.item.labels.map((text, i) => ({ id: context.item.first + i, text }));
  choices(context, "radio", points, [context.value], ([point]) => context.set(point));
};

// On the board

function show({ model, item, body, summary }) {
  const picture = ({ counts, mean }) => {
    const count = (i) => counts[item.first + i] ?? 0;
    const total = Math.max(1, item.labels.reduce((sum, _, i) => sum + count(i), 0));
    const points = item.labels.map((text, i) => ({ label: read(model, text), count: count(i), note: `${number(model, (100 * count(i)) / total, 0)}%` }));
    const at = clamp((mean - item.first + 0.5) / item.labels.length, 0, 1); // the points are at the middles of their columns
    return [points, { at, text: `${say(model, "Mean")} ${number(model, mean)}` }];
  };
  const update = showColumns({ model, body }, ...picture(summary));
  return (summary) => update(...picture(summary));
}

/** Several things beside each other: a bar for each, cut into the points, which have the same order and colours in all. */
function showEntries({ model, item, body, summary }) {
  // From warm by way of neutral to cool: also different for who is colour-blind, and the counts are in the parts.
  const segment = (i) => {
    const side = item.labels.length > 1 ? (2 * i) / (item.labels.length - 1) - 1 : 0;
    const background = `color-mix(in srgb, var(${side < 0 ? "--bn-good-work" : "--bn-accent"}) ${15 + 85 * Math.abs(side)}%, #efe7db)`;
    return h("i", { style: { background, color: Math.abs(side) > 0.7 ? "#fff" : "var(--bn-ink)" } });
  };
  const rows = summary.entries.map(({ text }) => {
    const [parts, mean] = [item.labels.map((_, i) => segment(i)), h("b")];
    const bar = h("span", { class: "bn-stack", role: "img" }, parts);
    return { parts, mean, bar, node: h("li", {}, h("span", { text: read(model, text) }), bar, mean) };
  });
  const update = ({ entries }) =>
    rows.forEach(({ parts, mean, bar }, row) => {
      const { withheld, counts, mean: value } = entries[row].summary;
      const waiting = withheld ? few(model, entries[row].summary) : "";
      const count = (i) => (withheld ? 0 : counts[item.first + i] ?? 0);
      mean.textContent = withheld ? "" : number(model, value);
      bar.dataset.waiting = waiting;
      bar.setAttribute("aria-label", waiting || item.labels.map((text, i) => `${read(model, text)}: ${count(i)}`).join(", "));
      parts.forEach((part, i) => {
        part.style.flexGrow = count(i);
        part.textContent = count(i) || "";
      });
    });
  const key = item.labels.map((text, i) => h("span", {}, segment(i), read(model, text)));
  body.append(h("div", { class: "bn-key" }, key, h("b", { text: say(model, "Mean") })), h("ol", { class: "bn-bars", role: "list" }, rows.map(({ node }) => node)));
  update(summary);
  return update;
}

export default kind("likert", { ask, show, showEntries });
