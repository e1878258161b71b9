/** Where the page is in its run: the step, which a person can type, the epoch, and how often the network is right. */

import { one, say } from "../../graphics/dom.js";
import { percent } from "../../graphics/format.js";
import { isSignal } from "../../graphics/layout.js";
import { evaluationOf } from "../../core/state.js";
import { WORDS } from "../../words/en.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */

/** What the examples of a run are, in one word. @param {Run} run */
function nounOf({ classes, layers: [{ shape }] }) {
  const { digits, signals, pictures, examples } = WORDS.nouns;
  if (isSignal(shape)) return signals;
  if (shape.length < 3) return examples;
  return classes.length === 10 && classes.every((name, k) => name === String(k)) ? digits : pictures;
}

/** The number of the step, to type another. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountStep(root, { effects }) {
  const number = /** @type {HTMLInputElement} */ (one("#iteration", root));
  const total = one("#iterations", root);
  let shownNow = "0";
  const fit = () => (number.style.width = `calc(${number.value.length}ch + 8px)`);
  say(one("#step-word", root), WORDS.step);
  number.setAttribute("aria-label", WORDS.goToStep);
  number.addEventListener("input", fit);
  number.addEventListener("change", () => {
    if (number.value !== "") effects.goTo(Number(number.value));
  });
  number.addEventListener("blur", () => (number.value = shownNow));
  return ({ run, shown, progress }) => {
    const end = (progress.stopped?.iteration ?? run?.iterations ?? 1) - 1;
    number.max = String(end);
    say(total, WORDS.ofSteps(end));
    if (!shown) return;
    shownNow = String(shown.moment.iteration);
    if (document.activeElement !== number) number.value = shownNow;
    fit();
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountWhere(root, app) {
  const drawStep = mountStep(root, app);
  const [epoch, tested] = [one("#epoch", root), one("#tested-share", root)];
  const [share, on] = [one("b", tested), one("span", tested)];
  return (state) => {
    const { run, shown } = state;
    drawStep(state);
    if (!run || !shown) return;
    const { iterations_per_epoch: length, iterations } = run;
    say(epoch, WORDS.epochs(Math.floor(shown.moment.iteration / length) + 1, Math.ceil(iterations / length)));
    const evaluation = evaluationOf(state);
    tested.hidden = !evaluation || run.evaluated_examples === 0;
    if (!evaluation) return;
    say(share, percent(evaluation.accuracy));
    say(on, WORDS.rightOn(nounOf(run), run.monitored !== "train"));
    tested.title = WORDS.measured(run.evaluated_examples, evaluation.iteration);
  };
}
