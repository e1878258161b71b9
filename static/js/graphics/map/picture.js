/** What a `<heat-map>` shows: the picture of a tensor, and what can be said of it. All pure. */

import { short } from "../format.js";
import { mosaic, placeOf } from "../mosaic.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */

/**
 * @typedef {object} Picture
 * @property {readonly number[]} shape
 * @property {{ cell: number, across: number, gap: number, wrap?: number, high?: number }} layout in CSS pixels
 * @property {Numbers | null} cells
 * @property {"all" | "none" | number | Numbers} done which cells are computed
 * @property {number} limit the size of a number that gets the strongest colour
 * @property {boolean} signed
 * @property {boolean} [curve] true where each row is drawn as a curve
 * @property {readonly [number, number] | null} [colours] where the cells are three channels of the `shape`, red, green
 * and blue: the numbers for dark and for bright
 * @property {readonly Outline[]} outlines
 * @property {readonly number[]} [blank] cells that are no number of the tensor: zeros of the padding or of the dilation
 * @property {readonly number[]} [winners] cells with a ring: those that won the window of a pool
 * @property {boolean} numbers true where they are printed in the cells, if they fit into all of them
 * @property {number} [exponent] of the power of ten that the caption names: the cells hold the numbers divided by it
 * @property {boolean} [isExact] false where the cells are shades: then no number is read from them
 * @property {boolean} [explorable] true for a map that is a tab stop, whose cells keys and a magnifier choose
 * @property {"light" | "dark"} theme
 * @property {string} label for screen readers
 */

/**
 * The style names what the cells are: what a step `reads` and `writes`, what is pointed at (`lit`), what is chosen
 * (`cursor`), or a window of the `forward` or `backward` pass. An outline that `glides` is a rectangle, and moves to its
 * next place.
 * @typedef {object} Outline
 * @property {readonly number[]} cells
 * @property {"reads" | "writes" | "lit" | "cursor" | "forward" | "backward"} style
 * @property {boolean} [glides]
 */

/** @param {Picture["done"]} done @param {number} cell */
export const isDone = (done, cell) =>
  done === "all" || (typeof done === "number" ? cell < done : done !== "none" && done[cell] === 1);

/** @param {Picture} picture @param {number} cell @returns {boolean} true where the cell has a number to show */
export function isComputed({ shape, cells, done, colours }, cell) {
  // In a picture in colour the last channel is computed last.
  return cells !== null && isDone(done, colours ? cell + 2 * sizeOfShape(shape) : cell);
}

/**
 * @param {unknown} a @param {unknown} b
 * @returns {boolean} true for equal values, and for lists and plain objects with equal members; arrays of numbers are
 *   compared by identity, because they are large and never changed
 */
function isSame(a, b) {
  if (a === b) return true;
  if (!a || !b || typeof a !== "object" || typeof b !== "object" || ArrayBuffer.isView(a)) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((each, i) => isSame(each, b[i]));
  const keys = Object.keys(a);
  const [from, to] = /** @type {Record<string, unknown>[]} */ ([a, b]);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(from[key], to[key]));
}

/** @param {Picture} a @param {Picture} b @returns {boolean} true where they look the same */
export const isSamePicture = (a, b) => a.cells === b.cells && isSame(a, b);

/** @param {Picture} a @param {Picture} b @returns {boolean} true where they look the same but for their outlines */
export const isSameInside = (a, b) =>
  a.cells === b.cells && isSame({ ...a, outlines: [] }, { ...b, outlines: [] });

/** @param {Picture} picture @param {number} cell @returns {string} such as "map 2, row 1, column 3", all from 1 */
function placeText({ shape, layout }, cell) {
  if (shape.length === 1) return `number ${cell + 1}`;
  const m = mosaic(shape, layout);
  const { map, row, column } = placeOf(m, cell);
  const place = `row ${row + 1}, column ${column + 1}`;
  return m.maps > 1 ? `map ${map + 1}, ${place}` : place;
}

/** @param {Picture} picture @param {number} cell @returns {string} its number, or why there is none */
export function valueText(picture, cell) {
  const { cells, shape, colours, blank, isExact = true } = picture;
  if (!isComputed(picture, cell) || !cells) return "not computed yet";
  if (blank?.includes(cell)) return "padding";
  if (!isExact) return "changes while it plays";
  if (!colours) return short(cells[cell]);
  const size = sizeOfShape(shape);
  return ["red", "green", "blue"].map((name, i) => `${name} ${short(cells[cell + i * size])}`).join(", ");
}

/** @param {Picture} picture @param {number} cell @returns {string} such as "row 2, column 3: 0.37" */
export const cellDescription = (picture, cell) =>
  `${placeText(picture, cell)}: ${valueText(picture, cell)}${picture.winners?.includes(cell) ? ", the winner" : ""}`;
