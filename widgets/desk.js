/** The report desk: make a report, what comes next, and what was made or failed. */
import { h, number, read, say, unique } from "./shared.js";

const STATES = {
  running: ["◌", (model) => say(model, "being made")],
  made: ["●", (model) => say(model, "made")],
  failed: ["▲", (model) => say(model, "failed")],
  interrupted: ["◇", (model) => say(model, "was cut off")],
  waiting: ["◌", (model) => say(model, "will be tried again")],
  done: ["●", (model) => say(model, "ready")],
  due: ["◌", (model) => say(model, "its turn")],
};

const ALL = "*"; // all units that a report can be about

const moment = (model, at) =>
  new Intl.DateTimeFormat(model.get("language"), { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Amsterdam" }).format(new Date(at));

/** The address of a file of a run, where a server of ours shows this page; elsewhere there is none. */
function address(id, suffix) {
  const base = document.body.dataset.voila ? document.body.dataset.baseUrl : null;
  return base && `${base.replace(/voila\/$/, "")}bedoeling/reports/${id}.${suffix}`;
}

function state(model, name) {
  const [sign, words] = STATES[name] ?? ["·", () => name];
  return h("span", { class: `bn-state bn-state-${name}` }, h("span", { "aria-hidden": "true", text: sign }), ` ${words(model)}`);
}

function button(words, about, send, extra = "") {
  return h("button", { type: "button", class: `bn-button ${extra}`, text: words, "aria-label": `${words}: ${about}`, onclick: send });
}

function details(model, problem, traceback) {
  if (!problem) return null;
  return h(
    "div",
    { class: "bn-why" },
    h("p", { text: problem }),
    traceback ? h("details", {}, h("summary", { text: say(model, "The whole message, for whoever mends it") }), h("pre", { text: traceback, tabindex: "0" })) : null,
  );
}

function choice(words, options, value, change) {
  const id = unique("choice");
  const list = h("select", { id, onchange: (event) => change(event.target.value) }, options.map(([key, text]) => h("option", { value: key, text, selected: key === value })));
  return h("div", { class: "bn-field" }, h("label", { for: id, text: words }), list);
}

/** The form. What is chosen stays chosen while the lists below are drawn anew. */
function form(model, chosen, redraw) {
  const { reports, units, periods } = model.get("choices");
  const report = reports.find((one) => one.id === chosen.report) ?? reports[0];
  const fitting = units.filter((one) => report.levels.includes(one.level));
  const spans = periods.filter((one) => report.periods.includes(one.kind));
  if ((chosen.unit !== ALL || fitting.length < 2) && !fitting.some((one) => one.id === chosen.unit)) chosen.unit = fitting.length > 1 ? "" : (fitting[0]?.id ?? "");
  const top = Math.min(...fitting.map((one) => one.depth));
  const tree = fitting.map((one) => [one.id, `${"\u00a0\u00a0\u00a0".repeat(one.depth - top)}${one.name} (${one.id})`]);
  const words = () => (chosen.unit === ALL ? say(model, "Make {n} reports", { n: fitting.length }) : say(model, "Make the report"));
  if (!spans.some((one) => one.id === chosen.period)) chosen.period = (spans.find((one) => one.usual) ?? spans[1] ?? spans[0])?.id;
  const set = (key) => (value) => {
    chosen[key] = value;
    if (key === "report") return redraw();
    check();
    make.textContent = words();
  };
  const pdf = h("input", { type: "checkbox", checked: chosen.pdf, onchange: (event) => set("pdf")(event.target.checked) });
  const about = choice(say(model, "About"), [["", say(model, "Choose…")], ...(tree.length > 1 ? [[ALL, say(model, "all ({n})", { n: tree.length })]] : []), ...tree], chosen.unit, set("unit"));
  const check = () => about.querySelector("select").setCustomValidity(chosen.unit ? "" : say(model, "Choose what the report is about."));
  check();
  const make = h("button", { type: "submit", class: "bn-button bn-main", text: words(), disabled: chosen.asked || Boolean(model.get("making").total) });
  return h(
    "form",
    {
      class: "bn-desk-form",
      onsubmit: (event) => {
        event.preventDefault();
        model.send({ do: "make", report: report.id, unit: chosen.unit === ALL ? null : chosen.unit, period: chosen.period, pdf: chosen.pdf });
        chosen.asked = true;
        redraw();
      },
    },
    choice(say(model, "Report"), reports.map((one) => [one.id, read(model, one.title)]), report.id, set("report")),
    about,
    choice(say(model, "Period"), spans.map((one) => [one.id, one.running ? say(model, "{period}, until now", { period: read(model, one.name) }) : read(model, one.name)]), chosen.period, set("period")),
    h("label", { class: "bn-check" }, pdf, ` ${say(model, "also as PDF")}`),
    make,
  );
}

/** How far it is: also in the second between asking and the kernel's first word. */
function progress(model, asked) {
  const { total, done, failed } = model.get("making");
  const bar = (how, text) => h("div", { class: "bn-making" }, h("progress", { ...how, "aria-label": say(model, "Reports are being made") }), h("span", { text }));
  if (total) return bar({ max: total, value: done }, say(model, "{done} of {total} ready", { done, total }) + (failed ? ` · ${say(model, "{n} failed", { n: failed })}` : ""));
  return asked ? bar({}, say(model, "One moment…")) : null;
}

/** What became of what was asked last. */
function result(model, asked) {
  const { total, done, failed, unchanged } = model.get("making");
  if (asked || total || !done) return "";
  const told = [done - failed - unchanged > 0 && say(model, "{n} made", { n: done - failed - unchanged }), unchanged > 0 && say(model, "{n} made before, and nothing changed since", { n: unchanged }), failed > 0 && say(model, "{n} failed", { n: failed })];
  return say(model, "Ready: {what}.", { what: told.filter(Boolean).join(" · ") });
}

function entry(model, one) {
  const last = one.last;
  const when = one.paused ? say(model, "paused") : one.next ? say(model, "next: {moment}", { moment: moment(model, one.next) }) : say(model, "never again");
  return h(
    "li",
    { class: "bn-entry" },
    h("h3", { text: one.title }),
    h("p", { class: "bn-when", text: `${when} · ${one.about}` }),
    last
      ? h("div", {}, h("p", {}, state(model, last.state), ` · ${moment(model, last.at)}`, last.told ? ` · ${last.told}` : ""), details(model, last.problem, last.traceback))
      : h("p", { class: "bn-help", text: say(model, "Has not run yet.") }),
    h(
      "div",
      { class: "bn-acts" },
      one.paused
        ? button(say(model, "Resume"), one.title, () => model.send({ do: "resume", entry: one.id }))
        : button(say(model, "Pause"), one.title, () => model.send({ do: "pause", entry: one.id })),
      button(say(model, "Run now"), one.title, () => model.send({ do: "now", entry: one.id })),
    ),
  );
}

function run(model, one) {
  const about = `${one.title}, ${one.unit}, ${one.period}`;
  const link = (suffix, text) => {
    const href = address(one.id, suffix);
    return href ? h("a", { href, target: "_blank", rel: "noopener", text, "aria-label": `${text}: ${about}` }) : null;
  };
  const open = one.files.includes("html") ? link("html", say(model, "Open")) : null;
  return h(
    "li",
    { class: "bn-run" },
    h("div", { class: "bn-run-what" }, h("strong", { text: one.unit }), h("span", { text: `${one.title} · ${one.period}` })),
    h("div", { class: "bn-run-when" }, state(model, one.state), h("span", { text: one.seconds === null ? moment(model, one.at) : `${moment(model, one.at)} · ${number(model, one.seconds)} s` })),
    h(
      "div",
      { class: "bn-run-acts" },
      open ?? (one.files.includes("html") ? h("code", { text: one.path }) : null),
      one.files.includes("pdf") ? link("pdf", "PDF") : null,
      one.files.includes("ipynb") ? link("ipynb", say(model, "For researchers")) : null,
      one.state === "running" ? null : button(say(model, "Make again"), about, () => model.send({ do: "again", run: one.id }), "bn-small"),
    ),
    details(model, one.problem, one.traceback),
  );
}

export default {
  render({ model, el }) {
    const chosen = { report: model.get("choices").reports[0]?.id, unit: "", period: null, pdf: false, asked: false, only: "all" };
    const top = h("div", {});
    const lists = h("div", {});
    const notice = h("p", { class: "bn-message", role: "alert" });
    const far = h("div", {});
    const told = h("p", { class: "bn-making", role: "status" });
    const drawTop = () => {
      top.replaceChildren(h("section", {}, h("h2", { text: say(model, "Make a report") }), form(model, chosen, drawTop)));
      far.replaceChildren(progress(model, chosen.asked) ?? "");
      told.textContent = result(model, chosen.asked);
    };
    const answered = () => ((chosen.asked = false), drawTop());
    const drawLists = () => {
      const { runs, entries } = model.get("view");
      const failed = runs.filter((one) => one.state === "failed");
      const shown = chosen.only === "failed" ? failed : runs;
      const filter = (key, text) =>
        h("button", { type: "button", class: "bn-button bn-small", "aria-pressed": String(chosen.only === key), text, onclick: () => ((chosen.only = key), drawLists()) });
      const open = new Set([...lists.querySelectorAll("details[open]")].map((one) => one.closest("li").dataset.id));
      lists.replaceChildren(
        h(
          "section",
          {},
          h("h2", { text: say(model, "What comes by itself") }),
          entries.length ? h("ul", { class: "bn-entries" }, entries.map((one) => mark(entry(model, one), one.id))) : h("p", { class: "bn-help", text: model.get("view").hint }),
        ),
        h(
          "section",
          {},
          h("h2", { text: say(model, "What was made") }),
          runs.length ? h("div", { class: "bn-acts" }, filter("all", say(model, "all ({n})", { n: runs.length })), filter("failed", say(model, "failed ({n})", { n: failed.length }))) : null,
          shown.length ? h("ul", { class: "bn-runs" }, shown.map((one) => mark(run(model, one), one.id))) : h("p", { class: "bn-help", text: runs.length ? say(model, "Nothing failed.") : say(model, "Nothing yet.") }),
        ),
      );
      for (const one of lists.querySelectorAll("details")) one.open = open.has(one.closest("li").dataset.id);
    };
    const mark = (node, id) => ((node.dataset.id = id), node);
    const drawNotice = () => ((notice.textContent = model.get("notice")), answered());
    drawLists();
    drawNotice();
    el.replaceChildren(h("section", { class: "bn bn-desk", lang: model.get("language") }, h("h1", { text: say(model, "Reports") }), notice, top, far, told, lists));
    model.on("change:making", answered);
    model.on("change:view", drawLists);
    model.on("change:notice", drawNotice);
    return () => {
      model.off("change:making", answered);
      model.off("change:view", drawLists);
      model.off("change:notice", drawNotice);
    };
  },
};
