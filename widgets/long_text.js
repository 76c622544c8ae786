/** A story or an explanation. */
import { h, kind, say, tool, wall } from "./shared.js";

function ask({ model, item, body, legend, value, set, disabled }) {
  const left = h("p", { class: "bn-status" });
  const input = h("textarea", {
    class: "bn-write",
    rows: 7,
    maxlength: item.max_length,
    disabled,
    "aria-labelledby": legend,
    oninput: () => {
      count();
      set(input.value.trim() || null);
    },
  });
  // There is plenty of room: how much is only told when it runs out.
  function count() {
    const n = item.max_length - input.value.length;
    left.textContent = n <= 200 ? say(model, "{n} characters left", { n }) : "";
    left.setAttribute("aria-live", n % 20 ? "off" : "polite");
  }
  const update = (text) => {
    input.value = text ?? "";
    count();
  };
  update(value);
  body.append(input, left);
  return update;
}

// On the board

const LONG = 280; // characters; more is folded

function show({ model, body, summary, moderate }) {
  const { update } = wall(model, body, (card, { id, text }) => {
    const story = h("p", { text, class: text.length > LONG ? "bn-folded" : null });
    card.append(story);
    if (story.className) {
      const more = h("button", {
        type: "button",
        class: "bn-button",
        text: say(model, "Read on"),
        onclick: () => (more.textContent = story.classList.toggle("bn-folded") ? say(model, "Read on") : say(model, "Show less")),
      });
      card.append(more);
    }
    if (moderate) card.append(tool(model, "Hide", text.slice(0, 60), () => model.send({ type: "hide", id })));
  });
  const draw = ({ texts = [] }) => update(texts);
  draw(summary);
  return draw;
}

export default kind("long_text", { ask, show });
