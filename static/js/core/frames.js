/** Frames: the pictures that move a page while its player, or the one it follows, plays by iterations. All pure. */

import { sizeOf } from "./state.js";
import { decode, decodeShades } from "./typed_arrays.js";

/** @typedef {import("./state.js").Shown} Shown */
/** @typedef {import("./state.js").Values} Values */
/** @typedef {import("../wire.js").Frame} Frame */
/** @typedef {import("../wire.js").FrameTensor} FrameTensor */
/** @typedef {import("../wire.js").Run} Run */

/** @param {FrameTensor} tensor @param {Run} run @returns {Values} */
function valuesOf({ data, minimum, maximum, nonfinite }, { recipe }) {
  const rest = { mask: null, minimum, maximum, nonfinite };
  if ("dtype" in data) return { ...rest, cells: decode(data), isExact: true };
  if ("values" in data)
    return { ...rest, cells: Float64Array.from(data.values, (v) => v ?? NaN), isExact: true };
  return {
    ...rest,
    cells: decodeShades(data.bdata, minimum ?? 0, maximum ?? 0, recipe.dtype),
    isExact: false,
  };
}

/**
 * What a frame puts on the stage: the end of its iteration.
 * @param {Run} run @param {Frame} frame @param {number | null} look the training example that is looked at
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
 * The tensors to ask for in frames, as patterns: all, or else those that fit into a frame, the smallest first.
 * @param {Run} run @returns {string[]}
 */
export function liveNames({ layers, frame_cells }) {
  const bySize = layers.flatMap(({ tensors }) => tensors).sort((a, b) => sizeOf(a) - sizeOf(b));
  let room = frame_cells;
  const fitting = new Set(bySize.filter((info) => (room -= sizeOf(info)) >= 0).map(({ name }) => name));
  if (fitting.size === bySize.length) return ["*"];
  // The server takes 256 names: a layer that fits as a whole is one.
  return layers.flatMap(({ name: layer, tensors }) => {
    const names = tensors.map(({ name }) => name).filter((name) => fitting.has(name));
    return names.length && names.length === tensors.length ? [`${layer}.*`] : names;
  });
}
