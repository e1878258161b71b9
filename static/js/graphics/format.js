/** Numbers as a person reads them: a real minus sign, at most four significant digits until asked for more. */

/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */

/** @param {string} text */
const withMinus = (text) => text.replaceAll("-", "−");

/** @param {number} value @param {number} [digits] significant digits */
export function short(value, digits = 4) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return withMinus(value.toExponential(Math.min(digits, 3) - 1));
  return withMinus(String(Number(value.toPrecision(digits))));
}

/**
 * The shortest text that names exactly this cell: for float32 the fewest digits that round to it.
 * @param {number} value @param {Numbers} [cells] the array the value stands in
 */
export function exact(value, cells) {
  if (!Number.isFinite(value) || !(cells instanceof Float32Array)) return withMinus(String(value));
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return withMinus(text);
  }
  return withMinus(String(Number(value.toPrecision(9))));
}

/** @param {number} fraction 0 to 1 */
export function percent(fraction) {
  const hundred = fraction * 100;
  if (hundred > 0 && hundred < 0.1) return "<0.1 %";
  return `${hundred.toFixed(1)} %`;
}

/** The parts of the data, in words. @type {Record<import("../wire.js").Split, string>} */
export const PARTS = { train: "training", validation: "validation", test: "test" };

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {string} name of a class @returns {string} with its article */
export const withArticle = (name) => `${/^(8|11|18|[aeiou])/i.test(name) ? "an" : "a"} ${name}`;

/** @param {number | null} index of a training example, null for a picture of one's own */
export const exampleName = (index) => (index === null ? "your picture" : `training example ${index}`);

/** @param {number} count @param {string} noun */
export const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

/** @param {number} count */
export const bytes = (count) =>
  count < 1024
    ? plural(count, "byte")
    : count < 1024 ** 2
      ? `${short(count / 1024, 3)} KiB`
      : `${short(count / 1024 ** 2, 3)} MiB`;

/** @param {number} count of bytes */
export const megabytes = (count) => `${(count / 1e6).toFixed(1)} MB`;

/** @param {readonly number[]} shape */
export const times = (shape) => shape.join("×");

/** @param {number} cell a row-major number @param {readonly number[]} shape @returns {number[]} */
export function indexOf(cell, shape) {
  const index = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(cell % shape[axis]);
    cell = Math.floor(cell / shape[axis]);
  }
  return index;
}
