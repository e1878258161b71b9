/** Digits of one's own, collected: pure functions of a list, and of the one file that it is exported as. */

/**
 * @typedef {object} Own
 * @property {string} dataset the data set whose examples it is like
 * @property {string} picture its numbers as text, as an edit of a recipe has them
 * @property {number} label
 */
/** @typedef {readonly Own[]} Collection */

const FORMAT = "backscope digits";
export const MOST = 200;
const LAST_DIGIT = 9;
const TEXT = /^[A-Za-z0-9_-]{1,16384}$/;

/** @param {unknown} item @returns {item is Own} */
function isOwn(item) {
  const { dataset, picture, label } = /** @type {Partial<Own>} */ (item ?? {});
  return (
    typeof dataset === "string" &&
    typeof picture === "string" &&
    TEXT.test(picture) &&
    Number.isInteger(label) &&
    Number(label) >= 0 &&
    Number(label) <= LAST_DIGIT
  );
}

/** Without those that are in it already, and at most so many. @param {Collection} collection @param {Collection} more @returns {Collection} */
export function added(collection, more) {
  const all = [...collection];
  for (const own of more)
    if (
      !all.some(
        (one) => one.picture === own.picture && one.dataset === own.dataset && one.label === own.label,
      )
    )
      all.push(own);
  return all.slice(-MOST);
}

/** @param {Collection} collection @param {Own} own @returns {Collection} */
export const without = (collection, own) => collection.filter((one) => one !== own);

/** @param {Collection} collection @returns {string} the text of a file */
export const exported = (collection) =>
  JSON.stringify({ format: FORMAT, version: 1, digits: collection }, null, 1);

/** @param {string} text of a file @returns {Collection} throws an Error with a sentence */
export function imported(text) {
  /** @type {any} */
  let file = null;
  try {
    file = JSON.parse(text);
  } catch {
    // Told below: what is no JSON is no such file.
  }
  if (file?.format !== FORMAT || !Array.isArray(file.digits))
    throw new Error("That is no file of digits: bring one that was exported here.");
  const wrong = file.digits.findIndex((/** @type {unknown} */ item) => !isOwn(item));
  if (wrong >= 0) throw new Error(`Digit ${wrong + 1} in the file is damaged: export it anew.`);
  return file.digits.map((/** @type {Own} */ { dataset, picture, label }) => ({ dataset, picture, label }));
}

/**
 * The numbers of a picture's text: half-precision floats.
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
