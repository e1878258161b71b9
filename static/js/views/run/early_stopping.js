/** Tells where early stopping ended the run, with a button that goes to its best moment. */

import { one, say } from "../../graphics/dom.js";

/** @typedef {import("../../core/state.js").State} State */

/** @param {HTMLElement} root @param {import("../../core/effects.js").App} app @returns {(state: State) => void} */
export function mountStopping(root, { store, effects }) {
  const words = one("p", root);
  const button = one("button", root);
  button.addEventListener("click", () => {
    const { progress, run } = store.get();
    if (!progress.stopped || !run) return;
    // The network that was evaluated is the one after the update of the iteration before.
    const { best } = progress.stopped;
    effects.seek(best ? { iteration: best - 1, position: run.positions } : { iteration: 0, position: 1 });
  });

  return ({ progress: { stopped } }) => {
    root.hidden = stopped === null;
    if (stopped === null) return;
    say(words, stopped.message);
    say(button, stopped.best ? `★ Go to step ${stopped.best - 1}` : "★ Go to the beginning");
  };
}
