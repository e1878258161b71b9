/**
 * The terms of a sum, printed so that the lines add up to the printed total exactly. All numbers have the same
 * decimals. One more line holds the terms that are not listed and the rounding errors.
 */

/** @typedef {import("../../wire.js").Explanation} Explanation */
/** @typedef {import("../../wire.js").Term} Term */
/** @typedef {{ readonly term: Term, readonly text: string }} Line */

const DIGITS = 4;
const MOST_DECIMALS = 12;

/** @param {number} value @returns {number} the decimals that show four significant digits of it */
function decimalsOf(value) {
  if (value === 0) return 0;
  const order = Math.floor(Math.log10(Math.abs(value)));
  return Math.min(MOST_DECIMALS, Math.max(0, DIGITS - 1 - order));
}

/** @param {bigint} units @param {number} decimals @returns {string} such as −0.0312 */
function printed(units, decimals) {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const text = decimals ? `${whole}.${digits.slice(-decimals)}` : whole;
  return units < 0n ? `−${text}` : text;
}

/** @param {number} value @param {number} decimals */
const unitsOf = (value, decimals) => BigInt(Math.round(value * 10 ** decimals));

/**
 * @param {Pick<Explanation, "terms" | "count" | "total" | "value" | "function">} sum
 * @returns {{ lines: Line[], more: number, rest: string | null, total: string } | null} `more` is the number of terms
 * that are not listed. `rest` is their sum with the rounding errors, null where it is zero. The result is null
 * where a number is not finite.
 */
export function decimalSum({ terms, count, total: sum64, value, function: functionName }) {
  // The total of a plain sum is the tensor's own number, so that the rest includes the rounding of float32.
  const total = functionName === "sum" ? value : sum64;
  if (total === null || terms.some(({ value }) => value === null)) return null;
  const values = terms.map(({ value }) => value ?? 0);
  const largest = Math.max(...values.map(Math.abs), 0);
  const decimals = decimalsOf(total === 0 ? largest : total);
  if (largest * 10 ** decimals > Number.MAX_SAFE_INTEGER) return null;
  const units = values.map((value) => unitsOf(value, decimals));
  const sum = unitsOf(total, decimals);
  const left = sum - units.reduce((a, b) => a + b, 0n);
  return {
    lines: terms.map((term, i) => ({ term, text: printed(units[i], decimals) })),
    more: count - terms.length,
    rest: left === 0n && count === terms.length ? null : printed(left, decimals),
    total: printed(sum, decimals),
  };
}
