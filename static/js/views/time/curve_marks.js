/** The marks on the loss curve: edits, the best accuracy and the lowest loss, each with a word. A click goes there. */

import { element } from "../../graphics/dom.js";
import { percent, short } from "../../graphics/format.js";
import { makeStop, walkByArrows } from "../../graphics/roving.js";
import { WORDS } from "../../words/en.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Edit} Edit */
/** @typedef {import("./curve_scale.js").Scale} Scale */
/** A place of the run that is worth a look; without a position, the one within the step stays. @typedef {{ iteration: number, position?: number, words: string }} Mark */

/** The room of a letter and of the sign before the words, in CSS pixels: marks whose words would meet have the sign only. */
const LETTER = 6.5;
const SIGN = 16;

/** @param {Edit} edit */
function wordsOf(edit) {
  if (edit.kind === "learning_rate") return WORDS.marks.rate(short(edit.value));
  return edit.kind === "example" ? WORDS.marks.example(edit.example) : WORDS.marks.picture;
}

/** @param {State} state @returns {Mark[]} from left to right */
function marksOf({ run, progress }) {
  if (!run) return [];
  const { evaluations, stopped, computed } = progress;
  const end = run.positions;
  /** @type {Mark[]} */
  const marks = [];
  for (const edit of run.recipe.edits) {
    const words = wordsOf(edit);
    // Many pictures in a row are one mark.
    const isMore = marks.at(-1)?.words === words && marks.at(-1)?.iteration === edit.iteration - 1;
    if (edit.iteration < computed && !isMore) marks.push({ iteration: edit.iteration, words });
  }
  const best = evaluations.reduce(
    (most, each) => (each.accuracy > (most?.accuracy ?? 0) ? each : most),
    /** @type {(typeof evaluations)[number] | null} */ (null),
  );
  // An evaluation after n steps belongs to the end of step n - 1.
  if (best && best.iteration > 0 && evaluations.length > 1)
    marks.push({
      iteration: best.iteration - 1,
      position: end,
      words: WORDS.marks.best(percent(best.accuracy)),
    });
  if (stopped?.best) marks.push({ iteration: stopped.best - 1, position: end, words: WORDS.marks.lowest });
  return marks.sort((a, b) => a.iteration - b.iteration);
}

/**
 * Which marks have room for their words.
 * @param {readonly Mark[]} marks from left to right @param {Scale} scale @param {readonly [number, number]} taken from where to where there are other words
 */
export function withRoom(marks, scale, taken) {
  let free = 0;
  return marks.map(({ iteration, words }) => {
    const from = scale.x(iteration);
    const to = from + SIGN + LETTER * words.length;
    const hasRoom = from >= free && to <= scale.width && (to < taken[0] || from > taken[1]);
    if (hasRoom) free = to;
    return hasRoom;
  });
}

/** @param {HTMLElement} root @param {App["effects"]} effects @returns {(state: State, scale: Scale, taken: readonly [number, number]) => void} */
export function mountMarks(root, effects) {
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  /** @type {Mark[]} */
  let marks = [];
  let built = "";
  root.setAttribute("aria-label", WORDS.marks.all);
  walkByArrows(root, () => buttons);

  return (state, scale, taken) => {
    marks = marksOf(state);
    const key = JSON.stringify(marks);
    if (key !== built) {
      built = key;
      buttons = marks.map(({ iteration, position, words }) => {
        const mark = element("button", "mark", element("span", "", words));
        mark.title = WORDS.marks.goTo(words, iteration);
        mark.setAttribute("aria-label", mark.title);
        mark.addEventListener("click", () =>
          effects.seek(position === undefined ? { iteration } : { iteration, position }),
        );
        return mark;
      });
      makeStop(buttons, 0);
      root.replaceChildren(...buttons);
    }
    const rooms = withRoom(marks, scale, taken);
    buttons.forEach((button, i) => {
      button.style.left = `${scale.x(marks[i].iteration)}px`;
      button.classList.toggle("short", !rooms[i]);
    });
  };
}
