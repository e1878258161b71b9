/** What the effects of all dialogs have in common. */

import { Refusal } from "../refusals.js";

/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").DialogName} DialogName */

/**
 * Calls an effect when a dialog opens, and again when another run opens behind the dialog.
 * @param {Store} store @param {DialogName} dialog @param {() => void} act
 */
export function whenShown(store, dialog, act) {
  store.subscribe((state, before) => {
    if (state.dialog !== dialog || !state.run) return;
    if (before.dialog !== dialog || !before.run) act();
    else if (before.run.id !== state.run.id)
      // A dialog that opens a run itself closes right after.
      setTimeout(() => {
        if (store.get().dialog === dialog && store.get().run === state.run) act();
      });
  });
}

/**
 * Runs the actions of a dialog. What the server refuses is told there, until the next action.
 * @param {Store} store @param {DialogName} dialog
 * @returns {(action: () => Promise<void>) => Promise<void>}
 */
export const attemptsIn =
  ({ dispatch }, dialog) =>
  async (action) => {
    dispatch({ type: "refused", dialog, message: null });
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      dispatch({ type: "refused", dialog, message: error.message });
    }
  };
