/** The course of a layer's weights: their values at some steps of the run. All pure. */

import { isLive } from "./state.js";
import { infoOf, mapAt, sizeOf, weightsOf } from "./shown_tensors.js";
import { focusedLayer } from "./focus.js";
import { currentCell } from "./subject.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../wire.js").TensorInfo} TensorInfo */
/** @typedef {{ readonly map: number | null, readonly start: number, readonly shape: readonly number[] }} Piece */

/** The number of steps of a course. */
export const STEPS = 10;
/** Matrices with more cells have only one row in each picture of the course. */
const MOST = 4000;

/** The current filter, or the current row of a matrix. @param {State} state @param {TensorInfo} weights @returns {number} */
export function filterOf(state, weights) {
  const out = state.run && infoOf(state.run, `${weights.layer}.out`);
  const ways = [weights, ...(out ? [out] : [])].map((info) => [
    info.name,
    (/** @type {number} */ cell) => mapAt(info, cell),
  ]);
  // The pointer passes over many cells. It must not request a course for each.
  return currentCell({ ...state, hover: null }, Object.fromEntries(ways), 0);
}

/**
 * What each picture of the course shows: all filters where each has one channel, else all channels of the current filter; of a
 * matrix all, or the current row.
 * @param {TensorInfo} weights @param {number} filter @returns {Piece}
 */
export function pieceOf(weights, filter) {
  const { shape } = weights;
  const isOne = shape.length === 2 ? sizeOf(weights) > MOST : shape[1] > 1;
  if (!isOne) return { map: null, start: 0, shape };
  const own = shape.slice(1);
  return { map: filter, start: (filter * sizeOf(weights)) / shape[0], shape: own };
}

/**
 * The course to request. It covers all computed steps, so that it stays the same while a person goes along it.
 * @param {State} state @returns {{ run: string, iteration: number, name: string, map: number | null } | null}
 */
export function courseQuestion(state) {
  const { run, shown, depth, progress, focusSide } = state;
  const weights = weightsOf(focusedLayer(state));
  if (!run || !shown || !weights || depth !== "explore" || focusSide !== "course" || isLive(state))
    return null;
  if (shown.iteration.run !== run.id) return null;
  const iteration = Math.max(progress.computed - 1, shown.moment.iteration);
  return { run: run.id, iteration, name: weights.name, map: pieceOf(weights, filterOf(state, weights)).map };
}

/** The picture of a course to which a step belongs. @param {readonly number[]} iterations @param {number} iteration @returns {number} its index */
export const pictureAt = (iterations, iteration) =>
  Math.max(
    0,
    iterations.findLastIndex((each) => each <= iteration),
  );
