/** The side: which example is on the stage, what the network makes of it, and how well it does on others. */

import { element, one, say } from "../../graphics/dom.js";
import { capital, exampleName, PARTS, percent, plural, short, withArticle } from "../../graphics/format.js";
import { evaluationOf, exampleOf, tensorAt, valueAt } from "../../core/state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Run} Run */

/** What the accuracy is measured on: of a large part of the data, on some. @param {Run} run */
function testedOn({ monitored, validation_examples, test_examples, evaluated_examples: some }) {
  const all = monitored === "validation" ? validation_examples : test_examples;
  return `${some < all ? `${some.toLocaleString("en")} of ` : ""}${plural(all, `${PARTS[monitored]} example`)}`;
}

/**
 * @param {HTMLElement} root @param {{ showExample: (slot: number) => void }} on
 * @returns {(state: State) => void}
 */
export function mountSide(root, on) {
  const about = one("#example-about", root);
  const picker = one("#picker", root);
  const slot = /** @type {HTMLInputElement} */ (one("#slot", root));
  const slots = one("#slots", root);
  const bars = one("#bars", root);
  const verdict = one("#verdict", root);
  const loss = one("#loss", root);
  const choose = one("#open-examples", root);
  const tested = one("#tested", root);
  const batchLoss = one("#batch-loss", root);
  const accuracy = one("#accuracy", root);
  const accuracyAt = one("#accuracy-at", root);
  /** @type {{ row: HTMLElement, bar: HTMLElement, target: HTMLElement, number: HTMLElement }[]} */
  let rows = [];
  let builtFor = "";

  slot.addEventListener("change", () => slot.reportValidity() && on.showExample(Number(slot.value) - 1));
  one("#slot-back", root).addEventListener("click", () => move(-1));
  one("#slot-on", root).addEventListener("click", () => move(1));
  /** @param {number} by */
  function move(by) {
    const count = Number(slot.max);
    on.showExample((Number(slot.value) - 1 + by + count) % count);
  }

  /** @param {Run} run a row for each class, or for each output where there are none */
  function build({ classes, layers }) {
    const [outputs] = layers[layers.length - 2].shape;
    const names = classes.length ? classes : Array.from({ length: outputs }, (_, k) => String(k));
    rows = names.map((name) => {
      const bar = element("i");
      const target = element("u");
      const number = element("span", "number");
      const row = element("li", "", element("b", "", name), element("span", "track", bar, target), number);
      return { row, bar, target, number };
    });
    bars.replaceChildren(...rows.map(({ row }) => row));
    bars.classList.toggle("wide", classes.length === 0);
  }

  /** What the network says of the class of the example. @param {Run} run @param {number} best @param {number} label */
  function verdictOn({ classes }, best, label) {
    if (best < 0) return { words: "not computed yet", mark: "quiet" };
    if (best === label) return { words: `says ${classes[best]}: right`, mark: "right" };
    return { words: `says ${classes[best]}, it is ${withArticle(classes[label])}`, mark: "wrong" };
  }

  return (state) => {
    const { run, shown } = state;
    if (!run) return;
    if (builtFor !== run.id) build(run);
    builtFor = run.id;
    const example = exampleOf(state);
    const examples = shown?.iteration.examples ?? [];
    const label = example?.label ?? null;
    const what = label === null ? "" : `${capital(withArticle(run.classes[label]))}: `;
    const wrong =
      example?.truth === label ? "" : `, in truth ${withArticle(run.classes[example?.truth ?? 0])}`;
    const end = label === null ? "" : wrong;
    say(about, example ? capital(`${what}${exampleName(example.index)}${end}`) : "loading …");
    choose.hidden = run.train_examples < 2;
    picker.hidden = examples.length < 2;
    slot.max = String(examples.length);
    if (document.activeElement !== slot) slot.value = String((shown?.example ?? 0) + 1);
    say(slots, `of ${examples.length}`);

    const { values, done } = tensorAt(state, run.answer);
    const known = rows.map((_, k) => valueAt(state, run.answer, k));
    const isLikelihood = run.answer === "loss.probabilities";
    const targets = shown?.iteration.targets ?? [];
    // A probability is drawn on a scale to 1, any other answer on one that its targets fit on too.
    const scale = isLikelihood ? 1 : Math.max(...[...known, ...targets].map((v) => Math.abs(v ?? 0))) || 1;
    const best = done === "all" && values ? values.cells.indexOf(Math.max(...values.cells)) : -1;
    rows.forEach(({ row, bar, target, number }, k) => {
      const answer = known[k];
      row.classList.toggle("true", k === label);
      row.classList.toggle("best", label !== null && k === best);
      row.classList.toggle("unknown", answer === null);
      row.classList.toggle("below", (answer ?? 0) < 0);
      bar.style.width = `${(100 * Math.abs(answer ?? 0)) / scale}%`;
      target.hidden = label !== null || targets[k] === undefined;
      target.style.left = `${(100 * Math.abs(targets[k] ?? 0)) / scale}%`;
      const goal = label === null && targets[k] !== undefined ? ` → ${short(targets[k])}` : "";
      say(number, (answer === null ? "" : isLikelihood ? percent(answer) : short(answer)) + goal);
      number.title = answer === null ? "" : short(answer, 9);
    });
    const { words, mark } =
      label === null ? { words: "output → target", mark: "quiet" } : verdictOn(run, best, label);
    say(verdict, words);
    verdict.setAttribute("aria-live", state.play.on ? "off" : "polite");
    verdict.className = mark;

    const own = valueAt(state, "loss.loss", 0);
    say(loss, own === null ? "not computed yet" : short(own));
    loss.classList.toggle("quiet", own === null);
    const mean = own === null ? null : (shown?.iteration.loss ?? null);
    batchLoss.hidden = examples.length < 2;
    say(batchLoss, mean === null ? "" : `mean of the batch ${short(mean)}`);
    const evaluation = evaluationOf(state);
    tested.hidden = run.evaluated_examples === 0;
    say(accuracy, evaluation ? percent(evaluation.accuracy) : "–");
    say(
      accuracyAt,
      evaluation ? `on ${testedOn(run)}, after ${plural(evaluation.iteration, "iteration")}` : "",
    );
  };
}
