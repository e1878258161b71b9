/** Where early stopping ended the run, in words, and the way to its best moment. */

import { one, say } from "../../graphics/dom.js";

/** @typedef {import("../../core/state.js").State} State */

/**
 * @param {HTMLElement} root
 * @param {{ state: () => State, seek: (target: { iteration: number, position?: number }) => void }} on
 * @returns {(state: State) => void}
 */
export function mountStopping(root, on) {
  const words = one("p", root);
  const button = one("button", root);
  button.addEventListener("click", () => {
    const { progress, run } = on.state();
    if (!progress.stopped || !run) return;
    // What was evaluated is the network after the update of the iteration before.
    const { best } = progress.stopped;
    on.seek(best ? { iteration: best - 1, position: run.positions } : { iteration: 0, position: 1 });
  });

  return ({ progress: { stopped } }) => {
    root.hidden = stopped === null;
    if (stopped === null) return;
    say(words, stopped.message);
    say(button, stopped.best ? `★ Go to iteration ${stopped.best - 1}` : "★ Go to the beginning");
  };
}
