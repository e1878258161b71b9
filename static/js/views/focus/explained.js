/** An explanation in one line: what a sum, a function of it, or a pool makes of its terms. Pure. */

import { told } from "../../graphics/format.js";
import { FOCUS } from "../../words/focus.js";
import { equationOf } from "./equation.js";

/** @typedef {import("../../wire.js").Explanation} Explanation */

/** Functions of a sum. @type {Readonly<Partial<Record<string, (inside: string) => string>>>} */
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
 * @returns {{ terms: string, total: string }} such as "1 · 0.69 + 1 · (−0.41) + 7 more −0.25 =" and "0.03"; empty where nothing was computed
 */
export function lineOf(explanation) {
  const { function: rule, value, total, terms } = explanation;
  /** @param {string} of */
  const equals = (of) => ({ terms: `${of} =`, total: told(value) });
  if (rule === "softmax") return equals(`${FOCUS.loss.power} ÷ ${told(total)}`);
  if (rule === "quotient") {
    const [above, below] = terms.map(({ factors }) => factors.map((each) => told(each.value)).join(" · "));
    return equals(`${above} ÷ (${below})`);
  }
  const wrap = FUNCTIONS[rule];
  return wrap && terms.length > 0 ? equals(wrap(equationOf(explanation).terms)) : { terms: "", total: "" };
}

/**
 * What a pool made of its window.
 * @param {Explanation} explanation of a cell of its output @param {boolean} isMax @param {number} most numbers in the line
 */
export function poolText({ value, terms, count }, isMax, most) {
  const inOrder = [...terms].sort((a, b) => (a.factors[0].cell ?? 0) - (b.factors[0].cell ?? 0));
  const listed = count > most ? terms.slice(0, most) : inOrder;
  const list = listed.map(({ factors }) => told(factors[0].value)).join(", ");
  const all = count > most ? FOCUS.pool.others(list, count - most) : list;
  return (isMax ? FOCUS.pool.largest : FOCUS.pool.mean)(told(value), all);
}
