/** What each example of the batch adds to the open number, as numbers and as bars from a common zero. */

import { told } from "../../graphics/format.js";
import { element, one } from "../../graphics/dom.js";
import { DOCK } from "../../words/explain.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Explanation} Explanation */

/** @param {Explanation["shares"][number]} share @param {number} largest of all shares, without sign @param {boolean} isShown true for the example on the stage */
function rowOf({ example, value }, largest, isShown) {
  const bar = element("i", value !== null && value < 0 ? "negative" : "positive");
  bar.style.setProperty("--size", String(value === null || largest === 0 ? 0 : Math.abs(value) / largest));
  return element(
    "li",
    isShown ? "shown" : "",
    element("span", "", isShown ? DOCK.thisExample : DOCK.example(example + 1)),
    element("span", "track", bar),
    element("b", "number", told(value)),
  );
}

/** @param {HTMLElement} panel @returns {(state: State) => void} */
export function mountSharesPanel(panel) {
  const list = one("ol", panel);
  /** @type {Explanation | null} */
  let drawn = null;
  /** The example whose row stands out. @type {number | null} */
  let marked = null;
  return ({ explanation, shown }) => {
    const example = shown?.look === null ? shown.example : null;
    if (!explanation || (explanation === drawn && marked === example)) return;
    [drawn, marked] = [explanation, example];
    const largest = Math.max(0, ...explanation.shares.map(({ value }) => Math.abs(value ?? 0)));
    list.replaceChildren(
      ...explanation.shares.map((share) => rowOf(share, largest, share.example === example)),
    );
  };
}
