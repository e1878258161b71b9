/**
 * The terms of a sum, each printed with four significant digits, so that it agrees with the product of its printed
 * factors. One more line holds the terms that are not listed and the rounding errors: with it the lines add up to the
 * printed total exactly.
 */

import { written } from "./format.js";

/** @typedef {import("../wire.js").Explanation} Explanation */
/** @typedef {import("../wire.js").Term} Term */
/** @typedef {{ readonly term: Term, readonly text: string }} Line */

const DIGITS = 4;
/** Numbers from this size on are printed without an exponent, as `short` prints them. */
const SMALLEST_PLAIN = -4;
/** Decimals beyond those of the largest number. Terms that are smaller still have fewer than four digits. */
const MOST_FINER = 12;

/** @param {number} value @returns {number} the decimals that show four significant digits of it */
const decimalsOf = (value) =>
  value === 0 ? 0 : Math.max(0, DIGITS - 1 - Number(value.toExponential(DIGITS - 1).split("e")[1]));

/** A decimal number: `units` times ten to the power of minus `decimals`. @typedef {{ units: bigint, decimals: number }} Decimal */

/** @param {number} value @param {number} decimals @returns {Decimal} */
const rounded = (value, decimals) => ({ units: BigInt(value.toFixed(decimals).replace(".", "")), decimals });

/** @param {Decimal} number @returns {string} such as −0.0312 or 1.235e−5 */
function printed({ units, decimals }) {
  const sign = units < 0n ? "−" : "";
  const digits = (units < 0n ? -units : units).toString();
  const order = digits.length - 1 - decimals;
  if (units !== 0n && order < SMALLEST_PLAIN) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return written(`${sign}${mantissa}e−${-order}`);
  }
  const padded = digits.padStart(decimals + 1, "0");
  const whole = padded.slice(0, padded.length - decimals);
  return written(decimals ? `${sign}${whole}.${padded.slice(-decimals)}` : `${sign}${whole}`);
}

/**
 * @param {Pick<Explanation, "terms" | "count" | "total" | "value" | "function">} sum
 * @returns {{ lines: Line[], more: number, rest: string | null, total: string } | null} `more` is the number of terms
 * that are not listed. `rest` is their sum with the rounding errors, null where it is zero. The result is null
 * where a number is not finite, or too large to be printed in full.
 */
export function decimalSum({ terms, count, total: sum64, value, function: functionName }) {
  // The total of a plain sum is the tensor's own number, so that the rest includes the rounding of float32.
  const total = functionName === "sum" ? value : sum64;
  if (total === null || terms.some(({ value }) => value === null)) return null;
  const values = [...terms.map(({ value }) => value ?? 0), total];
  const largest = Math.max(...values.map(Math.abs));
  if (largest > Number.MAX_SAFE_INTEGER) return null;
  const finest = Math.min(Math.max(...values.map(decimalsOf)), decimalsOf(largest) + MOST_FINER);
  const numbers = values.map((value) => rounded(value, Math.min(decimalsOf(value), finest)));
  const [sum, ...others] = numbers
    .map(({ units, decimals }) => units * 10n ** BigInt(finest - decimals))
    .reverse();
  const left = sum - others.reduce((a, b) => a + b, 0n);
  return {
    lines: terms.map((term, i) => ({ term, text: printed(numbers[i]) })),
    more: count - terms.length,
    rest: left === 0n && count === terms.length ? null : printed({ units: left, decimals: finest }),
    total: printed(numbers[terms.length]),
  };
}
