/** An example as a small picture: in colour, as a curve, or as a map of its numbers. */

import { shapeOfArray } from "../core/typed_arrays.js";
import "./heatmap.js";
import { isSignal } from "./layout.js";

/** @typedef {import("./heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */

/** Stored examples in colour go from 0, dark, to 1, bright. */
const STORED = /** @type {const} */ ([0, 1]);

/**
 * @param {readonly number[]} shape of one example @param {Numbers} cells
 * @param {{ side: number, limit: number, signed: boolean, theme: "light" | "dark", label: string,
 *   colours?: readonly [number, number] | null }} look `colours`: the numbers for dark and bright; null draws three
 *   channels side by side
 * @returns {HeatMap}
 */
export function thumbOf(shape, cells, { side, limit, signed, theme, label, colours = STORED }) {
  const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
  const isColour = shape.length === 3 && shape[0] === 3 && colours !== null;
  const isCurve = isSignal(shape);
  const across = shape[shape.length - 1];
  const cell = Math.max(1, Math.floor((isCurve ? Math.max(side, across) : side) / across));
  map.picture = {
    shape: isColour ? shape.slice(1) : shape,
    layout: {
      cell,
      across: isColour || shape.length < 3 ? 1 : shape[0],
      gap: 1,
      ...(isCurve ? { high: Math.round(side * 0.75) } : {}),
    },
    cells,
    done: "all",
    limit,
    signed,
    curve: isCurve,
    colours: isColour ? colours : null,
    outlines: [],
    numbers: false,
    theme,
    label,
  };
  return map;
}

/** @param {import("../wire.js").TypedArray} array of several examples @returns {number[]} the shape of one */
export const shapeOf = (array) => shapeOfArray(array).slice(1);

/** @param {Numbers} cells @returns {number} the size of the largest number */
export function largestOf(cells) {
  let largest = 0;
  for (const value of cells) largest = Math.max(largest, Math.abs(value));
  return largest;
}
