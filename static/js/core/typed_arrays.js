/** Arrays of numbers: their sizes and parts, and how messages encode them: Plotly's typed-array convention, exact to the last bit. */

/** @typedef {import("../wire.js").TypedArray} TypedArray */
/** @typedef {Float32Array | Float64Array | Int32Array | Uint8Array} Numbers */

/** The shade of the maximum; 0 is that of the minimum. */
const STEPS = 254;
const KINDS = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };

/**
 * @param {string} text in base64 @returns {Uint8Array<ArrayBuffer>}
 * The browser's own decoder, where there is one, is several times faster than the loop.
 */
function bytes(text) {
  const Bytes = /** @type {{ fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }} */ (
    /** @type {unknown} */ (Uint8Array)
  );
  if (Bytes.fromBase64) return Bytes.fromBase64(text);
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

/** @param {TypedArray} array @returns {number[]} */
export const shapeOfArray = ({ shape }) => shape.split(",").map(Number);

/** @param {TypedArray} array @returns {Numbers} the cells in row-major order */
export function decode(array) {
  const Kind = KINDS[array.dtype];
  return new Kind(bytes(array.bdata).buffer);
}

/** @param {readonly number[]} shape @returns {number} the cells of an array of that shape */
export const sizeOfShape = (shape) => shape.reduce((a, b) => a * b, 1);

/** The parts that were taken of an array, by where they begin and end. @type {WeakMap<Numbers, Map<string, Numbers>>} */
const parts = new WeakMap();

/**
 * Consecutive cells of an array: the same object each time, so that what is drawn of them is drawn once.
 * @param {Numbers} cells @param {number} start @param {number} end the cell after the last
 * @returns {Numbers}
 */
export function partOfCells(cells, start, end) {
  if (start === 0 && end >= cells.length) return cells;
  const known = parts.get(cells) ?? new Map();
  parts.set(cells, known);
  const key = `${start} ${end}`;
  const part = known.get(key) ?? cells.subarray(start, end);
  known.set(key, part);
  return part;
}

/**
 * The cells of a `ShadedArray`, for drawing.
 * @param {string} text its bytes @param {number} minimum @param {number} maximum of its finite cells
 * @param {"float32" | "float64"} dtype of the tensor
 * @returns {Numbers} NaN where a cell is not finite
 */
export function decodeShades(text, minimum, maximum, dtype) {
  // Halves, because the distance between two finite numbers can overflow.
  const step = maximum / 2 / STEPS - minimum / 2 / STEPS;
  const numbers = new Float64Array(256).fill(NaN);
  // Rounding can take the last number past the maximum.
  for (let shade = 0; shade <= STEPS; shade++)
    numbers[shade] = Math.min(maximum, minimum + shade * step + shade * step);
  const shades = bytes(text);
  const cells = dtype === "float64" ? new Float64Array(shades.length) : new Float32Array(shades.length);
  for (let i = 0; i < shades.length; i++) cells[i] = numbers[shades[i]];
  return cells;
}

/** @param {Numbers} cells in row-major order @param {readonly number[]} shape @returns {TypedArray} as float32 */
export function encode(cells, shape) {
  const raw = new Uint8Array(Float32Array.from(cells).buffer);
  let text = "";
  for (const byte of raw) text += String.fromCharCode(byte);
  return { dtype: "f4", shape: shape.join(", "), bdata: btoa(text) };
}
