import { h, kind, number, read, say, showBars } from "./shared.js";

function ask({ model, item, body, value, set, disabled }) {
  const dots = new Map(item.options.map(({ id }) => [id, value?.[id] ?? 0]));
  const status = h("p", { role: "status" });
  const purse = h("span", { class: "bn-dots", "aria-hidden": "true" });
  const rows = item.options.map((option) => {
    const text = read(model, option.text);
    const button = (sign, label, step) =>
      h("button", { type: "button", class: "bn-round", disabled, "aria-label": `${label}: ${text}`, text: sign, onclick: ({ currentTarget }) => give(option.id, step, currentTarget) });
    const less = button("−", say(model, "Take a dot away"), -1);
    const more = button("+", say(model, "Give a dot"), 1);
    const given = h("span", { class: "bn-dots", role: "img" });
    return { id: option.id, less, more, given, node: h("li", {}, h("span", { text }), h("div", {}, less, given, more)) };
  });
  const left = () => item.dots - [...dots.values()].reduce((sum, count) => sum + count, 0);

  function give(id, step, button) {
    if (button.getAttribute("aria-disabled") === "true") return;
    dots.set(id, dots.get(id) + step);
    const given = [...dots].filter(([, count]) => count);
    refresh();
    set(given.length ? Object.fromEntries(given) : null);
  }
  // A button that can do nothing now keeps the focus: it is only called disabled.
  function refresh() {
    status.textContent = say(model, "Dots left: {n} of {dots}", { n: left(), dots: item.dots });
    purse.textContent = "●".repeat(left()) + "○".repeat(item.dots - left());
    for (const { id, less, more, given, node } of rows) {
      const count = dots.get(id);
      given.textContent = count > 5 ? `● ${count}` : "●".repeat(count);
      given.setAttribute("aria-label", say(model, "{n} dots", { n: count }));
      less.setAttribute("aria-disabled", count === 0);
      more.setAttribute("aria-disabled", left() <= 0 || count >= item.max_per_option);
      node.classList.toggle("bn-in", count > 0);
    }
  }
  refresh();
  body.append(h("div", { class: "bn-purse" }, status, purse), h("ol", { class: "bn-ballot", role: "list" }, rows.map(({ node }) => node)));
}

// On the board

function show({ model, item, body, summary }) {
  const rows = ({ totals }) => {
    const most = Math.max(1, ...Object.values(totals));
    const countable = most <= 30; // then each vote is a dot
    const row = ({ id, text }) => ({ id, label: read(model, text), votes: totals[id] ?? 0 });
    const sorted = item.options.map(row).sort((a, b) => b.votes - a.votes);
    return sorted.map(({ votes, ...row }) => ({ ...row, share: votes / (countable ? Math.max(most, 12) : most), dots: countable ? votes : 0, value: number(model, votes) }));
  };
  const update = showBars(body, rows(summary));
  return (summary) => update(rows(summary));
}

export default kind("dot_vote", { ask, show });
