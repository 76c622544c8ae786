import { h, kind, number, read, say, showColumns, unique } from "./shared.js";

function ask({ model, item, body, legend, value, set, disabled }) {
  const id = unique("slider");
  const input = h("input", { type: "range", class: "bn-range bn-slider-line", id, min: item.min, max: item.max, step: item.step, disabled, "aria-labelledby": legend });
  const output = h("output", { class: "bn-slider-value", for: id });
  const ends = [item.low, item.high].map((text) => read(model, text));
  let given = value !== null;
  input.value = value ?? (item.min + item.max) / 2;

  function refresh() {
    const told = number(model, input.valueAsNumber, 3);
    output.textContent = given ? told : "–";
    input.classList.toggle("bn-untouched", !given);
    input.style.setProperty("--share", given ? (input.value - item.min) / (item.max - item.min) : -1);
    input.setAttribute("aria-valuetext", given ? `${told} (${item.min} = ${ends[0]}, ${item.max} = ${ends[1]})` : say(model, "No answer yet. Move the slider."));
  }
  const moved = () => {
    given = true;
    refresh();
  };
  const answer = () => {
    moved();
    set(input.valueAsNumber);
  };
  input.addEventListener("input", moved);
  input.addEventListener("change", answer);
  // The slider starts in the middle: who means the middle moves nothing, and presses it, or Enter or the space bar.
  input.addEventListener("pointerup", () => given || answer());
  input.addEventListener("keydown", ({ key }) => [" ", "Enter"].includes(key) && answer());
  refresh();
  const end = (text, bound) => h("span", {}, h("b", { text: number(model, bound, 3) }), " ", text);
  body.append(output, input, h("div", { class: "bn-slider-ends" }, end(ends[0], item.min), end(ends[1], item.max)));
}

// On the board

function show({ model, item, body, summary }) {
  const picture = ({ bins, mean, median }) => {
    const told = (value) => number(model, value, 2);
    const [low, high] = [bins[0].low, bins.at(-1).high];
    const at = (mean - low) / (high - low);
    const single = bins.length > 1 && bins[0].low < item.min; // a bin around each point of the scale
    const label = (bin) => (single ? told((bin.low + bin.high) / 2) : `${told(bin.low)}–${told(bin.high)}`);
    const text = `${say(model, "Mean")} ${number(model, mean)} · ${say(model, "Median")} ${number(model, median)}`;
    return [bins.map((bin) => ({ label: label(bin), count: bin.count })), { at, text }];
  };
  const update = showColumns({ model, body }, ...picture(summary));
  body.append(h("div", { class: "bn-slider-ends" }, [item.low, item.high].map((text) => h("span", { text: read(model, text) }))));
  return (summary) => update(...picture(summary));
}

export default kind("slider", { ask, show });
