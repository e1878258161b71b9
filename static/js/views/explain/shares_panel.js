/** What each example of the batch adds to the open number, as numbers and as bars from a common zero. */

import { told } from "../../graphics/format.js";
import { element, one } from "../../graphics/dom.js";
import { DOCK } from "../../words/explain.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Explanation} Explanation */

/** @param {Explanation["shares"][number]} share @param {number} largest of all shares, without sign */
function rowOf({ example, value }, largest) {
  const bar = element("i", value !== null && value < 0 ? "negative" : "positive");
  bar.style.setProperty("--size", String(value === null || largest === 0 ? 0 : Math.abs(value) / largest));
  return element(
    "li",
    "",
    element("span", "", DOCK.example(example + 1)),
    element("span", "track", bar),
    element("b", "number", told(value)),
  );
}

/** @param {HTMLElement} panel @returns {(state: State) => void} */
export function mountSharesPanel(panel) {
  const list = one("ol", panel);
  /** @type {Explanation | null} */
  let drawn = null;
  return ({ explanation }) => {
    if (!explanation || explanation === drawn) return;
    drawn = explanation;
    const largest = Math.max(0, ...explanation.shares.map(({ value }) => Math.abs(value ?? 0)));
    list.replaceChildren(...explanation.shares.map((share) => rowOf(share, largest)));
  };
}
