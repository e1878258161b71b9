/** The last card: the answer as bars, the true class, the loss, and the accuracy on other examples. */

import { element, one, say } from "../../graphics/dom.js";
import {
  grouped,
  NOT_FINITE,
  PARTS,
  percent,
  plural,
  short,
  told,
  withArticle,
} from "../../graphics/format.js";
import { evaluationOf, exampleOf, isBesideBatch, isMoving } from "../../core/state.js";
import { bestOf, isComputed, unknownText, valueAt } from "../../core/shown_tensors.js";
import { phaseEnd } from "../../core/timeline.js";
import { mountBatch } from "./batch_list.js";
import { isBatchListed } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */

/** The examples that the accuracy is measured on: a sample of a large split. @param {Run} run */
function testedOn({ monitored, validation_examples, test_examples, evaluated_examples: some }) {
  const all = monitored === "validation" ? validation_examples : test_examples;
  return `${some < all ? `${grouped(some)} of ` : ""}${plural(all, `${PARTS[monitored]} example`)}`;
}

/**
 * @param {Run} run @param {number} best the class with the largest answer, -1 for none @param {number | null} label
 * @param {string} unknown why there is none
 */
function verdictOn({ classes }, best, label, unknown) {
  if (label === null) return { words: "output → target", mark: "quiet" };
  if (best < 0) return { words: unknown, mark: "quiet" };
  if (best === label) return { words: `says ${classes[best]}: right`, mark: "right" };
  return { words: `says ${classes[best]}, it is ${withArticle(classes[label])}`, mark: "wrong" };
}

/** The answers as bars, a row for each class, or for each output where there are no classes. @param {HTMLElement} root */
function mountAnswers(root) {
  const [bars, verdict] = [one("#bars", root), one("#verdict", root)];
  /** @type {{ row: HTMLElement, bar: HTMLElement, target: HTMLElement, number: HTMLElement, goal: HTMLElement }[]} */
  let rows = [];
  /** The run that the rows are of. */
  let built = "";

  /** @param {Run} run */
  function build({ id, classes, layers }) {
    const [outputs] = layers[layers.length - 2].shape;
    const names = classes.length ? classes : Array.from({ length: outputs }, (_, k) => String(k));
    rows = names.map((name) => {
      const [bar, target, number] = [element("i"), element("u"), element("span", "number")];
      const goal = element("span", "goal");
      goal.setAttribute("role", "img");
      const track = element("span", "track", bar, target);
      const row = element("li", "", element("b", "", name), track, number, ...(classes.length ? [goal] : []));
      return { row, bar, target, number, goal };
    });
    bars.replaceChildren(...rows.map(({ row }) => row));
    bars.classList.toggle("wide", classes.length === 0);
    built = id;
  }

  /** @param {State} state @param {Run} run */
  return (state, run) => {
    if (built !== run.id) build(run);
    bars.hidden = isBatchListed(state);
    verdict.hidden = bars.hidden || !isComputed(state, run.answer, 0);
    const label = exampleOf(state)?.label ?? null;
    const known = rows.map((_, k) => valueAt(state, run.answer, k));
    const isLikelihood = run.answer === "loss.probabilities";
    const targets = state.shown?.iteration.targets ?? [];
    // The scale ends at 1 for probabilities, and else at the largest answer or target.
    const sizes = [...known, ...targets].map((value) => Math.abs(value ?? 0)).filter(Number.isFinite);
    const largest = Math.max(0, ...sizes);
    const scale = isLikelihood ? 1 : largest || 1;
    const best = bestOf(state, run);
    rows.forEach(({ row, bar, target, number, goal }, k) => {
      const answer = known[k];
      const size = Math.abs(answer ?? 0);
      const hasTarget = label === null && targets[k] !== undefined;
      row.classList.toggle("true", k === label);
      row.classList.toggle("best", label !== null && k === best);
      row.classList.toggle("unknown", answer === null);
      row.classList.toggle("below", (answer ?? 0) < 0);
      // No bar stays from the step before.
      bar.style.width = `${Number.isFinite(size) ? (100 * size) / scale : 0}%`;
      target.hidden = !hasTarget;
      target.style.left = `${(100 * Math.abs(targets[k] ?? 0)) / scale}%`;
      const aim = hasTarget ? ` → ${short(targets[k])}` : "";
      say(number, (answer === null ? "" : isLikelihood ? percent(answer) : told(answer)) + aim);
      goal.title = `what it should be: ${k === label ? 1 : 0}`;
      goal.setAttribute("aria-label", goal.title);
      number.title = answer === null ? "" : told(answer, 9);
    });
    const isFinite = known.every((value) => value === null || Number.isFinite(value));
    const { words, mark } = isFinite
      ? verdictOn(run, best, label, unknownText(state, run.answer, 0))
      : { words: `${NOT_FINITE}: the run has diverged`, mark: "wrong" };
    say(verdict, words);
    verdict.setAttribute("aria-live", isMoving(state) ? "off" : "polite");
    verdict.className = mark;
  };
}

/** The loss of the example, and the accuracy. @param {HTMLElement} root */
function mountFigures(root) {
  const [ownLoss, loss, batchLoss] = [one("#own-loss", root), one("#loss", root), one("#batch-loss", root)];
  const [tested, accuracy, accuracyAt] = [
    one("#tested", root),
    one("#accuracy", root),
    one("#accuracy-at", root),
  ];
  /** @param {State} state @param {Run} run */
  return (state, run) => {
    const { shown } = state;
    const own = valueAt(state, "loss.loss", 0);
    say(loss, own === null ? "not computed yet" : told(own));
    loss.classList.toggle("quiet", own === null);
    const mean = own === null || !shown ? "" : `mean of the batch ${told(shown.iteration.loss)}`;
    ownLoss.hidden = isBatchListed(state);
    batchLoss.hidden = (shown?.iteration.examples.length ?? 0) < 2 && !isBesideBatch(state);
    say(batchLoss, mean);
    const evaluation = evaluationOf(state);
    tested.hidden = run.evaluated_examples === 0;
    say(accuracy, evaluation ? percent(evaluation.accuracy) : "–");
    const after = evaluation ? plural(evaluation.iteration, "step") : "";
    say(accuracyAt, evaluation ? `on ${testedOn(run)}, after ${after}` : "");
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountAnswer(root, app) {
  const { store, effects } = app;
  const [about, ask] = [one(".about", root), one("#ask", root)];
  say(ask, "See what it says ›");
  ask.addEventListener("click", () => {
    const { run } = store.get();
    if (run) effects.seek({ position: phaseEnd(run, "loss") });
  });
  const parts = [mountAnswers(root), mountBatch(root, app), mountFigures(root)];
  one(".title", root).addEventListener("click", () => {
    const { run } = store.get();
    if (run) effects.focus(run.layers[run.layers.length - 1].name);
  });
  return (state) => {
    const { run } = state;
    if (!run) return;
    const [outputs] = run.layers[run.layers.length - 2].shape;
    say(
      about,
      run.answer === "loss.probabilities"
        ? `${plural(outputs, "score")} → chances`
        : plural(outputs, "output"),
    );
    ask.hidden = isBatchListed(state) || isComputed(state, run.answer, 0);
    for (const draw of parts) draw(state, run);
  };
}
