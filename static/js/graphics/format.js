/** Numbers and names as a person reads them: a real minus sign, and four significant digits where no more are asked for. */

/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */

/** How numbers are written in a language: with which digits, groups and decimal separator. @param {string} language */
function writingIn(language) {
  const groups = new Intl.NumberFormat(language);
  const decimal = groups.formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";
  return { groups, decimal };
}

let locale = "en";
/** Made when the first number is written, because it takes a while. @type {ReturnType<typeof writingIn> | null} */
let writing = null;
const inLocale = () => (writing ??= writingIn(locale));

/** Numbers are written for a reader of this language from now on. @param {string} language such as "de-CH" */
export function writeNumbersFor(language) {
  locale = language;
  writing = null;
}

/** With a real minus sign and the reader's decimal separator. @param {string} text a number as JavaScript writes it */
export const written = (text) => text.replaceAll("-", "−").replace(".", inLocale().decimal);

/** A whole number with its digits in groups. @param {number} value */
export const grouped = (value) => inLocale().groups.format(value);

/** @param {number} value @param {number} [digits] significant digits */
export function short(value, digits = 4) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6)
    return written(
      value
        .toExponential(digits - 1)
        .replace(/\.?0+e/, "e")
        .replace("e+", "e"),
    );
  return written(String(Number(value.toPrecision(digits))));
}

/**
 * The shortest text that rounds to the number in its own precision.
 * @param {number} value @param {Numbers} [cells] the array that holds it
 */
export function exact(value, cells) {
  if (!Number.isFinite(value) || !(cells instanceof Float32Array)) return written(String(value));
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return written(text);
  }
  return written(String(Number(value.toPrecision(9))));
}

/** The word for a number that is not finite, or that the server leaves out for that reason. */
export const NOT_FINITE = "not finite";

/** A number in words of a person. @param {number | null} value @param {number} [digits] significant digits */
export const told = (value, digits) =>
  value === null || !Number.isFinite(value) ? NOT_FINITE : short(value, digits);

/** @param {number} fraction 0 to 1 */
export function percent(fraction) {
  if (!Number.isFinite(fraction)) return NOT_FINITE;
  const hundred = fraction * 100;
  if (hundred > 0 && hundred < 0.1) return `<${written("0.1")} %`;
  return `${written(hundred.toFixed(1))} %`;
}

/** A share of 1 in whole percent, finer only at its ends. @param {number} fraction 0 to 1 */
export const chance = (fraction) =>
  fraction >= 0.01 && fraction < 0.995 ? `${Math.round(fraction * 100)} %` : percent(fraction);

/** A number in a sentence: two digits, and three from 1 on. @param {number} value */
export const rounded = (value) => short(value, Math.abs(value) < 1 ? 2 : 3);

/** The names of the splits. @type {Record<import("../wire.js").Split, string>} */
export const PARTS = { train: "training", validation: "validation", test: "test" };

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {string} name of a class @returns {string} with its indefinite article */
export const withArticle = (name) => `${/^(8|11|18|[aeiou])/i.test(name) ? "an" : "a"} ${name}`;

/** @param {number | null} index of a training example, null for a person's own picture */
export const exampleName = (index) => (index === null ? "your picture" : `training example ${index}`);

/** @param {number} count @param {string} noun */
export const plural = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;

/** @param {number} count */
export const bytes = (count) =>
  count < 1024
    ? plural(count, "byte")
    : count < 1024 ** 2
      ? `${short(count / 1024, 3)} KiB`
      : `${short(count / 1024 ** 2, 3)} MiB`;

/** @param {number} count of bytes */
export const megabytes = (count) => `${written((count / 1e6).toFixed(1))} MB`;

/** @param {readonly number[]} shape */
export const times = (shape) => shape.join("×");

/** @param {number} cell in row-major order @param {readonly number[]} shape @returns {number[]} its index along each axis */
export function indexOf(cell, shape) {
  const index = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(cell % shape[axis]);
    cell = Math.floor(cell / shape[axis]);
  }
  return index;
}

/**
 * The mark and the class of a gradient check. A check without a verdict compared nothing: all gradients of the layer
 * are straight-through estimates.
 * @param {import("../wire.js").GradientCheck} check
 */
export const verdictOf = ({ passed }) =>
  passed === null
    ? { mark: "≈", kind: "" }
    : passed
      ? { mark: "✓", kind: "right" }
      : { mark: "✗", kind: "wrong" };
