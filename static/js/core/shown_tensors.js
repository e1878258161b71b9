/** The tensors of a run and of the moment shown: what they are, and how far they are computed. All pure. */

import { decode, sizeOfShape } from "./typed_arrays.js";
import { computed } from "./timeline.js";
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Tensors} Tensors */
/** @typedef {import("./state.js").Values} Values */
/** @typedef {import("../wire.js").Run} Run */
/** @typedef {import("../wire.js").Tensor} Tensor */
/** @typedef {import("../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("./typed_arrays.js").Numbers} Numbers */

/** @param {readonly Tensor[]} tensors @returns {Tensors} */
export const decoded = (tensors) =>
  new Map(
    tensors.map(({ name, data, computed: mask, minimum, maximum, nonfinite }) => [
      name,
      { cells: decode(data), mask: mask ? decode(mask) : null, minimum, maximum, nonfinite, isExact: true },
    ]),
  );

/** @param {Run} run @returns {readonly TensorInfo[]} */
const tensorsOf = (run) => run.layers.flatMap((layer) => layer.tensors);

/** @param {Run} run @param {string} name @returns {TensorInfo | undefined} */
export const infoOf = (run, name) => tensorsOf(run).find((tensor) => tensor.name === name);

/** @param {Run} run @param {string} name @returns {boolean} true if a convolution computes the tensor window by window */
export function hasWindowView(run, name) {
  const writer = run.segments.find(({ phase, writes }) => phase !== "update" && writes.includes(name));
  const layer = run.layers.find((layer) => layer.name === writer?.layer);
  const tensor = name.slice(name.lastIndexOf(".") + 1);
  return layer?.kind === "conv2d" && ["out", "dw", "dout"].includes(tensor);
}

/** @param {TensorInfo} info @returns {number} its cells */
export const sizeOf = ({ shape }) => sizeOfShape(shape);

/** The map, filter or row of a tensor that a cell is in: its place along the first axis. @param {Pick<TensorInfo, "shape">} info @param {number} cell */
export const mapAt = ({ shape }, cell) => Math.floor(cell / sizeOfShape(shape.slice(1)));

/** The weights of a layer. @param {LayerInfo | undefined} layer @returns {TensorInfo | undefined} */
export const weightsOf = (layer) => layer?.tensors.find(({ tensor }) => tensor === "w");

/**
 * A tensor at the moment shown: its numbers and how far they are computed.
 * @param {State} state @param {string} name
 * @returns {{ values: Values | null, done: "all" | "none" | number | Numbers }} done: a number counts the
 * first cells that are computed; an array has a 1 for each cell that is computed
 */
export function tensorAt({ run, shown }, name) {
  if (!run || !shown) return { values: null, done: "none" };
  const done = computed(run, shown.moment.position, name);
  if (done !== "partial") return { values: shown.tensors.get(name) ?? null, done };
  const values = shown.partial.get(name) ?? null;
  return { values, done: values?.mask ?? "none" };
}

/** @param {State} state @param {string} name @param {number} cell @returns {boolean} true if it is computed at the moment shown */
export function isComputed(state, name, cell) {
  const { done } = tensorAt(state, name);
  if (typeof done === "number") return cell < done;
  return done === "all" || (done !== "none" && done[cell] === 1);
}

/** @param {State} state @param {string} name @param {number} cell @returns {number | null} null: not computed, or not known exactly */
export function valueAt(state, name, cell) {
  const { values } = tensorAt(state, name);
  if (!values?.isExact || cell >= values.cells.length) return null;
  return isComputed(state, name, cell) ? values.cells[cell] : null;
}

/** Why a number is not shown. @param {State} state @param {string} name @param {number} cell */
export const unknownText = (state, name, cell) =>
  isComputed(state, name, cell) ? "number shown when paused" : "not computed yet";

/** The number of the largest answer about the example on the stage, -1 before it is known. @param {State} state @param {Run} run */
export function bestOf(state, { answer }) {
  const { values, done } = tensorAt(state, answer);
  return done === "all" && values?.isExact ? values.cells.indexOf(Math.max(...values.cells)) : -1;
}
