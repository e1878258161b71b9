/** Collected digits: pure functions of a list, and of the file that it is exported as. */

/**
 * @typedef {object} Digit
 * @property {string} dataset the data set whose examples it is like
 * @property {string} picture its numbers as text, as an edit of a recipe has them
 * @property {number} label
 */
/** @typedef {readonly Digit[]} Collection */

const FORMAT = "backscope digits";
/** The most digits of a collection. */
export const MOST = 200;
const LAST_DIGIT = 9;
const TEXT = /^[A-Za-z0-9_-]{1,16384}$/;

/** @param {unknown} item @returns {item is Digit} */
function isDigit(item) {
  const { dataset, picture, label } = /** @type {Partial<Digit>} */ (item ?? {});
  return (
    typeof dataset === "string" &&
    typeof picture === "string" &&
    TEXT.test(picture) &&
    Number.isInteger(label) &&
    Number(label) >= 0 &&
    Number(label) <= LAST_DIGIT
  );
}

/** @param {Digit} a @param {Digit} b */
const isSame = (a, b) => a.picture === b.picture && a.dataset === b.dataset && a.label === b.label;

/**
 * The collection with more digits, each of them once. The oldest are dropped where there are too many.
 * @param {Collection} collection @param {Collection} more @returns {Collection}
 */
export function added(collection, more) {
  const all = [...collection];
  for (const digit of more) if (!all.some((each) => isSame(each, digit))) all.push(digit);
  return all.slice(-MOST);
}

/** @param {Collection} collection @param {Digit} digit @returns {Collection} */
export const without = (collection, digit) => collection.filter((each) => each !== digit);

/** @param {Collection} collection @returns {string} the text of a file */
export const exported = (collection) =>
  JSON.stringify({ format: FORMAT, version: 1, digits: collection }, null, 1);

/** @param {string} text of a file @returns {Collection} throws an Error with a sentence for a person */
export function imported(text) {
  /** @type {any} */
  let file = null;
  try {
    file = JSON.parse(text);
  } catch {
    // A file that is not JSON is refused below.
  }
  if (file?.format !== FORMAT || !Array.isArray(file.digits))
    throw new Error("That is no file of digits: bring one that was exported here.");
  const wrong = file.digits.findIndex((/** @type {unknown} */ item) => !isDigit(item));
  if (wrong >= 0) throw new Error(`Digit ${wrong + 1} in the file is damaged: export it anew.`);
  return file.digits.map((/** @type {Digit} */ { dataset, picture, label }) => ({ dataset, picture, label }));
}

/**
 * Decodes the text of a picture: half-precision floats, little-endian, in base64url.
 * @param {string} text @returns {Float32Array}
 */
export function numbersOf(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Float32Array.from({ length: raw.length / 2 }, (_, i) => {
    const bits = raw.charCodeAt(2 * i) | (raw.charCodeAt(2 * i + 1) << 8);
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024);
    return bits & 0x8000 ? -size : size;
  });
}
