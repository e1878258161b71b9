/** What a person can change: a new run from the beginning, or an edit from this iteration on. */

import { one, say } from "../dom.js";
import { short } from "../format.js";
import { Refusal } from "../transport.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../effects.js").Effects} Effects */

/** The first iteration that an edit made now can change: the one on the stage has been computed already.
 * @param {State} state */
export function nextIteration({ moment, run }) {
  return Math.min(moment.iteration + 1, (run?.iterations ?? 1) - 1);
}

/** @param {HTMLDialogElement} dialog @param {Effects} effects @returns {{ open: () => void, update: (state: State) => void }} */
export function mountSettings(dialog, effects) {
  const form = /** @type {HTMLFormElement} */ (one("form", dialog));
  const problem = one(".problem", dialog);
  const line = one("#recipe-line");
  const edit = one("#edit-rate", dialog);
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
  /** @type {State | null} */
  let last = null;

  /** @param {string} name @returns {number} what a person left empty is not 0: the server asks for it */
  const numberIn = (name) => (field(name).value.trim() === "" ? NaN : Number(field(name).value));

  /** @param {() => Promise<void>} action */
  async function attempt(action) {
    try {
      await action();
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(problem, error.message);
      problem.hidden = false;
    }
  }

  // The server checks the numbers, so that there is one place that says what a good one is.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { run } = /** @type {State} */ (last);
    if (!run) return;
    void attempt(() =>
      effects.newRun({
        seed: numberIn("seed"),
        batch_size: numberIn("batch_size"),
        epochs: numberIn("epochs"),
        dtype: /** @type {import("../wire.js").Recipe["dtype"]} */ (field("dtype").value),
        optimizer: { ...run.recipe.optimizer, learning_rate: numberIn("learning_rate") },
      }),
    );
  });
  edit.addEventListener("click", () => {
    const iteration = nextIteration(/** @type {State} */ (last));
    const value = numberIn("learning_rate");
    void attempt(() => effects.edit({ kind: "learning_rate", iteration, value }));
  });
  one(".cancel", dialog).addEventListener("click", () => dialog.close());

  /** @param {State} state */
  function update(state) {
    last = state;
    const { run, shown } = state;
    if (!run) return;
    const { recipe } = run;
    const rate = shown?.iteration.learning_rate ?? recipe.optimizer.learning_rate;
    const edits = recipe.edits.length
      ? `${recipe.edits.length} edit${recipe.edits.length > 1 ? "s" : ""}`
      : "";
    const parts = [
      run.dataset_title,
      `seed ${recipe.seed}`,
      `learning rate ${short(rate)}`,
      `batch ${recipe.batch_size}`,
    ];
    say(line, [...parts, recipe.dtype, edits].filter(Boolean).join(" · "));
    say(edit, `Change the learning rate from iteration ${nextIteration(state)} on`);
  }

  return {
    update,
    open() {
      const { run, shown } = last ?? {};
      if (!run) return;
      const { recipe } = run;
      field("seed").value = String(recipe.seed);
      field("learning_rate").value = String(shown?.iteration.learning_rate ?? recipe.optimizer.learning_rate);
      field("batch_size").value = String(recipe.batch_size);
      field("epochs").value = String(recipe.epochs);
      field("dtype").value = recipe.dtype;
      problem.hidden = true;
      dialog.showModal();
    },
  };
}
