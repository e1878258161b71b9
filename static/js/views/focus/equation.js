/** A number as the sum or the choice of its largest terms, in one line. Pure. */

import { grouped, told } from "../../graphics/format.js";
import { decimalSum } from "../../graphics/decimal_sum.js";

/** @typedef {import("../../wire.js").Explanation} Explanation */

/** The most products that a line names. */
const NAMED = 2;

/** @param {number | null} value a number within a product has its sign in brackets */
const factor = (value) => (value !== null && value < 0 ? `(${told(value)})` : told(value));

/**
 * @param {Explanation} explanation @returns {{ terms: string, total: string }} "1 · 0.69 + 0.81 · (−0.41) + 7 more −0.25", "0.37"
 */
export function equationOf(explanation) {
  const named = explanation.terms.slice(0, NAMED);
  const sum = decimalSum({ ...explanation, terms: named });
  const products = named.map(({ factors, value }) =>
    factors.length > 1 ? factors.map((each) => factor(each.value)).join(" · ") : told(value),
  );
  const more = explanation.count - named.length;
  const rest = more > 0 ? [`${grouped(more)} more ${sum?.rest ?? "0"}`] : [];
  return { terms: [...products, ...rest].join(" + "), total: told(explanation.value) };
}
