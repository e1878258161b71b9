/** Frames: the iterations that a page shows while its player, or its leader, plays by iterations. All pure. */

import { sizeOf } from "./shown_tensors.js";
import { decode, decodeShades } from "./typed_arrays.js";

/** @typedef {import("./state.js").Shown} Shown */
/** @typedef {import("./state.js").Values} Values */
/** @typedef {import("../wire.js").Frame} Frame */
/** @typedef {import("../wire.js").FrameTensor} FrameTensor */
/** @typedef {import("../wire.js").Run} Run */

/** @param {FrameTensor} tensor @param {Run} run */
function cellsOf({ data, minimum, maximum }, { recipe }) {
  if ("dtype" in data) return decode(data);
  if ("values" in data) return Float64Array.from(data.values, (v) => v ?? NaN);
  return decodeShades(data.bdata, minimum ?? 0, maximum ?? 0, recipe.dtype);
}

/**
 * The numbers of a tensor. They are decoded when they are first read: most tensors of a frame are never drawn.
 * @param {FrameTensor} tensor @param {Run} run @returns {Values}
 */
export function valuesOf(tensor, run) {
  const { data, minimum, maximum, nonfinite } = tensor;
  /** @type {Values["cells"] | null} */
  let cells = null;
  return {
    get cells() {
      return (cells ??= cellsOf(tensor, run));
    },
    mask: null,
    minimum,
    maximum,
    nonfinite,
    isExact: "dtype" in data || "values" in data,
  };
}

/**
 * The moment that a frame shows on the stage: the end of its iteration.
 * @param {Run} run @param {Frame} frame @param {number | null} look the number of the chosen training example, if any
 * @returns {Shown}
 */
export function shownFrom(run, { tensors, ...iteration }, look) {
  return {
    moment: { iteration: iteration.iteration, position: run.positions },
    example: iteration.example,
    look,
    iteration,
    tensors: new Map(tensors.map((tensor) => [tensor.name, valuesOf(tensor, run)])),
    window: null,
    partial: new Map(),
    isLive: true,
  };
}

/**
 * The tensors of the frames, as names and patterns: all or, if they do not fit into a frame, the smallest ones.
 * @param {Run} run @returns {string[]}
 */
export function liveNames({ layers, frame_cells }) {
  const bySize = layers.flatMap(({ tensors }) => tensors).sort((a, b) => sizeOf(a) - sizeOf(b));
  let room = frame_cells;
  const fitting = new Set(bySize.filter((info) => (room -= sizeOf(info)) >= 0).map(({ name }) => name));
  if (fitting.size === bySize.length) return ["*"];
  // The server takes 256 names. A layer of which all tensors fit needs only one pattern.
  return layers.flatMap(({ name: layer, tensors }) => {
    const names = tensors.map(({ name }) => name).filter((name) => fitting.has(name));
    return names.length && names.length === tensors.length ? [`${layer}.*`] : names;
  });
}
