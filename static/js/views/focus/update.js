/** The update: the weights before, their gradients, their changes and the weights after, and what the step did for this very example. */

import { element, say } from "../../graphics/dom.js";
import { cellOf } from "../../core/subject.js";
import { isLive } from "../../core/state.js";
import { figureOf } from "./maps.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("./focus.js").Form} Form */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {import("./maps.js").Part} Part */

/** The maps of a page. */
const PAGE = 8;
/** The heights of a caption, of the sentence and of the learning rate, and the width of a sign, in pixels. */
const [CAPTION, WORDS, RATE, SIGN] = [28, 36, 40, 28];
/** The learning rates of the slider, evenly spaced in their logarithm. */
const [LOWEST, HIGHEST, TICKS] = [-4, 1, 100];

/** @param {number} tick @returns {number} a learning rate with two digits */
export const rateAt = (tick) => Number((10 ** (LOWEST + (tick / TICKS) * (HIGHEST - LOWEST))).toPrecision(2));

/** @param {number} rate @returns {number} the nearest place on the slider */
export const tickOf = (rate) =>
  Math.max(0, Math.min(TICKS, Math.round(((Math.log10(rate) - LOWEST) / (HIGHEST - LOWEST)) * TICKS)));

/**
 * The maps of a parameter that stand side by side: of filters with one channel a page of filters, of those with several the
 * channels of the current filter, and of a matrix all.
 * @param {TensorInfo} info @param {number} cell the current one @returns {Part}
 */
export function partOfUpdate({ shape }, cell) {
  if (shape.length < 3) return { start: 0, shape };
  const [rows, columns] = shape.slice(-2);
  const size = rows * columns;
  const [filters, channels] = shape;
  if (channels > 1) {
    const start = Math.floor(cell / (channels * size)) * channels * size;
    return { start, shape: [Math.min(PAGE, channels), rows, columns] };
  }
  const first = Math.floor(cell / size / PAGE) * PAGE;
  return { start: first * size, shape: [Math.min(PAGE, filters - first), rows, columns] };
}

/** @type {Form} */
export function mountUpdate(root, app) {
  const { effects } = app;
  root.className = "sight update";
  const figures = [figureOf(app), figureOf(app), figureOf(app), figureOf(app)];
  const signs = ["", "→", "="].map((text) => element("span", "sign", text));
  const [words, earlier, later] = [
    element("p", "words"),
    element("button", "link", "‹"),
    element("button", "link", "›"),
  ];
  earlier.setAttribute("aria-label", "Earlier filters");
  later.setAttribute("aria-label", "Later filters");
  const slider = element("input");
  Object.assign(slider, { type: "range", min: "0", max: String(TICKS), step: "1" });
  slider.setAttribute("aria-label", "Learning rate from the next step on");
  const rate = element("output", "number");
  const row = element(
    "div",
    "maps-row",
    ...figures.flatMap(({ root: figure }, i) => (i ? [signs[i - 1], figure] : [figure])),
  );
  root.replaceChildren(
    row,
    words,
    element("label", "rate", "learning rate from the next step on ", slider, rate, earlier, later),
  );
  /** @type {{ sight: Sight, info: TensorInfo } | null} */
  let now = null;
  slider.addEventListener("input", () => say(rate, String(rateAt(Number(slider.value)))));
  slider.addEventListener("change", () => effects.setLearningRate(rateAt(Number(slider.value))));
  for (const [button, by] of /** @type {const} */ ([
    [earlier, -1],
    [later, 1],
  ]))
    button.addEventListener("click", () => {
      if (!now) return;
      const { info, sight } = now;
      const [filters, ...one] = info.shape;
      const size = sizeOfShape(one);
      const step = one[0] > 1 ? 1 : PAGE;
      const filter = Math.floor(cellOf(sight.state, info.name) / size) + by * step;
      effects.choose(info.name, Math.max(0, Math.min(filters - 1, filter)) * size);
    });

  return (sight) => {
    const { state, layer, box } = sight;
    const tensors = new Map(layer.tensors.map((info) => [info.tensor, info]));
    const own = layer.tensors.find(({ parameter }) => parameter !== null)?.parameter ?? "w";
    const before = /** @type {TensorInfo} */ (tensors.get(own));
    now = { sight, info: before };
    const part = partOfUpdate(before, cellOf(state, before.name));
    const each = {
      width: Math.floor((box.width - 3 * SIGN) / 4),
      height: box.height - CAPTION - WORDS - RATE,
    };
    const operation = state.operation?.layer === layer.name ? state.operation : null;
    const names = [
      ["before", own],
      ["gradient", `d${own}`],
      ["change", `delta_${own}`],
    ];
    names.forEach(([title, tensor], i) => {
      const info = /** @type {TensorInfo} */ (tensors.get(tensor));
      figures[i].draw(state, info, part, each, { words: title, outlines: [] });
    });
    const values = operation?.update?.after ?? null;
    const after = { values, done: /** @type {"all" | "none"} */ (values ? "all" : "none") };
    figures[3].draw(state, before, part, each, { words: "after", outlines: [], given: after });
    // Frames have no weights after the step. While the page plays, they are left out, and not drawn as missing.
    for (const left of [signs[2], figures[3].root]) left.hidden = isLive(state) && !values;
    say(words, operation?.update?.words ?? (isLive(state) ? "" : "The changes are not all computed yet."));
    const current = state.shown?.iteration.learning_rate ?? 0;
    if (document.activeElement !== slider) {
      slider.value = String(tickOf(current));
      say(rate, String(Number(current.toPrecision(3))));
    }
    const size = sizeOfShape(part.shape);
    const total = sizeOfShape(before.shape);
    earlier.hidden = later.hidden = size >= total || before.shape.length < 3;
    earlier.disabled = part.start === 0;
    later.disabled = part.start + size >= total;
  };
}
