/** The list of a recipe's edits: what was changed and where, each with a way there and a way to remove it. */

import { element, one } from "../../graphics/dom.js";
import { EDITS } from "../../words/explain.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */

/** @param {HTMLElement} root a popover @param {App} app @returns {(state: State) => void} */
export function mountEdits(root, { effects }) {
  const [list, none] = [one("ol", root), one(".none", root)];
  /** @type {Run | null} */
  let drawn = null;

  /** @param {Run["recipe"]["edits"][number]} edit @param {string} words */
  function itemOf(edit, words) {
    const [go, remove] = [element("button", "go", EDITS.go), element("button", "remove", EDITS.remove)];
    go.setAttribute("aria-label", `${EDITS.go}: ${words}`);
    remove.setAttribute("aria-label", `${EDITS.remove}: ${words}`);
    go.addEventListener("click", () => {
      root.hidePopover();
      effects.goToEdit(edit);
    });
    remove.addEventListener("click", () => effects.removeEdit(edit));
    return element("li", "", element("p", "", words), go, remove);
  }

  return ({ run }) => {
    if (!run || run === drawn) return;
    drawn = run;
    const { edits } = run.recipe;
    none.hidden = edits.length > 0;
    list.replaceChildren(...edits.map((edit, i) => itemOf(edit, run.edit_words[i])));
  };
}
