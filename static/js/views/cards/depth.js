/** The depths of the page: one layer in focus, or everything open. The choice is kept in the browser. */

import { mountSwitch } from "../../graphics/switch.js";
import { keep, kept } from "../../core/kept.js";
import { WORDS } from "../../words/en.js";

const KEY = "depth";
const DEPTHS = /** @type {const} */ (["explore", "everything"]);

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountDepth(root, { store }) {
  const choices = DEPTHS.map((value) => ({ value, words: WORDS.depths[value] }));
  const show = mountSwitch(root, choices, (depth) => {
    keep(KEY, depth);
    store.dispatch({ type: "depth", depth });
  });
  store.dispatch({ type: "depth", depth: kept(KEY) === "everything" ? "everything" : "explore" });
  return ({ depth }) => {
    document.documentElement.dataset.depth = depth;
    show(depth);
  };
}
