/** The answers to all examples of the batch, on the answer card: a row for each, and a switch between them and one example alone. */

import { heldLimit } from "../../graphics/tensors.js";
import { element, one, say } from "../../graphics/dom.js";
import { chance, NOT_FINITE, rounded, withArticle } from "../../graphics/format.js";
import { makeStop, walkByArrows } from "../../graphics/roving.js";
import { mountSwitch } from "../../graphics/switch.js";
import { largestOf, thumbOf } from "../../graphics/thumbnail.js";
import { infoOf, unknownText } from "../../core/shown_tensors.js";
import { hasAnswers, isBatchListed, wantedOf } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("./state.js").Answer} Answer */

/** The side of a picture, in pixels. */
const SIDE = 28;

/** @param {Answer} answer @param {Run} run */
function verdictOn({ best, label }, { classes }) {
  if (best < 0 || label === null) return { words: "no answer", mark: "quiet" };
  return best === label
    ? { words: "✓ right", mark: "right" }
    : { words: `✗ it is ${withArticle(classes[label])}`, mark: "wrong" };
}

/**
 * @param {Answer} answer @param {number} slot @param {Run} run
 * @param {{ limit: number, signed: boolean, theme: State["theme"] }} colours
 */
function rowOf(answer, slot, run, { limit, signed, theme }) {
  const { input, best, size, loss } = answer;
  const { shape, colours } = { shape: run.layers[0].shape, colours: run.colours };
  const label = `example ${slot + 1}`;
  const picture = thumbOf(shape, input, { side: SIDE, limit, signed, theme, label, colours });
  const { words, mark } = verdictOn(answer, run);
  const written = run.answer === "loss.probabilities" ? chance(size) : rounded(size);
  const says = best < 0 ? "" : `${run.classes[best]}, ${written}`;
  const text = [
    element("span", "says", says),
    " ",
    element("span", "loss number", Number.isFinite(loss) ? rounded(loss) : NOT_FINITE),
    " ",
  ];
  return element("button", "", picture, element("span", "text", ...text, element("span", mark, words)));
}

/** @param {HTMLElement} root the answer card @param {App} app */
export function mountBatch(root, { effects }) {
  const [whose, list] = [one("#whose", root), one("#batch", root)];
  const choose = mountSwitch(
    whose,
    [
      { value: "one", words: "this one" },
      { value: "all", words: "all of the batch" },
    ],
    (value) => effects.batch.list(value === "all"),
  );
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  /** What the rows are of. @type {{ answers: readonly Answer[] | null, theme: State["theme"] | null, heldColours: State["heldColours"] | null }} */
  let built = { answers: null, theme: null, heldColours: null };
  walkByArrows(list, () => buttons);

  /** @param {State} state @param {Run} run @param {readonly Answer[]} answers */
  function build(state, run, answers) {
    const { theme, heldColours } = state;
    const largest = Math.max(...answers.map(({ input }) => largestOf(input)));
    const limit = heldLimit(state, "input.out") ?? largest;
    const colours = { limit, signed: infoOf(run, "input.out")?.signed ?? false, theme };
    buttons = answers.map((answer, slot) => rowOf(answer, slot, run, colours));
    buttons.forEach((button, slot) => button.addEventListener("click", () => effects.showExample(slot)));
    list.replaceChildren(...buttons.map((button) => element("li", "", button)));
    makeStop(buttons, 0);
    built = { answers, theme, heldColours };
  }

  /** @param {State} state */
  function sayWhy(state) {
    const isComing = wantedOf(state) !== null;
    const why = isComing ? "computing …" : unknownText(state, "loss.loss", 0);
    if (built.answers || !list.firstElementChild) list.replaceChildren(element("li", "quiet"));
    say(/** @type {Element} */ (list.firstElementChild), why);
    [buttons, built] = [[], { answers: null, theme: null, heldColours: null }];
  }

  /** @param {State} state @param {Run} run */
  return (state, run) => {
    whose.hidden = !hasAnswers(state);
    list.hidden = !isBatchListed(state);
    choose(isBatchListed(state) ? "all" : "one");
    if (list.hidden) return;
    const { answers } = state.batch;
    if (!answers) return sayWhy(state);
    const { theme, heldColours } = state;
    if (answers !== built.answers || theme !== built.theme || heldColours !== built.heldColours)
      build(state, run, answers);
    const at = state.shown?.look === null ? state.shown.example : -1;
    buttons.forEach((button, slot) => button.setAttribute("aria-pressed", String(slot === at)));
  };
}
