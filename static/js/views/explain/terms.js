/** The terms of an explanation as a table: each factor is a link to its cell, and the lines add up to the total. */

import { element } from "../../graphics/dom.js";
import { exact, plural, told } from "../../graphics/format.js";
import { decimalSum } from "../../graphics/decimal_sum.js";

/** @typedef {import("../../core/effects.js").App["effects"]} Effects */
/** @typedef {import("../../wire.js").Explanation} Explanation */
/** @typedef {import("../../wire.js").Factor} Factor */
/** @typedef {import("../../wire.js").Term} Term */
/** @typedef {{ name: string, cell: number, example: number | null }} Place a cell of a tensor */

/** The name of the sum, where the value is a function of it. @type {Readonly<Record<string, string>>} */
const TOTALS = {
  sum: "total",
  softmax: "denominator",
  negative_log: "inside the logarithm",
  root: "under the root",
};

/** A button that goes to a cell, and outlines it on the stage while pointed at. @param {Place} place @param {string} text @param {Effects} effects */
export function placeButton(place, text, effects) {
  const button = element("button", "factor", text);
  button.title = `Go to ${place.name}`;
  button.addEventListener("click", () => effects.follow(place));
  button.addEventListener("focus", () => effects.light([{ name: place.name, cells: [place.cell] }]));
  button.addEventListener("blur", () => effects.light([]));
  return button;
}

/**
 * True for a sum over the examples of a batch. Its factors name their examples.
 * @param {Explanation} explanation
 */
const isOverBatch = ({ shares, terms, example }) =>
  shares.length > 0 ||
  terms.some(({ factors }) =>
    factors.some((factor) => factor.example !== null && factor.example !== example),
  );

/** @param {Factor} factor @param {boolean} isBatch @param {Effects} effects @returns {HTMLElement} */
function factorElement({ symbol, name, cell, index, example, value }, isBatch, effects) {
  const number = element("span", "number", told(value));
  // A number that is its own symbol, such as −1, is written once.
  const symbolText = symbol === told(value) ? "" : `${symbol} `;
  if (name === null || cell === null) return element("span", "factor", symbolText, number);
  const whose = isBatch && example !== null ? ` of example ${example + 1}` : "";
  const button = placeButton({ name, cell, example }, `${symbol}[${index.join(",")}]${whose} `, effects);
  button.append(number);
  return button;
}

/** @param {Term} term @param {string} text the value as printed @param {boolean} isBatch @param {Effects} effects */
function termRow({ factors }, text, isBatch, effects) {
  const product = factors.flatMap((factor, at) => [
    ...(at ? [" × "] : []),
    factorElement(factor, isBatch, effects),
  ]);
  const row = element("tr", "", element("td", "", ...product), element("td", "number", text));
  const cells = factors.flatMap(({ name, cell }) =>
    name === null || cell === null ? [] : [{ name, cells: [cell] }],
  );
  row.addEventListener("pointerenter", () => effects.light(cells));
  row.addEventListener("pointerleave", () => effects.light([]));
  return row;
}

/** @param {string} label @param {string} number @param {string} title */
function sumRow(label, number, title) {
  const row = element("tr", "sum", element("td", "", label), element("td", "number", number));
  row.title = title;
  return row;
}

/** @param {Explanation} explanation @param {Effects} effects @returns {HTMLElement} */
export function termsTable(explanation, effects) {
  const { rest, value } = explanation;
  const sum = decimalSum(explanation);
  const isBatch = isOverBatch(explanation);
  const rows = explanation.terms.map((term, i) =>
    termRow(term, sum?.lines[i].text ?? told(term.value), isBatch, effects),
  );
  const foot = element("tfoot");
  if (sum && sum.rest !== null) {
    const label = sum.more > 0 ? `and ${plural(sum.more, "term")} more` : "rounding";
    foot.append(sumRow(label, sum.rest, rest === null ? "" : `exactly ${exact(rest)}`));
  }
  if (sum) {
    const label = TOTALS[explanation.function] ?? "input of the function";
    foot.append(sumRow(label, sum.total, value === null ? "" : exact(value)));
  }
  return element("table", "terms", element("tbody", "", ...rows), foot);
}
