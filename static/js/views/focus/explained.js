/** An explanation in one line: what a sum, a function of it, or a pool makes of its terms. Pure. */

import { FOCUS } from "../../words/focus.js";
import { equationOf, text } from "./equation.js";

/** @typedef {import("../../wire.js").Explanation} Explanation */

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
export function lineOf(explanation) {
  const { function: rule, value, total, terms } = explanation;
  if (rule === "given" || terms.length === 0) return "";
  if (rule === "softmax") return `${text(value)} = ${FOCUS.loss.power} ÷ ${text(total)}`;
  if (rule === "quotient") {
    const [above, below] = terms.map(({ factors }) => factors.map((each) => text(each.value)).join(" · "));
    return `${above} ÷ (${below}) = ${text(value)}`;
  }
  const wrap = FUNCTIONS[rule];
  return wrap ? `${wrap(equationOf(explanation).terms)} = ${text(value)}` : "";
}

/**
 * What a pool made of its window.
 * @param {Explanation} explanation of a cell of its output @param {boolean} isMax @param {number} most numbers in the line
 */
export function poolText({ value, terms, count }, isMax, most) {
  const inOrder = [...terms].sort((a, b) => (a.factors[0].cell ?? 0) - (b.factors[0].cell ?? 0));
  const listed = count > most ? terms.slice(0, most) : inOrder;
  const list = listed.map(({ factors }) => text(factors[0].value)).join(", ");
  const all = count > most ? FOCUS.pool.others(list, count - most) : list;
  return (isMax ? FOCUS.pool.largest : FOCUS.pool.mean)(text(value), all);
}
