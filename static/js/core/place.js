/** The place in a run that an address names: the moment, the example and the open cell. */

import { grouped } from "../graphics/format.js";
import { leftOut } from "./address.js";
import { infoOf, sizeOf } from "./shown_tensors.js";
import { firstSight, parseMoment } from "./timeline.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./address.js").PlaceText} PlaceText */
/** @typedef {import("../wire.js").Run} Run */

/** @param {string} text @returns {number} NaN if it is not a whole number from 0 */
const wholeNumber = (text) => (/^\d+$/.test(text) ? Number(text) : NaN);

/** @param {number} count */
const upTo = (count) => `0 to ${grouped(count - 1)}`;

/** @param {Run} run @param {string | null} at */
function momentIn(run, at) {
  const moment = at === null ? firstSight(run) : parseMoment(run, at);
  if (moment) return { moment, problems: [] };
  const problem =
    `This run has no moment “${at}”, so it starts at its first. Its steps go from ` +
    `${upTo(run.iterations)}; a place within one is best copied from the address bar.`;
  return { moment: firstSight(run), problems: [problem] };
}

/**
 * A number below a limit; null for none.
 * @param {string} key @param {string | null} text @param {number} limit @param {string} words what has these numbers
 */
function numberBelow(key, text, limit, words) {
  if (text === null) return { number: null, problems: [] };
  const number = wholeNumber(text);
  if (number < limit) return { number, problems: [] };
  return { number: null, problems: [leftOut(key, text, `${words} are numbered ${upTo(limit)}.`)] };
}

/** @param {Run} run @param {string | null} view such as conv1.out/227 */
function viewIn(run, view) {
  if (view === null) return { large: null, problems: [] };
  const [name, cell = "0", ...rest] = view.split("/");
  const info = infoOf(run, name);
  const number = rest.length ? NaN : wholeNumber(cell);
  if (info && number < sizeOf(info)) return { large: { name, cell: number }, problems: [] };
  const reason = info
    ? `the cells of ${name} are numbered ${upTo(sizeOf(info))}.`
    : "this run has no such tensor.";
  return { large: null, problems: [leftOut("view", view, reason)] };
}

/**
 * The place that an address names in a run. What the run does not have is left out.
 * @param {Run} run @param {PlaceText} place
 * @returns {{ moment: State["moment"], example: number, look: number | null, large: State["large"], problems: string[] }}
 * `problems` are sentences that say what is left out
 */
export function placeIn(run, { at, example, look, view }) {
  const found = momentIn(run, at);
  const slot = numberBelow("example", example, run.recipe.batch_size, "the examples of a batch of this run");
  const chosen = numberBelow("look", look, run.train_examples, "the training examples of this run");
  const open = viewIn(run, view);
  return {
    moment: found.moment,
    example: slot.number ?? 0,
    look: chosen.number,
    large: open.large,
    problems: [found, slot, chosen, open].flatMap(({ problems }) => problems),
  };
}
