/** What others add to a link: the punctuation of a sentence around it, and keys that follow its readers. */

/** Keys that mail programs, search engines and social networks add. */
const TRACKING = [
  /^(utm|mtm|pk)_/,
  /^(fbclid|gclid|dclid|gbraid|wbraid|gad_source|msclkid|yclid|twclid|ttclid|igshid|li_fat_id|srsltid)$/,
  /^(mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi)$/,
];

/** Punctuation that ends a sentence or an emphasis. */
const ENDS = ".,;:!?…*'’\u3002\uff0c\u3001\uff01\uff1f\uff1b";
/** Closing brackets and quotation marks, with those that open them. */
const PAIRS = /** @type {Record<string, string>} */ ({
  ")": "(",
  "]": "[",
  "}": "{",
  ">": "<",
  "»": "«",
  "”": "“",
  "\uff09": "\uff08",
  "\u300d": "\u300c",
});

/** @param {string} text @returns {boolean} */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} text @param {string} character */
const count = (text, character) => text.split(character).length - 1;

/** True if the last character belongs to the sentence around a link. @param {string} text */
function endsOutside(text) {
  const last = text.at(-1) ?? "";
  if (last === '"') return count(text, last) % 2 === 1;
  return last in PAIRS ? count(text, last) > count(text, PAIRS[last]) : last !== "" && ENDS.includes(last);
}

/** A value at the end of a link, without the punctuation after the link. @param {string} value @returns {string} */
export function trimmed(value) {
  let text = value;
  while (!isJson(text) && endsOutside(text)) text = text.slice(0, -1);
  return text;
}

/**
 * @template {readonly [string, string]} Pair
 * @param {readonly Pair[]} pairs keys and values of a link @returns {Pair[]} without those that follow its readers
 */
export const withoutTracking = (pairs) =>
  pairs.filter(([key]) => !TRACKING.some((pattern) => pattern.test(key)));
