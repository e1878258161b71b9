/** An explanation in one line: the largest terms, the rest, and what they make. Numbers have four significant digits. Pure. */

import { short } from "../../graphics/format.js";
import { FOCUS } from "../../words/focus.js";

/** @typedef {import("../../wire.js").Explanation} Explanation */
/** @typedef {import("../../wire.js").Term} Term */

/** @param {number | null} value */
export const text = (value) => (value === null ? "not finite" : short(value));

/** A number as a factor: a negative one is in brackets. @param {number | null} value @param {boolean} isFirst */
const factorText = (value, isFirst) => (!isFirst && (value ?? 0) < 0 ? `(${text(value)})` : text(value));

/** @param {Term} term @param {boolean} isFirst of the sum */
function termText({ factors }, isFirst) {
  return factors.map(({ value }, at) => factorText(value, isFirst && at === 0)).join(" · ");
}

/** @param {Explanation} explanation @returns {string} the terms of a sum, and the rest of it */
function sumText({ terms, count, rest }) {
  const sum = terms.map((term, at) => termText(term, at === 0)).join(" + ");
  const others = count - terms.length;
  return others > 0 ? `${sum} + ${FOCUS.more(others, text(rest))}` : sum;
}

/** Functions of a sum. @type {Readonly<Record<string, (inside: string) => string>>} */
const FUNCTIONS = {
  sum: (inside) => inside,
  negative_log: (inside) => `−log ${inside}`,
  root: (inside) => `√(${inside})`,
  sigmoid: (inside) => `σ(${inside})`,
  tanh: (inside) => `tanh(${inside})`,
  gelu: (inside) => `GELU(${inside})`,
  sign: (inside) => `sign(${inside})`,
};

/**
 * @param {Explanation} explanation
 * @returns {string} such as "1 · 0.69 + 1 · (−0.41) + 7 more −0.25 = 0.03"; empty where nothing was computed
 */
export function equationOf(explanation) {
  const { function: rule, value, total, terms } = explanation;
  if (rule === "given" || terms.length === 0) return "";
  if (rule === "softmax") return `${text(value)} = its power ÷ ${text(total)}`;
  if (rule === "quotient")
    return `${termText(terms[0], true)} ÷ (${termText(terms[1], true)}) = ${text(value)}`;
  const wrap = FUNCTIONS[rule];
  return wrap ? `${wrap(sumText(explanation))} = ${text(value)}` : "";
}

/**
 * What a pool made of its window.
 * @param {Explanation} explanation of a cell of its output @param {boolean} isMax @param {number} most numbers in the line
 */
export function poolText({ value, terms, count }, isMax, most) {
  const inOrder = [...terms].sort((a, b) => (a.factors[0].cell ?? 0) - (b.factors[0].cell ?? 0));
  const list = (count > most ? terms.slice(0, most) : inOrder)
    .map(({ factors }) => text(factors[0].value))
    .join(", ");
  const all = count > most ? FOCUS.pool.others(list, count - most) : list;
  return (isMax ? FOCUS.pool.largest : FOCUS.pool.mean)(text(value), all);
}
