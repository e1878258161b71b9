/** The state of the answers to a whole batch: whether they are listed, and what the network says about each example. All pure. */

import { valuesOf } from "../../core/frames.js";
import { decode } from "../../core/typed_arrays.js";
import { isLive } from "../../core/state.js";
import { isComputed } from "../../core/shown_tensors.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../../wire.js").Run} Run */

/**
 * The answer to one example: the class that the network names, -1 for none, and its chance, or its score where the loss has no chances.
 * @typedef {{ readonly input: Numbers, readonly label: number | null, readonly best: number, readonly size: number, readonly loss: number }} Answer
 */
/** @typedef {{ readonly isListed: boolean, readonly answers: readonly Answer[] | null }} Batch answers: null before they are known */
/** @typedef {{ type: "list batch", isListed: boolean } | { type: "batch", batch: import("../../wire.js").Batch | null }} Action */

/** @type {Batch} */
export const INITIAL = { isListed: false, answers: null };

/** True if the answers to a whole batch can be listed: it has several examples, and they have classes. @param {State} state */
export const hasAnswers = ({ run, shown }) =>
  (run?.classes.length ?? 0) > 0 && (shown?.iteration.examples.length ?? 0) > 1;

/** @param {State} state @returns {boolean} true if the answer card lists the batch, and not one example alone */
export const isBatchListed = (state) => state.batch.isListed && hasAnswers(state);

/**
 * The iteration whose answers are wanted: they are listed, computed at the moment shown, and the page rests there.
 * @param {State} state @returns {{ readonly run: string, readonly iteration: number } | null}
 */
export function wantedOf(state) {
  const { run, shown } = state;
  if (!run || !shown || !isBatchListed(state) || isLive(state)) return null;
  if (shown.iteration.run !== run.id || !isComputed(state, "loss.loss", 0)) return null;
  return { run: run.id, iteration: shown.moment.iteration };
}

/**
 * @param {import("../../wire.js").Batch} batch @param {Run} run @returns {Answer[]} one for each example, in the order of the slots
 */
function answersOf({ examples, inputs, scores, probabilities, losses }, run) {
  const cells = valuesOf(inputs, run).cells;
  const outputs = decode((probabilities ?? scores).data);
  const each = decode(losses.data);
  const [size, classes] = [cells.length / examples.length, outputs.length / examples.length];
  return examples.map(({ label }, slot) => {
    const own = outputs.subarray(slot * classes, (slot + 1) * classes);
    const largest = Math.max(...own);
    const input = cells.subarray(slot * size, (slot + 1) * size);
    return { input, label, best: own.indexOf(largest), size: largest, loss: each[slot] };
  });
}

/**
 * @param {Batch} batch @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Batch}
 */
export function reduce(batch, action, { run }) {
  switch (action.type) {
    case "open":
      return { ...batch, answers: null };
    case "list batch":
      return { ...batch, isListed: action.isListed };
    case "batch":
      return { ...batch, answers: action.batch && run ? answersOf(action.batch, run) : null };
    default:
      return batch;
  }
}
