/** How a picture becomes the input: each stage as a picture with its sentence, and the corrections that can be made. */

import { decode, shapeOfArray } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { shade } from "../../graphics/greyscale.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").DigitReading} DigitReading */
/** @typedef {import("../../wire.js").DigitStage} DigitStage */

/** The pictures of the stages; the words of one of them. @param {HTMLElement} root */
function mountStages(root) {
  const [list, words] = [one(".stages", root), one(".stage-words", root)];
  /** The stage whose words are shown, null for the last. @type {DigitStage["key"] | null} */
  let open = null;
  /** @type {readonly DigitStage[]} */
  let stages = [];

  function drawWords() {
    const stage = stages.find(({ key }) => key === open) ?? stages.at(-1);
    say(
      words,
      stage ? `${stage.title}: ${stage.words}` : "Draw something, and every step to the input is shown here.",
    );
    for (const button of list.children) {
      const isPressed = /** @type {HTMLElement} */ (button).dataset.key === stage?.key;
      button.setAttribute("aria-pressed", String(isPressed));
    }
  }

  /** @param {DigitStage} stage @param {number} number */
  function stageButton({ key, title, picture, is_ink }, number) {
    const canvas = document.createElement("canvas");
    shade(canvas, decode(picture), shapeOfArray(picture), 255, is_ink);
    const caption = element("span", "", `${number + 1} ${title}`);
    const button = element("button", "", element("span", "frame", canvas), caption);
    button.dataset.key = key;
    button.addEventListener("click", () => {
      open = key;
      drawWords();
    });
    return button;
  }

  /** @param {DigitReading | null} reading */
  return (reading) => {
    stages = reading?.stages ?? [];
    list.replaceChildren(...stages.map(stageButton));
    drawWords();
  };
}

/** The choice among several digits. @param {HTMLElement} which @param {App} app */
function mountChoice(which, { effects }) {
  /** @param {DigitReading | null} reading */
  return (reading) => {
    const count = reading?.boxes.length ?? 0;
    const hadFocus = which.contains(document.activeElement);
    const buttons = Array.from({ length: count }, (_, number) => {
      const button = element("button", "", String(number + 1));
      button.setAttribute("aria-label", `Take digit ${number + 1} of ${count}, from the left`);
      button.setAttribute("aria-pressed", String(number === reading?.chosen));
      button.addEventListener("click", () => effects.draw.correct({ chosen: number }));
      return button;
    });
    which.hidden = count < 2;
    which.replaceChildren(element("span", "", "Digit"), ...buttons);
    // The keyboard's focus stays on the chosen digit.
    if (hadFocus) /** @type {HTMLElement | null} */ (which.querySelector("[aria-pressed=true]"))?.focus();
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountCorrections(root, { store, effects }) {
  const [thickness, whole] = [one("output", root), one(".whole", root)];
  const [inverted, keepLines] = /** @type {HTMLInputElement[]} */ ([
    ...root.querySelectorAll("input[type=checkbox]"),
  ]);
  inverted.addEventListener("change", () => effects.draw.correct({ inverted: inverted.checked }));
  keepLines.addEventListener("change", () => effects.draw.correct({ keep_lines: keepLines.checked }));
  whole.addEventListener("click", () => effects.draw.correct({ crop: null, chosen: null }));
  for (const [name, by] of /** @type {const} */ ([
    [".thinner", -1],
    [".thicker", 1],
  ]))
    one(name, root).addEventListener("click", () => {
      effects.draw.correct({ thicker: store.get().draw.corrections.thicker + by });
    });

  return ({ draw: { corrections } }) => {
    const { thicker } = corrections;
    inverted.checked = corrections.inverted;
    keepLines.checked = corrections.keep_lines;
    say(thickness, thicker === 0 ? "as they are" : thicker > 0 ? `+${thicker}` : `−${-thicker}`);
    whole.hidden = corrections.crop === null;
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountPipeline(root, app) {
  const doubts = one(".doubts", root);
  const [drawStages, drawChoice] = [mountStages(root), mountChoice(one(".which", root), app)];
  const drawCorrections = mountCorrections(root, app);
  /** @type {DigitReading | null | undefined} */
  let drawn;
  return (state) => {
    const { reading } = state.draw;
    drawCorrections(state);
    if (reading === drawn) return;
    drawn = reading;
    drawStages(reading);
    drawChoice(reading);
    doubts.replaceChildren(...(reading?.doubts ?? []).map(({ words }) => element("li", "", words)));
  };
}
