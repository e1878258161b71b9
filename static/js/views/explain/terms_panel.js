/** The terms of the open number: first the largest ones, and on request all of them, page by page, with the formulas. */

import { one, say } from "../../graphics/dom.js";
import { grouped, plural } from "../../graphics/format.js";
import { formulaElement } from "../../graphics/mathml.js";
import { PAGE } from "../../core/state.js";
import { DOCK } from "../../words/explain.js";
import { isListed, SHORT } from "./state.js";
import { termsTable } from "./terms.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Explanation} Explanation */

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
    const last = offset + terms.length;
    say(range, `${offset + 1} to ${last} of ${grouped(count)}`);
    earlier.disabled = offset === 0;
    later.disabled = last >= count;
    const isBySize = page.sort === "size";
    say(order, isBySize ? "largest first" : "in order");
    order.title = isBySize ? "Sort in the order of the sum" : "Sort by size";
  };
}

/** @param {HTMLElement} panel @param {App} app @returns {(state: State) => void} */
export function mountTermsPanel(panel, app) {
  const { effects } = app;
  const [formulas, frame] = [one(".formulas", panel), one(".terms-frame", panel)];
  const [pages, all] = [one(".pages", panel), one(".all", panel)];
  const drawPages = mountPages(pages, app);
  /** What is drawn. @type {{ explanation: Explanation, isWhole: boolean } | null} */
  let drawn = null;
  all.addEventListener("click", () => effects.listTerms());

  /** @param {Explanation} explanation @param {boolean} isWhole */
  function draw(explanation, isWhole) {
    const terms = isWhole ? explanation.terms : explanation.terms.slice(0, SHORT);
    const rest = isWhole ? explanation.rest : null;
    formulas.hidden = !isWhole;
    formulas.replaceChildren(
      ...(isWhole ? [explanation.symbols, explanation.numbers].map(formulaElement) : []),
    );
    frame.replaceChildren(
      ...(explanation.count ? [termsTable({ ...explanation, terms, rest }, effects)] : []),
    );
    say(all, DOCK.allTerms(plural(explanation.count, "term")));
  }

  return (state) => {
    const { explanation } = state;
    if (!explanation) return;
    const isWhole = isListed(state) || explanation.count <= SHORT;
    if (drawn?.explanation !== explanation || drawn.isWhole !== isWhole) draw(explanation, isWhole);
    drawn = { explanation, isWhole };
    all.hidden = isWhole;
    pages.hidden = !isWhole || explanation.count <= explanation.terms.length;
    drawPages(explanation, state);
  };
}
