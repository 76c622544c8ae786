/** A sentence, or one word. */
import { glide, h, kind, mark, say, tool, wall } from "./shared.js";

function ask({ model, item, body, legend, value, set, disabled }) {
  const left = h("p", { class: "bn-status" });
  const input = h(item.word ? "input" : "textarea", {
    class: "bn-write",
    rows: item.word ? null : 3,
    maxlength: item.max_length,
    disabled,
    autocomplete: "off",
    "aria-labelledby": legend,
    onkeydown: (event) => event.key === "Enter" && event.preventDefault(), // one line, and sending is a button of its own
    oninput: () => {
      check();
      set(input.value.trim() || null);
    },
  });
  // The server refuses more than one word; here the person hears it while typing.
  function check() {
    const n = item.max_length - input.value.length;
    const more = Boolean(item.word) && /\S\s+\S/.test(input.value);
    input.setAttribute("aria-invalid", more);
    left.classList.toggle("bn-wrong", more);
    left.setAttribute("aria-live", more || n % 20 === 0 ? "polite" : "off");
    left.textContent = more ? say(model, "Give one word, without spaces.") : say(model, "{n} characters left", { n });
  }
  const update = (text) => {
    input.value = text ?? "";
    check();
  };
  update(value);
  body.append(input, left);
  return update;
}

// On the board

const promises = (model) => ({
  good_life: say(model, "Good life for clients"),
  good_work: say(model, "Good work for professionals"),
  healthy_organisation: say(model, "A sustainably healthy organisation"),
});

/** The sign of the promise to which a text leans, with its name. */
function lean(model, id, nameClass) {
  const { colour, sign } = mark(id);
  const name = h("span", { class: nameClass, text: promises(model)[id] });
  return h("span", { class: "bn-lean" }, h("span", { "aria-hidden": "true", text: sign, style: { color: colour } }), name);
}

/**
 * Letters as large as the room allows, in a few steps; while the room stays they only shrink, as a wall that breathes is
 * restless. What does not fit scrolls, with the newest (at the end) in sight, unless somebody scrolled back.
 */
function fit(list, arrange = () => {}) {
  const sizes = [2, 1.7, 1.4, 1.15, 1, 0.85, 0.7];
  let step = 0;
  let follow = true;
  const room = () => list.scrollHeight - list.clientHeight;
  const size = () => {
    const letter = parseFloat(getComputedStyle(list.parentElement).fontSize);
    // Larger than usual only where that leaves two columns; and never too small to read.
    const cramped = () => room() > 1 || (sizes[step] > 1 && list.clientWidth < 27 * letter * sizes[step]);
    do {
      list.style.fontSize = `${sizes[step]}em`;
      arrange();
    } while (cramped() && letter * sizes[step + 1] >= 14 && ++step);
    list.classList.toggle("bn-long", room() > 1);
    if (follow) list.scrollTop = room();
  };
  list.addEventListener("scroll", () => (follow = room() - list.scrollTop < 40));
  new ResizeObserver(() => {
    if (!list.isConnected) return; // the last report is of the list leaving the page
    step = 0;
    size();
  }).observe(list);
  return size;
}

/**
 * Carry a card to another one with the pointer. On a touch screen by its merge button, as the card itself scrolls the wall.
 * `state.carrying` is true meanwhile.
 */
function carry(list, state, merge) {
  list.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".bn-card");
    const handle = event.target.closest(".bn-merge");
    if (!card || event.button > 0 || (!handle && (event.pointerType === "touch" || event.target.closest("button, summary")))) return;
    let target = null;
    const aim = (next) => {
      target?.classList.remove("bn-aim");
      target = next;
      target?.classList.add("bn-aim");
    };
    const move = ({ clientX, clientY }) => {
      const [x, y] = [clientX - event.clientX, clientY - event.clientY];
      if (!state.carrying && Math.hypot(x, y) < 8) return;
      if (!state.carrying) list.setPointerCapture(event.pointerId);
      state.carrying = true;
      card.classList.add("bn-carried");
      card.style.transform = `translate(${x}px, ${y}px)`;
      aim(document.elementFromPoint(clientX, clientY)?.closest(".bn-card"));
    };
    const listening = new AbortController();
    const stop = ({ type }) => {
      listening.abort();
      if (!state.carrying) return;
      const into = type === "pointerup" && target?.dataset.id;
      aim(null);
      card.classList.remove("bn-carried");
      card.style.transform = "";
      state.carrying = false;
      merge(card.dataset.id, into);
    };
    const options = { signal: listening.signal };
    document.addEventListener("pointermove", move, options);
    document.addEventListener("pointerup", stop, options);
    document.addEventListener("pointercancel", stop, options);
  });
}

function showTexts({ model, body, summary, moderate }) {
  const state = { carrying: false, picked: null };
  const legend = h("p", { class: "bn-note bn-leans" });
  const told = h("p", { class: "bn-choose", role: "status" });
  const open = new Set(); // merged cards that are open, to stay so when they change
  let latest = summary;

  const { list, update } = wall(model, body, (card, { id, text, lean: side, merged }) => {
    card.append(h("p", { text }));
    if (promises(model)[side]) card.prepend(lean(model, side, "bn-hidden"));
    if (merged.length) {
      const split = (one) => moderate && tool(model, "Take apart", one.text, () => model.send({ type: "split", id: one.id }));
      const more = merged.map((one) => h("li", {}, h(one.hidden ? "s" : "span", { text: one.text }), split(one) || null));
      const toggled = ({ target }) => {
        open[target.open ? "add" : "delete"](id);
        arrange();
      };
      const title = h("summary", { text: say(model, "{n} together", { n: merged.length + 1 }) });
      card.append(h("details", { open: open.has(id), ontoggle: toggled }, title, h("ul", { role: "list" }, more)));
    }
    if (!moderate) return;
    const pick = tool(model, "Merge", text, () => choose(id));
    pick.classList.add("bn-merge");
    card.append(h("div", { class: "bn-tools" }, tool(model, "Hide", text, () => model.send({ type: "hide", id })), pick));
  });
  list.after(legend);
  body.prepend(told);

  /** Every card is as many rows of a pixel high as it needs: a grid that is filled densely keeps the order, and is a wall. */
  function arrange() {
    const gap = parseFloat(getComputedStyle(list).columnGap);
    const cards = [...list.children];
    const heights = cards.map((card) => card.offsetHeight); // all read before the first is written: one layout, not one a card
    cards.forEach((card, i) => (card.style.gridRowEnd = `span ${Math.ceil(heights[i] + gap)}`));
  }
  const size = fit(list, arrange);

  /** Merging without dragging: first the card, then the one that it goes into. */
  function choose(id) {
    const from = state.picked;
    state.picked = from ? null : id;
    if (from && from !== id) model.send({ type: "merge", id: from, into: id });
    label();
  }
  function label() {
    const text = (id) => latest.texts?.find((one) => one.id === id)?.text;
    if (!text(state.picked)) state.picked = null;
    told.textContent = state.picked ? say(model, "Choose the card that “{text}” goes into.", { text: text(state.picked) }) : "";
    list.classList.toggle("bn-picking", Boolean(state.picked));
    for (const card of list.children) {
      const { id } = card.dataset;
      const button = card.querySelector(".bn-merge");
      card.classList.toggle("bn-aim", state.picked === id);
      button.textContent = !state.picked ? say(model, "Merge") : state.picked === id ? say(model, "Cancel") : say(model, "Into this one");
      button.setAttribute("aria-label", `${button.textContent}: ${text(id)}`);
    }
  }
  function draw(next) {
    latest = next;
    if (state.carrying) return; // nothing moves under somebody's hand
    update(next.texts ?? []);
    const sides = Object.keys(promises(model)).filter((id) => next.texts?.some((one) => one.lean === id));
    legend.replaceChildren(...sides.map((id) => lean(model, id)));
    size();
    if (moderate) label();
  }
  if (moderate) {
    body.classList.add("bn-moderated");
    carry(list, state, (id, into) => {
      if (into && into !== id) model.send({ type: "merge", id, into });
      draw(latest); // what came in meanwhile
    });
    list.addEventListener("keydown", ({ key }) => key === "Escape" && state.picked && choose(state.picked));
  }
  draw(summary);
  return draw;
}

/** The words, the most given first and largest. */
function showWords({ model, body, summary, moderate }) {
  const { list, update } = wall(model, body, (card, { text, count, share, ids }) => {
    card.style.fontSize = `${1 + 1.8 * Math.sqrt(share)}em`;
    card.append(h("span", { text }), h("small", { text: ` ${count}` }));
    const hide = () => ids.forEach((id) => model.send({ type: "hide", id }));
    if (moderate) card.append(h("div", { class: "bn-tools" }, tool(model, "Hide", text, hide)));
  });
  list.classList.add("bn-words");
  const size = fit(list);
  const draw = ({ texts = [], words = [] }) => {
    const most = Math.max(...words.map((word) => word.count));
    const all = texts.flatMap((one) => [one, ...one.merged]);
    const given = (key) => all.filter((one) => !one.hidden && one.text.toLowerCase() === key).map((one) => one.id);
    const things = [
      ...words.map(({ text, count }) => ({ id: text.toLowerCase(), text, count, share: count / most, ids: given(text.toLowerCase()) })),
      ...all.filter((one) => one.hidden),
    ];
    glide([...list.children], () => {
      update(things);
      size();
    });
  };
  draw(summary);
  return draw;
}

const show = (context) => (context.item.word ? showWords : showTexts)(context);

export default kind("short_text", { ask, show });
