/** The frame of a live session on the big screen: what is asked, how to join, who is here, and the facilitator's bar. */
import { h, read, say } from "./shared.js";

const PRESS = 3000; // milliseconds after which a press may be tried again, where nothing came of it
const BEATS_MISSED = 12; // seconds without a sign of life from the app, after which the page is loaded again

function qrCode(model, { size, path }) {
  const image = h("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", class: "bn-qr", "shape-rendering": "crispEdges" }, h("path", { d: path }));
  image.setAttribute("aria-label", say(model, "QR code to join"));
  return image;
}

function join(model, view, large) {
  const shown = view.join_url.replace(/^https?:\/\//, "");
  return h(
    "div",
    { class: large ? "bn-join bn-join-large" : "bn-join" },
    qrCode(model, view.qr),
    h(
      "p",
      {},
      large ? h("span", { class: "bn-join-how", text: say(model, "Scan the code with your phone, or go to") }) : null,
      h("span", { class: "bn-join-address", text: shown }),
      h("strong", { class: "bn-join-code", text: view.code, "aria-label": view.code.split("").join(" ") }),
    ),
  );
}

function controls(model, view, act) {
  const { steps, index, open } = view;
  const button = (text, attributes) => h("button", { type: "button", ...attributes, text });
  const go = (target, isOpen) => act({ do: "go", step: steps[target].id, open: isOpen });
  const bar = h("nav", { class: "bn-nav", "aria-label": say(model, "Steps of the session") });
  const list = steps.map((step, i) =>
    h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "bn-nav-step", "aria-current": i === index ? "step" : null, onclick: () => go(i, true), title: read(model, step.title) },
        h("span", { class: "bn-nav-number", text: String(i + 1), "aria-hidden": "true" }),
        h("span", { class: "bn-nav-title", text: read(model, step.title) }),
      ),
    ),
  );
  const last = index === steps.length - 1;
  const parts = [
    button(say(model, "Back"), { class: "bn-button", disabled: index <= 0, onclick: () => go(index - 1, true) }),
    h("ol", { class: "bn-nav-steps" }, list),
    index < 0 ? null : button(open ? say(model, "Close step") : say(model, "Open again"), { class: "bn-button", onclick: () => go(index, !open) }),
    last
      ? button(say(model, "End session"), { class: "bn-button bn-main", onclick: () => end(model, act, true) })
      : button(index < 0 ? say(model, "Begin") : say(model, "Next"), { class: "bn-button bn-main", onclick: () => go(index + 1, true) }),
  ];
  bar.append(...parts.filter(Boolean));
  return bar;
}

/** End it, and mean it: before the last step it may be a slip. */
function end(model, act, last) {
  const question = last ? say(model, "End the session for everybody?") : say(model, "End the session for everybody, before its last step? It cannot be opened again.");
  if (confirm(question)) act({ do: "end" });
}

/** When it is over: keep what is on the screen, or go on to something else. */
function afterwards(model, view) {
  const print = view.index < 0 ? null : h("button", { type: "button", class: "bn-button", onclick: () => window.print(), text: say(model, "Print or save") });
  const home = inApp() ? h("a", { class: "bn-button bn-main", href: homeAddress(), text: say(model, "All apps") }) : null;
  return h("nav", { class: "bn-nav bn-nav-end", "aria-label": say(model, "After the session") }, print, home);
}

const inApp = () => Boolean(document.body.dataset.voila);
const homeAddress = () => location.href.replace(/voila\/render.*/, "");

function clock(model, view) {
  const step = view.steps[view.index];
  const text = h("span", { class: "bn-stage-clock" });
  const tick = () => {
    if (!view.since) return;
    const minutes = Math.max(0, Math.floor((Date.now() - view.since) / 60000));
    text.textContent = step?.minutes ? say(model, "{n} of {most} minutes", { n: minutes, most: step.minutes }) : "";
    text.classList.toggle("bn-late", Boolean(step?.minutes && minutes >= step.minutes));
  };
  tick();
  return { text, tick };
}

export default {
  render({ model, el }) {
    let time = { tick() {} };
    const notice = h("p", { class: "bn-notice", role: "status" });
    const top = h("header", { class: "bn-stage-head" });
    const large = h("div", { class: "bn-lobby" });
    const foot = h("footer", { class: "bn-stage-foot" });
    const phones = h("p", { class: "bn-stage-phones", role: "status" });
    let showJoin = false;
    // A double click is one press: the second would be about a screen that is no longer there.
    let pressed = null;
    const act = (message) => {
      const { rev } = model.get("view");
      if (pressed === rev) return;
      pressed = rev;
      setTimeout(() => (pressed = null), PRESS);
      model.send({ ...message, rev });
    };

    function draw() {
      const view = model.get("view");
      const focused = foot.contains(document.activeElement) ? [...foot.querySelectorAll("button")].indexOf(document.activeElement) : -1;
      const step = view.steps[view.index];
      time = clock(model, view);
      const side = h("div", { class: "bn-stage-side" }, view.ended || !step ? null : h("button", { type: "button", class: "bn-stage-join", title: say(model, "Show the code large"), "aria-expanded": String(showJoin), onclick: () => ((showJoin = !showJoin), draw()) }, join(model, view, false)), phones);
      top.replaceChildren(
        h(
          "div",
          { class: "bn-stage-title" },
          h("p", { class: "bn-stage-unit" }, h("span", { class: "bn-signs", "aria-hidden": "true" }, h("i", { text: "●" }), h("i", { text: "▲" }), h("i", { text: "■" })), ` ${read(model, view.title)} · ${view.unit}`),
          h("h1", { text: view.ended ? say(model, "Thank you") : step ? read(model, step.title) : say(model, "Join in") }),
          step && !view.ended ? h("p", { class: "bn-stage-question", text: read(model, step.question) }) : null,
        ),
        side,
      );
      large.replaceChildren(...(!view.ended && (!step || showJoin) ? [join(model, view, true)] : []));
      const tip = step?.tip && !view.screen && !view.ended ? h("p", { class: "bn-stage-tip" }, h("strong", { text: say(model, "Tip") }), ` ${read(model, step.tip)}`) : null;
      const second = inApp() ? h("a", { href: "?session=" + view.code + "&view=screen", target: "_blank", text: say(model, "Second screen, without this bar") }) : null;
      const state = step && !view.open ? say(model, "This step is closed") : view.waiting ? say(model, "Close the step to see all answers") : "";
      const closed = state ? h("p", { class: "bn-closed", text: state }) : null;
      const last = view.index === view.steps.length - 1;
      const over = last ? null : h("button", { type: "button", class: "bn-stage-over", text: say(model, "End session"), onclick: () => end(model, act, false) });
      const line = h("div", { class: "bn-stage-line" }, tip, closed, time.text, second, over);
      const bar = view.screen ? null : view.ended ? afterwards(model, view) : controls(model, view, act);
      foot.replaceChildren(...(bar && !view.ended ? [line] : []), ...(bar ? [bar] : []));
      foot.hidden = !bar;
      if (focused >= 0) foot.querySelectorAll("button")[focused]?.focus();
      people();
      frame.lang = model.get("language");
      if (view.code && inApp()) remember(view.code);
    }
    function people() {
      const { phones: here, answered, index, ended } = model.get("view");
      const words = [say(model, "{n} present", { n: here })];
      if (index >= 0 && answered !== null) words.push(say(model, "{n} answered", { n: answered }));
      phones.textContent = ended ? "" : words.join(" · ");
    }
    // After a reload (of the page, the app or the server) the same session comes back.
    function remember(code) {
      const address = new URL(location.href);
      if (address.searchParams.get("session") === code) return;
      address.searchParams.set("session", code);
      history.replaceState(null, "", address);
    }

    let missed = 0;
    const alive = () => {
      missed = 0;
      notice.textContent = model.get("notice");
    };
    const watch = setInterval(async () => {
      time.tick();
      missed += 1;
      if (missed < BEATS_MISSED || model.get("view").ended || !inApp()) return;
      notice.textContent = say(model, "The connection with the app is gone. One moment, it comes back.");
      const answer = await fetch(`${homeAddress()}bedoeling/apps.css`, { cache: "no-store" }).catch(() => null);
      if (answer?.ok && missed >= BEATS_MISSED) {
        missed = 0;
        location.reload();
      }
    }, 1000);

    const frame = h("section", { class: "bn bn-stage" }, top, notice, large, foot);
    let before = "";
    const changed = () => {
      const { phones: _, answered: __, ...rest } = model.get("view");
      const now = JSON.stringify(rest);
      if (now === before) people();
      else draw();
      before = now;
    };
    changed();
    alive();
    el.replaceChildren(frame);
    model.on("change:view", changed);
    model.on("change:language", draw);
    model.on("change:texts", draw);
    model.on("change:beat", alive);
    model.on("change:notice", alive);
    return () => {
      clearInterval(watch);
      for (const [name, listener] of [["change:view", changed], ["change:language", draw], ["change:texts", draw], ["change:beat", alive], ["change:notice", alive]]) model.off(name, listener);
    };
  },
};
