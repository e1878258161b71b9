/** "Train to 97 %": one button from an untrained network to a good one, with its progress, which can be cancelled. */

import { one, say } from "../../graphics/dom.js";
import { percent } from "../../graphics/format.js";

/** @typedef {import("../../core/state.js").State} State */

export const GOAL = 0.97;

/**
 * @param {HTMLElement} root
 * @param {{ trainTo: (accuracy: number) => void, togglePlay: () => void }} on
 * @returns {(state: State) => void}
 */
export function mountTraining(root, on) {
  const button = /** @type {HTMLButtonElement} */ (one("button", root));
  const bar = /** @type {HTMLProgressElement} */ (one("progress", root));
  const words = one("p", root);
  let isTraining = false;
  button.addEventListener("click", () => (isTraining ? on.togglePlay() : on.trainTo(GOAL)));

  return ({ run, progress, play }) => {
    if (!run) return;
    root.hidden = run.evaluated_examples === 0;
    isTraining = play.on && play.goal !== null;
    const reached = progress.evaluations.find(({ accuracy }) => accuracy >= GOAL);
    const latest = progress.evaluations.at(-1)?.accuracy ?? 0;
    const isOver = !reached && (progress.status === "finished" || progress.stopped !== null);
    bar.hidden = !isTraining;
    bar.value = Math.min(1, latest / GOAL);
    button.hidden = isOver;
    const at = reached?.iteration.toLocaleString("en");
    say(button, isTraining ? "Cancel" : reached ? `97 % after ${at} ›` : "Train to 97 %");
    button.title = reached ? `Go to the end of iteration ${reached.iteration - 1}` : "";
    const told = `This run ends at ${percent(latest)}. More epochs, or another network, may lead to 97 %.`;
    say(words, isOver && !progress.stopped ? told : "");
  };
}
