/** "Train to 97 %": a button that trains until the accuracy is reached, with its progress. It can be cancelled. */

import { GOAL } from "../../core/state.js";
import { createTimeLeft } from "../../core/time_left.js";
import { one, say } from "../../graphics/dom.js";
import { grouped, percent } from "../../graphics/format.js";
import { WORDS } from "../../words/en.js";

/** @typedef {import("../../core/state.js").State} State */

/** @param {HTMLElement} root @param {import("../../core/effects.js").App} app @returns {(state: State) => void} */
export function mountTraining(root, { effects }) {
  const button = /** @type {HTMLButtonElement} */ (one("button", root));
  const bar = /** @type {HTMLProgressElement} */ (one("progress", root));
  const words = one("p", root);
  const timeLeft = createTimeLeft();
  let isTraining = false;
  button.addEventListener("click", () => (isTraining ? effects.togglePlay() : effects.trainTo()));

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
    const at = reached && grouped(reached.iteration);
    say(button, isTraining ? "Cancel" : reached ? `97 % after ${at} ›` : "Train to 97 %");
    button.title = reached ? `Go to the end of step ${reached.iteration - 1}` : "";
    const told = `This run ends at ${percent(latest)}. More epochs, or another network, may lead to 97 %.`;
    const left = timeLeft(isTraining ? run.id : null, progress.computed, run.iterations);
    const atMost = left === null ? "" : WORDS.atMost(left);
    say(words, isOver && !progress.stopped ? told : atMost);
  };
}
