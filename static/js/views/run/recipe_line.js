/** The line below the title that names the run. */

import { element } from "../../graphics/dom.js";
import { plural, short } from "../../graphics/format.js";

/** @typedef {import("../../core/state.js").State} State */

/** @param {HTMLElement} root @returns {(state: State) => void} */
export function mountRecipeLine(root) {
  return ({ run, shown }) => {
    if (!run) return;
    const { recipe } = run;
    const { kind } = recipe.optimizer;
    const rate = shown?.iteration.learning_rate ?? recipe.optimizer.learning_rate;
    const schedule = recipe.schedule.kind === "constant" ? "" : ` (${recipe.schedule.kind})`;
    const words = [
      run.dataset_title,
      `seed ${recipe.seed}`,
      kind === "sgd" ? "" : kind,
      `learning rate ${short(rate)}${schedule}`,
      `batch ${recipe.batch_size}`,
      recipe.dtype,
    ];
    const edits = recipe.edits.length ? plural(recipe.edits.length, "edit") : "";
    const text = [edits, ...words].filter(Boolean).join(" · ");
    // The edits stand first, because the end of the line may be cut off.
    if (text !== root.title) {
      const list = element("button", "link", edits);
      list.setAttribute("popovertarget", "edits");
      root.replaceChildren(...(edits ? [list, " · "] : []), words.filter(Boolean).join(" · "));
    }
    // The title shows the whole line where it is cut off.
    root.title = text;
  };
}
