/** The explanation of a number: a sentence, the formula in symbols and in numbers, and the terms, which are links. */

import { element, one, say } from "../../graphics/dom.js";
import { formulaElement } from "../../graphics/mathml.js";
import { infoOf, isComputed, PAGE, tensorAt } from "../../core/state.js";
import { numberText, placeButton, termsTable } from "./terms.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Explanation} Explanation */
/** @typedef {import("../../wire.js").Chain} Chain */

/**
 * A page of the terms, and their order.
 * @param {HTMLElement} pages @param {App} app @returns {(explanation: Explanation, state: State) => void}
 */
function mountPages(pages, { store, effects }) {
  const range = one(".range", pages);
  const [earlier, later, order] = ["earlier", "later", "order"].map(
    (name) => /** @type {HTMLButtonElement} */ (one(`.${name}`, pages)),
  );
  /** @param {number} terms */
  const turn = (terms) => {
    const { explanation } = store.get();
    if (explanation) effects.turn({ offset: Math.max(0, explanation.offset + terms) });
  };
  earlier.addEventListener("click", () => turn(-PAGE));
  later.addEventListener("click", () => turn(PAGE));
  order.addEventListener("click", () => {
    effects.turn({ sort: store.get().page.sort === "size" ? "order" : "size", offset: 0 });
  });
  return ({ count, offset, terms }, { page }) => {
    pages.hidden = count <= terms.length;
    const last = offset + terms.length;
    say(range, `${offset + 1} to ${last} of ${count.toLocaleString("en")}`);
    earlier.disabled = offset === 0;
    later.disabled = last >= count;
    const isBySize = page.sort === "size";
    say(order, isBySize ? "largest first" : "in order");
    order.title = isBySize ? "Sort in the order of the sum" : "Sort by size";
  };
}

/**
 * The path from the loss to the open parameter, link by link.
 * @param {Chain} path @param {App["effects"]} effects @returns {HTMLElement[]}
 */
function pathElements({ words, links }, effects) {
  const rows = links.map(({ name, cell, index, value, factor, product }, i) => {
    // The path stays within the example on the stage.
    const place = placeButton({ name, cell, example: null }, `${name}[${index.join(",")}]`, effects);
    const slope = i === 0 ? "" : `× ${numberText(factor)}`;
    const cells = [place, slope, numberText(product), numberText(value)];
    return element("tr", "", ...cells.map((each, i) => element("td", i ? "number" : "", each)));
  });
  const titles = ["the gradient of", "slope", "this path", "all paths"];
  const head = element("tr", "", ...titles.map((title) => element("th", "", title)));
  const table = element("table", "links", element("thead", "", head), element("tbody", "", ...rows));
  return [element("p", "", words), ...(links.length ? [table] : [])];
}

/** True for a parameter whose gradient is complete. @param {State} state */
function hasPath(state) {
  const { run, explanation } = state;
  const info = run && explanation && infoOf(run, explanation.name);
  if (!info || info.parameter === null) return false;
  return tensorAt(state, `${info.layer}.d${info.parameter}`).done === "all";
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountExplanation(root, app) {
  const { store, effects } = app;
  const [trail, words, before] = [one(".trail", root), one(".words", root), one(".before", root)];
  const [formulas, terms] = [one(".formulas", root), one(".terms-frame", root)];
  const [shares, sharesFrame] = [one(".shares", root), one(".shares-frame", root)];
  const [path, pathButton] = [one(".chain", root), one(".show-chain", root)];
  const drawPages = mountPages(one(".pages", root), app);
  /** @type {Explanation | null} */
  let drawn = null;
  /** @type {Chain | null} */
  let drawnPath = null;
  pathButton.addEventListener("click", () => effects.findGradientPath());
  before.addEventListener("click", () => {
    const earlier = store.get().explanation?.earlier ?? null;
    if (earlier !== null) effects.followBack(earlier);
  });

  /** @param {State} state */
  function drawTrail(state) {
    trail.hidden = state.trail.length === 0;
    trail.replaceChildren(
      ...state.trail.map(({ name, cell }, depth) => {
        const back = element("button", "factor", `${name} [${cell}] ›`);
        back.addEventListener("click", () => effects.goBack(depth));
        return back;
      }),
    );
  }

  /** @param {Explanation} explanation @param {State} state */
  function draw(explanation, state) {
    say(words, explanation.words);
    before.hidden = explanation.earlier === null;
    if (state.shown) say(before, `How the update of step ${state.shown.moment.iteration - 1} made it ›`);
    formulas.replaceChildren(formulaElement(explanation.symbols), formulaElement(explanation.numbers));
    terms.replaceChildren(...(explanation.count ? [termsTable(explanation, effects)] : []));
    drawPages(explanation, state);
    const items = explanation.shares.map(({ example, value }) =>
      element("li", "", `example ${example + 1}: `, element("b", "number", numberText(value))),
    );
    shares.replaceChildren(...items);
    sharesFrame.hidden = items.length === 0;
  }

  return (state) => {
    const { explanation, large, gradientPath } = state;
    root.hidden = !large || !isComputed(state, large.name, large.cell);
    // The panel keeps its place while an explanation is on its way.
    root.style.visibility = explanation ? "" : "hidden";
    drawTrail(state);
    if (explanation && explanation !== drawn) draw(explanation, state);
    drawn = explanation;
    pathButton.hidden = !hasPath(state) || gradientPath !== null;
    path.hidden = gradientPath === null;
    if (gradientPath && gradientPath !== drawnPath)
      path.replaceChildren(...pathElements(gradientPath, effects));
    drawnPath = gradientPath;
  };
}
