/** The loss curve's geometry: its axes, its columns, and which step lies where. All pure. */

/** The room around the curve for the words of marks, losses, accuracies and steps, in CSS pixels. */
export const EDGE = { left: 40, right: 48, top: 18, bottom: 18 };
/** A run that has just begun has an axis of this many steps. */
const SHORTEST = 20;

/** The round number (1, 2 or 5 times a power of ten) that is at least a size. @param {number} size above 0 */
export function roundUp(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * /** @type {number} */ ([1, 2, 5, 10].find((factor) => factor * power >= size * (1 - 1e-9)));
}

/** Round numbers from 0 on, about `count` of them up to the end. @param {number} end @param {number} count @returns {number[]} */
export function ticksOf(end, count) {
  const step = roundUp(end / count);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) =>
    Number((i * step).toPrecision(12)),
  );
}

/** The last step of the axis: round, beyond those computed, and within the run. @param {number} computed @param {number} iterations of the run */
export const spanOf = (computed, iterations) =>
  Math.max(1, Math.min(iterations - 1, roundUp(Math.max(SHORTEST, computed * 1.05))));

/**
 * The losses in as many columns as there are pixels: the range and the mean of each column.
 * @param {Float64Array} losses @param {number} columns
 * @returns {{ low: number, high: number, mean: number }[]}
 */
export function gather(losses, columns) {
  const count = Math.min(columns, losses.length);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * losses.length) / count);
    const end = Math.max(from + 1, Math.floor(((i + 1) * losses.length) / count));
    let [low, high, sum, finite] = [Infinity, -Infinity, 0, 0];
    for (let at = from; at < end; at++) {
      const loss = losses[at];
      if (!Number.isFinite(loss)) continue;
      low = Math.min(low, loss);
      high = Math.max(high, loss);
      sum += loss;
      finite++;
    }
    return { low, high, mean: sum / finite };
  });
}

/** The running mean of the losses, which shows their trend. @param {number[]} values @returns {number[]} */
export function smoothed(values) {
  const reach = Math.floor(values.length / 40);
  return values.map((_, i) => {
    let [sum, finite] = [0, 0];
    for (let near = Math.max(0, i - reach); near <= i + reach && near < values.length; near++) {
      if (!Number.isFinite(values[near])) continue;
      sum += values[near];
      finite++;
    }
    return sum / finite;
  });
}

/**
 * The places of a curve on its canvas, in CSS pixels.
 * @param {{ width: number, height: number }} size @param {number} computed steps so far @param {number} iterations of the run
 */
export function scaleOf({ width, height }, computed, iterations) {
  const span = spanOf(computed, iterations);
  const inner = width - EDGE.left - EDGE.right;
  const bottom = height - EDGE.bottom;
  /** @param {number} iteration */
  const x = (iteration) => EDGE.left + (Math.min(iteration, span) / span) * inner;
  return {
    width,
    height,
    span,
    bottom,
    tall: bottom - EDGE.top,
    right: EDGE.left + inner,
    /** The width of what is computed. */
    done: x(Math.max(0, computed - 1)) - EDGE.left,
    x,
    /** @param {number} place on the x axis @returns {number} the computed step there */
    iterationAt: (place) =>
      Math.min(Math.max(0, computed - 1), Math.max(0, Math.round(((place - EDGE.left) / inner) * span))),
    /** @param {number} part of the axis' height, 0 to 1 */
    y: (part) => bottom - Math.min(1, part) * (bottom - EDGE.top),
  };
}

/** @typedef {ReturnType<typeof scaleOf>} Scale */
