/**
 * The terms of an explanation as a person adds them up: every number is printed with the same decimals, and one
 * more line carries what is not listed, so that the printed lines add up to the printed total, always.
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
 * @param {Pick<Explanation, "terms" | "count" | "total" | "value" | "function">} sum one whose numbers are finite
 * @returns {{ lines: Line[], more: number, rest: string | null, total: string } | null} `rest` is what the terms
 * that are not listed and the roundings of the lines make together; null stands for nothing left. The whole is
 * null where a number is not finite and nothing can add up.
 */
export function ledger({ terms, count, total: sum64, value, function: made }) {
  // A sum's total is the tensor's own number, so that what float32 rounded away shows up in the rest.
  const total = made === "sum" ? value : sum64;
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
