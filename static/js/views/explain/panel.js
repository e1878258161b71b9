/** Where a number comes from: words, the formula in symbols and in numbers, and the terms, each a way further. */

import { element, one, say } from "../../graphics/dom.js";
import { exact, plural, short } from "../../graphics/format.js";
import { ledger } from "./decimal_terms.js";
import { formulaElement } from "../../graphics/mathml.js";
import { infoOf, PAGE, tensorAt, valueAt } from "../../core/state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Explanation} Explanation */
/** @typedef {import("../../wire.js").Chain} Chain */
/** @typedef {import("../../wire.js").Factor} Factor */
/** @typedef {import("../../wire.js").Cells} Cells */
/** @typedef {{ name: string, cell: number, example: number | null }} Place */
/**
 * @typedef {object} Hands
 * @property {(place: Place) => void} follow goes to a cell that a term names
 * @property {(name: string) => void} followBack to the iteration before, whose update left the cell as it is
 * @property {(depth: number) => void} goBack along the breadcrumb
 * @property {(cells: readonly Cells[]) => void} light outlines cells on the stage
 * @property {(page: Partial<State["page"]>) => void} turn another page or order of the terms
 * @property {() => void} chain asks for the path from the loss
 */

/** What the sum is, where the value is made from it by a function. @type {Readonly<Record<string, string>>} */
const TOTALS = {
  sum: "total",
  softmax: "denominator",
  negative_log: "inside the logarithm",
  root: "under the root",
};

/** @param {number | null} value */
const numberText = (value) => (value === null ? "not finite" : short(value));

/** @param {Place} place @param {string} text @param {Hands} on */
function placeButton(place, text, on) {
  const button = element("button", "factor", text);
  button.title = `Go to ${place.name}`;
  const cells = [{ name: place.name, cells: [place.cell] }];
  button.addEventListener("click", () => on.follow(place));
  button.addEventListener("focus", () => on.light(cells));
  button.addEventListener("blur", () => on.light([]));
  return button;
}

/** @param {Factor} factor @param {boolean} isBatch @param {Hands} on @returns {HTMLElement} */
function factorElement({ symbol, name, cell, index, example, value }, isBatch, on) {
  const number = element("span", "number", numberText(value));
  // A number that is its own symbol, such as −1, stands once.
  const symbolText = symbol === numberText(value) ? "" : `${symbol} `;
  if (name === null || cell === null) return element("span", "factor", symbolText, number);
  const whose = isBatch && example !== null ? ` of example ${example + 1}` : "";
  const button = placeButton({ name, cell, example }, `${symbol}[${index.join(",")}]${whose} `, on);
  button.append(number);
  return button;
}

/** @param {Explanation} explanation @param {boolean} isBatch @param {Hands} on */
function termsTable(explanation, isBatch, on) {
  const sum = ledger(explanation);
  const rows = explanation.terms.map((term, i) => {
    const factors = term.factors.flatMap((factor, at) => [
      ...(at ? [" × "] : []),
      factorElement(factor, isBatch, on),
    ]);
    const row = element(
      "tr",
      "",
      element("td", "", ...factors),
      element("td", "number", sum?.lines[i].text ?? numberText(term.value)),
    );
    const cells = term.factors.flatMap(({ name, cell }) =>
      name === null || cell === null ? [] : [{ name, cells: [cell] }],
    );
    row.addEventListener("pointerenter", () => on.light(cells));
    row.addEventListener("pointerleave", () => on.light([]));
    return row;
  });
  /** @param {string} label @param {string} number @param {string} title */
  const line = (label, number, title) => {
    const row = element("tr", "sum", element("td", "", label), element("td", "number", number));
    row.title = title;
    return row;
  };
  const foot = element("tfoot");
  if (sum) {
    const left = explanation.rest === null ? "" : `exactly ${exact(explanation.rest)}`;
    if (sum.rest !== null)
      foot.append(line(sum.more > 0 ? `and ${plural(sum.more, "term")} more` : "rounding", sum.rest, left));
    foot.append(
      line(
        TOTALS[explanation.function] ?? "input of the function",
        sum.total,
        explanation.value === null ? "" : exact(explanation.value),
      ),
    );
  }
  const table = element("table", "terms", element("tbody", "", ...rows), foot);
  return table;
}

/**
 * @param {HTMLElement} root @param {Hands} on
 * @returns {(state: State) => void}
 */
export function mountExplain(root, on) {
  const trail = one(".trail", root);
  const words = one(".words", root);
  const before = one(".before", root);
  const formulas = one(".formulas", root);
  const terms = one(".terms-frame", root);
  const pages = one(".pages", root);
  const range = one(".range", pages);
  const order = one(".order", pages);
  const shares = one(".shares", root);
  const chain = one(".chain", root);
  const chainButton = one(".show-chain", root);
  /** @type {Explanation | null} */
  let drawn = null;
  /** @type {Chain | null} */
  let drawnChain = null;

  const earlier = /** @type {HTMLButtonElement} */ (one(".earlier", pages));
  const later = /** @type {HTMLButtonElement} */ (one(".later", pages));
  earlier.addEventListener("click", () => drawn && on.turn({ offset: Math.max(0, drawn.offset - PAGE) }));
  later.addEventListener("click", () => drawn && on.turn({ offset: drawn.offset + PAGE }));
  chainButton.addEventListener("click", () => on.chain());

  /** @param {State} state */
  function drawTrail(state) {
    trail.hidden = state.trail.length === 0;
    trail.replaceChildren(
      ...state.trail.map(({ name, cell }, depth) => {
        const back = element("button", "factor", `${name} [${cell}] ›`);
        back.addEventListener("click", () => on.goBack(depth));
        return back;
      }),
    );
  }

  /** @param {Explanation} explanation @param {State} state */
  function draw(explanation, state) {
    // In a sum over the batch each factor says whose it is.
    const isOther = (/** @type {Factor} */ { example }) =>
      example !== null && example !== explanation.example;
    const isBatch =
      explanation.shares.length > 0 || explanation.terms.some(({ factors }) => factors.some(isOther));
    say(words, explanation.words);
    before.hidden = explanation.earlier === null;
    before.onclick = () => explanation.earlier !== null && on.followBack(explanation.earlier);
    if (state.shown) say(before, `How the update of iteration ${state.shown.moment.iteration - 1} made it ›`);
    formulas.replaceChildren(formulaElement(explanation.symbols), formulaElement(explanation.numbers));
    terms.replaceChildren(...(explanation.count ? [termsTable(explanation, isBatch, on)] : []));
    pages.hidden = explanation.count <= explanation.terms.length;
    const last = explanation.offset + explanation.terms.length;
    say(range, `${explanation.offset + 1} to ${last} of ${explanation.count.toLocaleString("en")}`);
    earlier.disabled = explanation.offset === 0;
    later.disabled = last >= explanation.count;
    const bySize = state.page.sort === "size";
    say(order, bySize ? "largest first" : "in order");
    order.title = bySize ? "Sort in the order of the sum" : "Sort by size";
    order.onclick = () => on.turn({ sort: bySize ? "order" : "size", offset: 0 });
    shares.replaceChildren(
      ...explanation.shares.map(({ example, value }) =>
        element("li", "", `example ${example + 1}: `, element("b", "number", numberText(value))),
      ),
    );
    one(".shares-frame", root).hidden = explanation.shares.length === 0;
  }

  /** @param {Chain} path */
  function drawChain(path) {
    const links = path.links.map(({ name, cell, index, example, value, factor, product }, i) => {
      const times = i === 0 ? "" : `× ${numberText(factor)}`;
      const at = placeButton({ name, cell, example }, `${name}[${index.join(",")}]`, on);
      const row = [at, times, numberText(product), numberText(value)];
      return element("tr", "", ...row.map((what, i) => element("td", i ? "number" : "", what)));
    });
    const titles = ["the gradient of", "slope", "this path", "all paths"];
    const head = element("tr", "", ...titles.map((title) => element("th", "", title)));
    const table = element("table", "links", element("thead", "", head), element("tbody", "", ...links));
    chain.replaceChildren(element("p", "", path.words), ...(links.length ? [table] : []));
  }

  return (state) => {
    const { explanation } = state;
    const { large } = state;
    root.hidden = !large || valueAt(state, large.name, large.cell) === null;
    // While it is on its way, its place is kept.
    root.style.visibility = explanation ? "" : "hidden";
    drawTrail(state);
    if (explanation && explanation !== drawn) draw(explanation, state);
    drawn = explanation;
    const info = state.run && explanation && infoOf(state.run, explanation.name);
    // A path is told once the gradient that it leads to is whole.
    const parameter = info ? info.parameter : null;
    const isMade =
      info && parameter !== null && tensorAt(state, `${info.layer}.d${parameter}`).done === "all";
    chainButton.hidden = !isMade || state.chain !== null;
    chain.hidden = state.chain === null;
    if (state.chain && state.chain !== drawnChain) drawChain(state.chain);
    drawnChain = state.chain;
  };
}
