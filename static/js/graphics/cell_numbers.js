/** The numbers that are printed in cells: short, with a common power of ten, and all of a map alike. All pure. */

import { written } from "./format.js";

/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */

/** Maps whose largest number lies between these need no power of ten. */
const SMALL = 0.1;
const LARGE = 1000;
/** The smallest type in a cell, and the room around it, in CSS pixels. */
const SMALLEST_TYPE = 11;
const LARGEST_TYPE = 32;
const ROOM = 2;
/** The height of the type as a part of the cell, where it is larger than the smallest. */
const TYPE = 0.3;
/** The digits of a number below 1, from the best choice on. */
const CHOICES = [2, 1];

/**
 * The power of ten that the numbers of maps share: a cell then reads 1.2 and not 0.0012.
 * @param {...(Numbers | readonly number[] | null | undefined)} maps @returns {number} its exponent, 0 where none is needed
 */
export function powerOfTen(...maps) {
  let largest = 0;
  for (const cells of maps)
    for (const value of cells ?? []) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  if (largest === 0 || (largest >= SMALL && largest < LARGE)) return 0;
  // The largest number is not printed as 10.0.
  return Math.floor(Math.log10(largest) + 1e-9);
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {number} exponent @returns {string} for a caption, such as "× 0.001"; empty for 0 */
export function powerText(exponent) {
  if (exponent === 0) return "";
  if (exponent >= -4 && exponent < 0) return written(`× ${(10 ** exponent).toFixed(-exponent)}`);
  const digits = [...String(Math.abs(exponent))].map((digit) => RAISED[Number(digit)]);
  return `× 10${exponent < 0 ? "⁻" : ""}${digits.join("")}`;
}

/**
 * @param {number} value @param {number} digits after the point below 1; larger numbers have fewer
 * @param {number} [exponent] of the power of ten in the caption
 */
export function cellText(value, digits, exponent = 0) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value) / 10 ** exponent;
  const rounded = Number(size.toFixed(digitsAfterPoint(size, digits)));
  // Rounding can take a number to the next power of ten.
  return written(`${value < 0 ? "−" : ""}${size.toFixed(digitsAfterPoint(rounded, digits))}`);
}

/** @param {number} size @param {number} digits of a number below 1 */
function digitsAfterPoint(size, digits) {
  // One digit tells 1.4 from 1, also where no more fit.
  if (digits > 0 && size >= 1 && size < 10) return Math.max(1, digits - 1);
  return Math.max(0, digits - (size < 1 ? 0 : size < 100 ? 2 : 3));
}

/** @param {number} cell the side of a cell in CSS pixels @returns {number} the size of the type in it */
export const typeIn = (cell) => Math.max(SMALLEST_TYPE, Math.min(LARGEST_TYPE, Math.round(cell * TYPE)));

/**
 * One number for each length of text, because all numbers of a length are equally wide.
 * @param {Iterable<number>} values @param {number} exponent @returns {Iterable<number>}
 */
function lengthsOf(values, exponent) {
  const unit = 10 ** exponent;
  /** @type {Map<number, number>} */
  const lengths = new Map();
  for (const value of values) {
    // Near the next power of ten a number can be rounded to it.
    const size = (Math.abs(value) / unit) * 1.06;
    const length = Number.isFinite(value) ? (size < 1 ? 0 : Math.ceil(Math.log10(size))) : -1;
    lengths.set(value < 0 ? -2 - length : length, value);
  }
  return lengths.values();
}

/** @param {Iterable<number>} values @param {number} exponent @returns {boolean} true where a decimal point says nothing */
function isWhole(values, exponent) {
  const unit = 10 ** exponent;
  for (const value of values)
    if (Number.isFinite(value) && value / unit !== Math.round(value / unit)) return false;
  return true;
}

/**
 * How many digits fit into each cell of a map.
 * @param {Iterable<number>} values @param {number} exponent @param {number} cell the side of a cell in CSS pixels
 * @param {(text: string) => number} widthOf a text in CSS pixels, at the size of `typeIn`
 * @returns {number | null} for `cellText`: 0 where all are whole numbers; null where not even one fits everywhere
 */
export function digitsThatFit(values, exponent, cell, widthOf) {
  if (cell < SMALLEST_TYPE + 2 * ROOM) return null;
  const lengths = [...lengthsOf(values, exponent)];
  /** @param {number} value @param {number} digits */
  const fits = (value, digits) =>
    widthOf(cellText(value, digits, exponent).replaceAll(/\d/g, "0")) <= cell - 2 * ROOM;
  const choices = isWhole(values, exponent) ? [0] : CHOICES;
  return choices.find((digits) => lengths.every((value) => fits(value, digits))) ?? null;
}
