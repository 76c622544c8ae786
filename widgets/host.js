/**
 * The phone: follows a session, draws its step with the item kinds, and sends what the person answers.
 *
 * Two things are the truth: what `mine()` remembers (drafts, what was sent, what still has to go), and the session's state,
 * which the server pushes. Everything on the page is drawn from these two by `refresh`. So a reload, a sleeping phone,
 * another tab or a server that restarts need no code of their own. The wire is described in docs/phone-api.md.
 */
import { h, read, say } from "./shared.js";

const root = document.documentElement;
const { base, code } = root.dataset;
const url = (what) => `${base}${encodeURIComponent(code)}/${what}`;

let state = null; // of the session, as the server last told it
let unknown = false; // the server knows no session with this code
let lost = false; // no connection for a while
let screens = null; // of a questionnaire, one question each; in a session the facilitator leads
let ahead = null; // by how many ms the server's clock is ahead of this phone's, once it said what time it is
let took = false; // somebody took part here, also when the phone has forgotten with what
let made = ""; // the code that somebody made just now: shown, never kept

// ── What this phone remembers ──────────────────────────────────────────────────────────────────────────────────────

const memory = {}; // for when the browser keeps nothing (private mode, storage full)

function recall(key) {
  try {
    return memory[key] ?? JSON.parse(localStorage[key]);
  } catch {
    return null;
  }
}

function remember(key, value) {
  try {
    localStorage[key] = JSON.stringify(value);
    delete memory[key];
  } catch {
    memory[key] = value;
  }
}

const PREFIX = "bn-session-";
const KEY = PREFIX + code;

/** {participant, seen, records: {"step/entry": a draft and what became of it}, queue: [submissions that must go]} */
const mine = () => ({ queue: [], records: {}, ...recall(KEY) });

/** Change what is remembered. It is read afresh each time, so that two tabs do not undo each other's work. */
function keep(change) {
  const all = mine();
  change(all);
  remember(KEY, { ...all, seen: Date.now() });
}

/** What is asked now: the step of the session, or the question at which this person is. */
const current = () => (screens ? screens[mine().at ?? 0] : state?.step);

/** Is it over: as the server said, or some minutes after its last moment when this phone did not hear so. */
const over = () => state?.status === "ended" || (ahead !== null && Boolean(state?.until) && Date.now() + ahead > Date.parse(state.until) + 3e5);

/** Did somebody answer anything here, or, in a session, take part at all? */
const gave = (all = mine()) => took || Boolean(!screens && all.participant) || all.queue.length > 0 || Object.values(all.records).some(({ answers }) => !empty(answers));

/** What people wrote does not stay on their phone: not after the end, and not after a week that nothing was open. */
function forget() {
  const done = over() && !mine().queue.length && !troubles().length;
  if (done) took = gave();
  try {
    for (const key of Object.keys(localStorage)) {
      if (key === KEY ? done : key.startsWith(PREFIX) && !(Math.max(recall(key)?.seen + 6e8, recall(key)?.until ?? 0) > Date.now())) delete localStorage[key];
    }
  } catch {} // nothing is kept where nothing can be kept
}

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
/** A UUIDv4; crypto.randomUUID is missing on plain http, as in a meeting room. */
const uuid = () => random().replace(/(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-a$4-");

const language = () => recall("bn-language") ?? state?.language ?? root.lang;
/** What `say` and `read` ask of a model. */
const me = { get: (key) => (key === "texts" ? TEXTS[language()] : language()) };

// ── Drafts and submissions ─────────────────────────────────────────────────────────────────────────────────────────

const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const empty = (value) => [undefined, null, "", [], {}].some((nothing) => equal(value, nothing));
const waiting = (all, { step, entry }) => all.queue.filter((one) => one.step === step && one.entry === entry);
/** Is this draft other than what was sent last, or is on its way? */
const isNew = (all, record) => !equal(record.values, (waiting(all, record).at(-1) ?? record).answers ?? {});

function enqueue(all, record) {
  const { step, entry, values } = record;
  const replaced = waiting(all, record).filter((one) => !one.tried); // one that was tried may have arrived: it keeps its place
  all.queue = [...all.queue.filter((one) => !replaced.includes(one)), { id: uuid(), step, entry, answers: values }];
  record.refused = null;
}

/**
 * What was sent but came too late goes again when its step opens again. A draft that was never sent stays the person's own
 * when its step is over: a thought goes to the big screen only when its author says so.
 */
function settle() {
  keep((all) => {
    for (const record of Object.values(all.records)) {
      const open = !over() && (screens ?? [state.step]).some((step) => step?.open && step.id === record.step);
      const { code } = record.refused ?? {};
      if (open && code === "step_closed" && isNew(all, record)) enqueue(all, record);
      else if (open && code === "unsent") record.refused = null;
      else if (!open && !code && record.complete && isNew(all, record)) record.refused = { code: "unsent" };
    }
  });
  flush();
}

const pause = (failures) => Math.min(5000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
let sending = false;
let hurry = () => {};

/** Send what waits, in order, one at a time, with the same id until the server answers. */
async function flush() {
  hurry();
  if (sending) return;
  sending = true;
  for (let failures = 0, next; ([next] = mine().queue) && next; ) {
    const wait = await deliver(next);
    refresh();
    if (wait === 0) failures = 0;
    else
      await new Promise((go) => {
        setTimeout(go, wait ?? pause(failures++));
        hurry = wait ? () => {} : go; // a network that is back is worth a try; a server that says when is obeyed
      });
  }
  sending = false;
  forget();
}

/** Send one. Gives 0 when the server decided, the milliseconds that it asks to wait, or undefined when nobody knows. */
async function deliver({ id, step, entry, answers }) {
  keep(({ queue }) => queue.forEach((one) => (one.tried ||= one.id === id)));
  try {
    const reply = await fetch(url("answers"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ id, participant: mine().participant, step, entry, answers }),
      keepalive: true,
      signal: AbortSignal.timeout(1e4),
    });
    const { stored, error } = await reply.json();
    const wait = reply.headers.get("Retry-After") * 1000;
    // What is not ours (a proxy, the sign-in page of a Wi-Fi network) decides nothing; more than a minute means no.
    if (!stored && (!error || reply.status >= 500 || (reply.status === 429 && wait < 6e4))) return wait || undefined;
    keep((all) => {
      all.queue = all.queue.filter((one) => one.id !== id);
      const record = all.records[`${step}/${entry}`];
      if (stored) record.answers = answers;
      else record.refused = error;
    });
    return 0;
  } catch {
    broken();
  }
}

/** Send the code that somebody made; gives what is wrong. The phone does not keep it. */
async function sendCode(code) {
  try {
    const reply = await fetch(url("own-code"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ participant: mine().participant, code }),
      signal: AbortSignal.timeout(1e4),
    });
    const { error } = await reply.json();
    if (error) return read(me, error.message);
    made = code;
    coded(true);
    return "";
  } catch {
    return say(me, "No connection. Try again in a moment.");
  }
}

/** Somebody made a code, or does not want to ("") this time. */
function coded(kept) {
  keep((all) => (all.coded = kept));
  refresh();
}

/** Somebody else takes this phone: nothing of the one before is on it any more. What was sent stays sent. */
function another() {
  if (!confirm(say(me, "Your answers stay, and can no longer be changed on this phone. Go on?"))) return;
  try {
    delete localStorage[KEY];
  } catch {} // nothing is kept where nothing can be kept
  delete memory[KEY];
  [took, made] = [false, ""];
  refresh();
}

/** What was refused as a whole, often because it came too late, until the person has seen it. */
const troubles = () => Object.values(mine().records).filter(({ refused }) => refused && !refused.item && !refused.seen);

// ── A card: the items of one entry ─────────────────────────────────────────────────────────────────────────────────

/** The model interface of an anywidget front-end module. */
function createModel(values, saved) {
  const heard = {};
  return {
    get: (key) => values[key],
    set(key, value) {
      if (values[key] === value) return;
      values[key] = value;
      for (const callback of [...(heard[`change:${key}`] ?? [])]) callback();
    },
    save_changes: saved,
    send() {}, // only the facilitator's screen has something to say
    on: (event, callback) => (heard[event] ??= new Set()).add(callback),
    off: (event, callback) => (callback ? heard[event]?.delete(callback) : delete heard[event]),
  };
}

function createCard(step, entry, title, signature) {
  const name = `${step.id}/${entry.id}`;
  const models = new Map();
  const stops = [];
  const missing = (values) => step.items.filter((item) => item.required && !(item.id in values));

  function draft(own) {
    const others = Object.entries(mine().records[name]?.values ?? {}).filter(([id]) => !step.items.some((item) => item.id === id));
    const values = { ...Object.fromEntries(others), ...own };
    const complete = !empty(values) && !missing(values).length;
    keep(({ records }) => (records[name] = { ...records[name], step: step.id, entry: entry.id, title: step.title, values, complete, refused: null }));
    models.forEach((model) => model.set("message", null));
    refresh();
  }
  const saved = () => draft(Object.fromEntries([...models].map(([id, model]) => [id, model.get("value")]).filter(([, value]) => !empty(value))));
  const asked = step.items.map((item) => {
    const el = h("div", { class: "ph-item" });
    const value = mine().records[name]?.values[item.id] ?? null;
    const model = createModel({ item, mode: "ask", value, language: language(), texts: me.get("texts") }, saved);
    models.set(item.id, model);
    stops.push(kinds[item.kind]?.render({ model, el })); // a page from before an update may miss a kind
    return el;
  });
  const clear = h("button", { class: "ph-quiet", text: say(me, "Clear this answer"), onclick: () => confirm(say(me, "Clear this answer?")) && draft({}) });

  return {
    name,
    signature,
    node: h("div", { class: "ph-card" }, title && h("h2", { text: title }), asked, clear),

    /** Show what the person cleared, another tab changed or the server refused. */
    follow({ values = {}, refused } = {}) {
      models.forEach((model, id) => {
        const value = values[id] ?? null;
        if (!equal(model.get("value"), value)) model.set("value", value);
        if (refused?.item === id) model.set("message", read(me, refused.message));
      });
      clear.hidden = !step.items.some(({ id }) => id in values);
    },

    /** Say what still needs an answer, and go there. */
    complain(values = {}) {
      const [first = step.items[0], ...others] = missing(values);
      for (const { id } of [first, ...others]) models.get(id).set("message", say(me, "Please answer this question first."));
      this.focus(step.items.indexOf(first));
    },
    focus: (i) => asked[i].querySelector("input, textarea, [tabindex='0'], button")?.focus(),

    leave() {
      stops.forEach((stop) => stop?.());
      this.node.remove();
    },
  };
}

// ── The pages ──────────────────────────────────────────────────────────────────────────────────────────────────────

const heading = (text) => h("h1", { tabindex: -1, text });
const part = (name, text) => h("p", { class: `ph-${name}`, text });
const button = (text, onclick) => h("button", { class: "ph-button", text, onclick });
const date = (moment, parts) => new Intl.DateTimeFormat(language(), { day: "numeric", month: "long", ...parts }).format(new Date(moment));
/** A day (2026-12-01); in another year than this one, with the year. */
const onDay = (day) => date(`${day}T12:00`, Number.parseInt(day, 10) === new Date().getFullYear() ? {} : { year: "numeric" });
/** The last day of a questionnaire; it closes at the midnight after that, where it was opened. */
const lastDay = () => date(Date.parse(state.until) - 1000, { weekday: "long", timeZone: "Europe/Amsterdam" });

const pages = {
  code() {
    const problem = h("p", { class: "ph-problem", role: "alert" });
    const wrong = (code) => (problem.textContent = say(me, "We do not know the code {code}. A code has six letters and digits, never 0, O, 1, I or L.", { code }));
    const input = h("input", { autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
    const onsubmit = (event) => {
      event.preventDefault();
      const typed = input.value.toUpperCase().replace(/[\s-]/g, "");
      if (/^[2-9A-HJKMNP-Z]{6}$/.test(typed)) return location.assign(base + typed);
      wrong(typed);
      input.focus();
    };
    if (unknown) wrong(code);
    return [heading(say(me, "Take part")), h("form", { onsubmit }, h("label", { text: say(me, "Type the code that is on the screen") }, input), problem, button(say(me, "Continue")))];
  },

  welcome: () => [
    heading(read(me, state.title)),
    part("over", state.unit),
    h("p", { text: read(me, state.consent) || say(me, "You take part without your name. The screen shows answers when at least {k} people have given one.", { k: state.k }) }),
    button(say(me, "Take part"), () => {
      keep((all) => (all.participant = random()));
      refresh();
    }),
    !screens && part("soft", say(me, "You can change an answer until its step closes. Only what you send counts.")),
    state.until && part("soft", say(me, "You can change your answers until and with {day}.", { day: lastDay() })),
  ],

  step: (step = current()) => [step.question && part("over", read(me, step.title)), heading(read(me, step.question ?? step.title))],

  look(step = state.step) {
    const records = Object.values(mine().records).filter((record) => record.step === step?.id);
    const arrived = records.some(({ answers }) => !empty(answers)) && !records.some(({ refused }) => refused);
    return [
      step && part("over", read(me, step.title)),
      heading(say(me, "Look at the screen")),
      arrived && part("in", say(me, "Your answer has arrived. Thank you!")),
      part("soft", say(me, "Keep this page open. The next question comes by itself.")),
    ];
  },

  own() {
    const problem = h("p", { class: "ph-problem", role: "alert" });
    const names = [
      say(me, "The first two letters of your mother's first name"),
      say(me, "The first two letters of your father's first name"),
      say(me, "The day of your birthday (01 to 31)"),
      say(me, "The last two letters of the place where you were born"),
    ];
    const parts = names.map((text, i) => {
      const day = i === 2;
      const id = `ph-part-${i}`;
      const hint = h("p", { id: `${id}-hint` });
      const input = h("input", { id, "aria-describedby": hint.id, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 2, inputmode: day && "numeric", oninput: () => tell() });
      /** Under the question: what is wrong with its answer, or else a hint. */
      function tell(wrong = "") {
        hint.className = wrong ? "ph-problem" : "ph-soft";
        hint.textContent = wrong || (day ? "" : say(me, "XX if you do not know it"));
        input.ariaInvalid = wrong ? "true" : null;
        problem.textContent = "";
      }
      tell();
      const typed = () => input.value.toUpperCase().normalize("NFD").replace(/[^A-Z0-9]/g, "").padStart(day ? 2 : 0, "0");
      const fits = () => (day ? typed() >= 1 && typed() <= 31 : /^[A-Z]{2}$/.test(typed()));
      const wrong = () => (fits() ? "" : day ? say(me, "The day is a number from 1 to 31.") : say(me, "Two letters, or XX if you do not know."));
      return { input, tell, typed, wrong, node: h("div", { class: "ph-part" }, h("div", {}, h("label", { for: id, text }), hint), input) };
    });
    const onsubmit = async (event) => {
      event.preventDefault();
      for (const { tell, wrong } of parts) tell(wrong());
      const first = parts.find(({ wrong }) => wrong());
      if (first) first.input.focus();
      else problem.textContent = await sendCode(parts.map(({ typed }) => typed()).join(""));
    };
    return [
      heading(say(me, "A code of your own")),
      h("p", { text: say(me, "With it your answers of today belong to those of next time, without your name, and you can have them erased later. You make it the same way each time; we keep only a scrambled form of it. You may skip this.") }),
      h("form", { onsubmit }, parts.map(({ node }) => node), problem, button(say(me, "Keep my code"))),
      h("button", { class: "ph-quiet", text: say(me, "Skip"), onclick: () => coded("") }),
    ];
  },

  done(all = mine()) {
    const going = all.queue.length > 0;
    let kept = say(me, "That was the last question. Your answers have been kept.");
    if (going) kept = say(me, "That was the last question. Your answers are on their way; keep this page open.");
    else if (!gave()) kept = say(me, "That was the last question. You answered none, so nothing has been kept.");
    return [
      heading(gave() ? say(me, "Thank you for taking part") : say(me, "That was all")),
      h("p", { text: kept }),
      made && h("p", { class: "ph-made" }, say(me, "This is your code"), h("b", { text: made }), say(me, "Make it the same way next time. To have your answers erased, tell it to who opened this questionnaire.")),
      !made && all.coded && part("in", say(me, "Your code is kept. Make it the same way next time.")),
      part("soft", state.until ? say(me, "You can go back and change something until and with {day}.", { day: lastDay() }) : say(me, "You can go back and change something while this is open.")),
      !going && h("button", { class: "ph-quiet", text: say(me, "Somebody else fills it in here"), onclick: another }),
    ];
  },

  ended() {
    if (screens && !gave()) return [heading(say(me, "This questionnaire is closed")), part("soft", say(me, "You cannot send anything any more."))];
    const agreements = state.agreements.map(({ text, who, due_on }) =>
      h("li", {}, h("b", { text: read(me, text) }), part("soft", [who, due_on && say(me, "by {date}", { date: onDay(due_on) })].filter(Boolean).join(" · "))),
    );
    return [
      heading(gave() ? say(me, "Thank you for taking part") : say(me, "This session is over")),
      part("soft", screens ? say(me, "This questionnaire is closed. You can close this page.") : gave() ? say(me, "This session has ended. You can close this page.") : say(me, "You can close this page.")),
      ...(agreements.length ? [h("h2", { text: say(me, "This is what we agreed") }), h("ul", {}, agreements)] : []),
    ];
  },
};

/** Which page is on; "wait" is the page as the server sent it. */
function view() {
  if (!code || unknown) return "code";
  if (!state) return "wait";
  if (over()) return "ended";
  if (!mine().participant) return "welcome";
  const step = current();
  if (step?.open && step.items.length && step.entries.length) return "step";
  return !screens ? "look" : gave() && mine().coded === undefined ? "own" : "done";
}

// ── Drawing ────────────────────────────────────────────────────────────────────────────────────────────────────────

const [progress, content, foot] = ["header p", ".ph-page", "footer"].map((one) => document.querySelector(one));
const bar = h("div", { class: "ph-bar", "aria-hidden": "true" });
const switcher = h("button", {
  class: "ph-quiet",
  onclick() {
    remember("bn-language", switcher.lang);
    refresh();
  },
});
const notice = h("div", { class: "ph-notice", role: "status" });
const list = h("div", { class: "ph-list" });
const more = h("button", {
  class: "ph-more",
  onclick() {
    opened += 1;
    refresh();
    [...cards.values()].at(-1).focus(0);
  },
});
const line = h("p", { role: "status" });
const back = h("button", { class: "ph-button ph-back", onclick: () => turn(-1) });
const send = button("", submit);
progress.after(switcher, bar);
content.before(notice);
content.after(list, more);
foot.append(line, send);

let here = null; // the page and step that are drawn
let opened = 1; // how many answers of the same form are asked for
const cards = new Map(); // entry id → its card on the page

/** Bring the page in line with the session and with what this phone remembers. Cheap, so: after every change. */
function refresh() {
  const page = view();
  const step = page === "step" || page === "look" ? current() : null;
  const all = mine();
  root.lang = language();
  [switcher.lang, switcher.textContent] = root.lang === "nl" ? ["en", "English"] : ["nl", "Nederlands"];
  const place = step && { n: step.index + 1, count: step.count };
  progress.textContent = !step ? "Vanuit de bedoeling" : screens ? say(me, "Question {n} of {count}", place) : say(me, "Step {n} of {count}", place);
  bar.replaceChildren(...Array.from({ length: step?.count ?? 0 }, (_, i) => h("i", { class: i <= step.index && "ph-done" })));

  const moved = here !== (here = `${page} ${step?.id} ${screens && step?.index}`);
  if (moved) opened = 1;
  document.body.dataset.page = page;
  const typing = page === "own" && !moved && content.lang === root.lang; // what is in its fields stays
  content.lang = root.lang;
  const fresh = content.cloneNode();
  fresh.append(...(pages[page]?.().filter(Boolean) ?? content.cloneNode(true).childNodes));
  if (!typing && !content.isEqualNode(fresh)) {
    const focused = moved || content.contains(document.activeElement);
    content.replaceChildren(...fresh.childNodes);
    if (focused) content.querySelector("h1").focus();
    document.title = `${content.querySelector("h1").textContent} · Vanuit de bedoeling`;
  }
  if (moved) scrollTo(0, 0);
  drawCards(all, page === "step" ? step : { entries: [] });
  drawNotice();
  drawFoot(all);
}

/** A card stays as it is while its questions do: nobody is interrupted while typing or dragging. */
function drawCards(all, step) {
  const forms = step.entries.length > 1 && !step.entries[0].text;
  const record = ({ id }) => all.records[`${step.id}/${id}`];
  opened = Math.max(opened, step.entries.findLastIndex((entry) => !empty(record(entry)?.values)) + 1);
  const entries = forms ? step.entries.slice(0, opened) : step.entries;
  for (const [id, card] of cards) {
    if (entries.some((entry) => entry.id === id)) continue;
    card.leave();
    cards.delete(id);
  }
  entries.forEach((entry, i) => {
    const title = entry.text ? read(me, entry.text) : entries.length > 1 ? say(me, "Answer {n}", { n: i + 1 }) : null;
    const signature = JSON.stringify([step.id, step.items, title, language()]);
    let card = cards.get(entry.id);
    if (card?.signature !== signature) {
      card?.leave();
      cards.set(entry.id, (card = createCard(step, entry, title, signature)));
    }
    card.follow(record(entry));
    if (list.children[i] !== card.node) list.insertBefore(card.node, list.children[i] ?? null);
  });
  more.hidden = !forms || entries.length === step.entries.length;
  more.textContent = say(me, "Add another answer");
}

function drawNotice() {
  const fresh = notice.cloneNode();
  for (const { title, refused, answers } of troubles()) {
    const earlier = empty(answers) ? "" : ` ${say(me, "Your earlier answer counts.")}`;
    const late = over() && ["unsent", "step_closed", "session_ended"].includes(refused.code);
    const why = late ? say(me, "This answer was not sent before the end. It has not been kept.") : refused.code === "unsent" ? say(me, "You did not send this answer. It stays on your phone.") : read(me, refused.message);
    fresh.append(h("p", {}, h("b", { text: read(me, title) }), why, earlier));
  }
  if (fresh.firstChild) fresh.append(h("button", { class: "ph-quiet", text: say(me, "OK"), onclick: seen }));
  if (!notice.isEqualNode(fresh)) notice.replaceChildren(...fresh.childNodes);
}

function seen() {
  keep(({ records }) => Object.values(records).forEach(({ refused }) => refused && (refused.seen = true)));
  refresh();
  forget();
  content.querySelector("h1").focus();
}

function drawFoot(all) {
  const records = [...cards.values()].flatMap(({ name }) => all.records[name] ?? []);
  const changed = records.some((record) => isNew(all, record));
  const going = records.some((record) => waiting(all, record).length);
  const sent = records.some(({ answers }) => !empty(answers));
  const done = !changed && (going || sent);
  let text = "";
  if (lost) text = all.queue.length ? say(me, "No connection. Your answer is kept and goes by itself.") : say(me, "No connection. We keep trying.");
  else if (going) text = say(me, "Your answer is on its way…");
  else if (done) text = say(me, "Your answer has arrived. You can change it until the step closes.");
  if (line.textContent !== text) line.textContent = text; // said once
  const later = screens && all.participant && all.at > 0 && !over();
  if (!later) back.remove();
  else if (!back.isConnected) send.before(back);
  back.textContent = say(me, "Back");
  send.hidden = !cards.size;
  foot.className = lost ? "ph-lost" : done && !going && !screens ? "ph-sent" : "";
  if (screens) {
    const answered = records.some(({ values }) => current()?.items.some(({ id }) => id in (values ?? {})));
    send.textContent = answered ? say(me, "Next") : say(me, "Skip");
    send.ariaDisabled = false;
    if (!lost && line.textContent) line.textContent = "";
    return;
  }
  send.textContent = going && done ? say(me, "Kept") : done ? say(me, "Sent ✓") : going || sent ? say(me, "Change") : say(me, "Send");
  send.ariaDisabled = done; // not `disabled`: it keeps the focus
}

/** To the next question of a questionnaire, or back to an earlier one. */
function turn(by) {
  keep((all) => (all.at = Math.min(Math.max((all.at ?? 0) + by, 0), screens.length)));
  refresh();
}

function submit() {
  if (send.ariaDisabled === "true") return;
  const all = mine();
  const drafts = [...cards.values()].map((card) => ({ card, ...all.records[card.name] })).filter((draft) => draft.values && isNew(all, draft));
  const [ready, incomplete] = [true, false].map((yes) => drafts.filter(({ complete, values }) => (complete || empty(values)) === yes));
  keep((all) => ready.forEach(({ card }) => enqueue(all, all.records[card.name])));
  refresh();
  flush();
  if (screens && !incomplete.length) turn(1);
  else if (incomplete.length) incomplete[0].card.complain(incomplete[0].values);
  else if (!ready.length) [...cards.values()][0].complain();
}

// ── Following the session ──────────────────────────────────────────────────────────────────────────────────────────

let source, watchdog, retry, patience;
let failures = 0;

function follow() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource(url("events"));
  source.onerror = broken;
  source.addEventListener("ping", ({ data }) => {
    ahead = Date.parse(data) - Date.now();
    alive();
    if (over()) end();
  });
  source.addEventListener("state", (event) => {
    alive();
    take(JSON.parse(event.data));
  });
  watch(6e3); // the first event comes at once, unless a proxy keeps it
}

function watch(time) {
  clearTimeout(watchdog);
  watchdog = setTimeout(broken, time);
}

function alive() {
  failures = 0;
  watch(4e4); // pings come every 15 s
  reached();
}

function reached() {
  clearTimeout(patience);
  patience = null;
  if (lost) {
    lost = false;
    refresh();
  }
}

/** No stream: ask once in the plain way, which also tells why, and open it again a little later. */
async function broken() {
  source.close();
  clearTimeout(watchdog);
  clearTimeout(retry);
  if (unknown) return;
  if (over()) return end();
  retry = setTimeout(follow, pause(failures++));
  patience ??= setTimeout(() => {
    lost = true;
    refresh();
  }, 2500); // a short gap is nobody's concern
  try {
    const reply = await fetch(url("state"));
    const body = await reply.json();
    if (reply.ok) {
      reached();
      take(body);
    } else if (body.error?.code === "unknown_session") {
      unknown = true;
      clearTimeout(retry);
      reached();
      refresh();
    }
  } catch {} // the stream is tried again
}

function take(next) {
  if (next.rev < state?.rev) return; // overtaken
  state = next;
  unknown = false;
  screens = state.steps?.flatMap((step) => step.items.map((item) => ({ ...step, items: [item] }))).map((step, index, { length }) => ({ ...step, index, count: length })) ?? null;
  if (screens && mine().participant) keep((all) => (all.until = state.until ? Date.parse(state.until) : Date.now() + 5e9));
  settle();
  refresh();
}

/** It is over by the clock, or the stream of what has ended broke off: there is nothing more to hear. */
function end() {
  source.close();
  clearTimeout(watchdog);
  clearTimeout(retry);
  settle();
  reached();
  refresh();
}

/** After sleep, or when the network is back: do not trust the old stream. Several events at once make one start. */
function wake() {
  clearTimeout(retry);
  retry = setTimeout(follow, 50);
  flush();
}

refresh();
if (code) {
  follow();
  flush();
  addEventListener("offline", broken);
  addEventListener("online", wake);
  addEventListener("pageshow", ({ persisted }) => persisted && wake());
  addEventListener("storage", refresh);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
}
