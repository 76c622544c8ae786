/** What was agreed: what, who, by when, and when we look back. */
import { h, say, scrolling } from "./shared.js";

export default {
  render({ model, el }) {
    const date = (text) => new Intl.DateTimeFormat(model.get("language"), { day: "numeric", month: "long" }).format(new Date(`${text}T12:00:00`));
    const days = (one) => [say(model, "by {date}", { date: date(one.due_on) }), say(model, "we look back on {date}", { date: date(one.review_on) })];
    const card = (one) =>
      h(
        "li",
        { class: "bn-agreement" },
        h("p", { class: "bn-agreement-text", text: one.text }),
        h("p", { class: "bn-agreement-who" }, h("strong", { text: one.who }), ` · ${days(one).join(" · ")}`),
        model.get("editable")
          ? h("button", { type: "button", class: "bn-button bn-quiet", text: say(model, "Take back"), "aria-label": `${say(model, "Take back")}: ${one.text}`, onclick: () => model.send({ withdraw: one.id }) })
          : null,
      );
    let before = 0;
    const draw = () => {
      const agreements = model.get("agreements");
      frame.lang = model.get("language");
      frame.replaceChildren(
        h("h2", { text: model.get("past") ? say(model, "Agreed last time") : say(model, "Agreed") }),
        agreements.length ? h("ul", {}, agreements.map(card)) : h("p", { class: "bn-help", text: say(model, "Nothing yet.") }),
      );
      if (before && agreements.length > before) frame.scrollTop = frame.scrollHeight; // the newest is at the end
      before = agreements.length;
      scrolls();
    };
    const frame = h("section", { class: "bn bn-agreements" });
    const { scrolls, stop } = scrolling(frame);
    el.replaceChildren(frame);
    draw();
    const keys = ["change:agreements", "change:language", "change:texts", "change:editable"];
    keys.forEach((key) => model.on(key, draw));
    return () => {
      keys.forEach((key) => model.off(key, draw));
      stop();
    };
  },
};
