/**
 * Fetches what the focus says beside the numbers of its maps, whenever the state asks for something else: the explanation of its
 * current cell, the graph of a function, the histogram of a channel, the course of its weights. Nothing is asked while frames come.
 */

import { courseQuestion, STEPS } from "../course.js";
import { focusedLayer } from "../focus.js";
import { Refusal } from "../refusals.js";
import { channelOf, subjectOf } from "../subject.js";
import { choiceOf, isLive } from "../state.js";
import { isComputed } from "../shown_tensors.js";
import { computed, stepAt } from "../timeline.js";
import { decode } from "../typed_arrays.js";
import { keepAnswered } from "./keeping.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("../effects.js").Transport} Transport */
/** @typedef {import("../state.js").Choice} Choice */
/** @typedef {Pick<State, "focusExplanation" | "focusGraph" | "focusHistogram" | "filmstrip">} Facts */
/** @typedef {{ readonly run: string, readonly iteration: number, readonly choice: Choice }} Where */

/** The terms that a form has room for, the largest first. @param {import("../../wire.js").LayerInfo} layer */
function pageOf({ form, parameters }) {
  const count = form === "windows" && parameters === 0 ? 9 : form === "matrix" ? 8 : 3;
  return /** @type {const} */ ({ offset: 0, sort: "size", count });
}

/** @param {State} state @returns {Where | null} where in the run a question is asked; null where nothing rests */
function whereOf(state) {
  const { run, shown, depth } = state;
  if (!run || !shown || depth !== "explore" || isLive(state) || shown.iteration.run !== run.id) return null;
  return { run: run.id, iteration: shown.moment.iteration, choice: choiceOf(shown) };
}

/** @param {State} state */
function explanationQuestion(state) {
  const { run, shown } = state;
  const [where, layer, subject] = [whereOf(state), focusedLayer(state), subjectOf(state)];
  if (!run || !shown || !where || !layer || !subject || !isComputed(state, subject.name, subject.cell))
    return null;
  const { position } = shown.moment;
  const { segment, cell } = stepAt(run, position);
  // An incomplete sum is explained as far as it is computed.
  const isPartial = computed(run, position, subject.name) === "partial";
  const done = isPartial ? { done: cell + 1, at: segment.layer } : null;
  return { ...where, ...subject, page: pageOf(layer), done };
}

/** @param {State} state */
function graphQuestion(state) {
  const [where, layer] = [whereOf(state), focusedLayer(state)];
  if (!where || !layer || !["curve", "distribution"].includes(layer.form)) return null;
  if (layer.form === "curve") return { ...where, layer: layer.name, cell: 0 };
  return layer.name === "loss" ? { ...where, layer: "loss", cell: channelOf(state) } : null;
}

/** @param {State} state */
function histogramQuestion(state) {
  const [where, layer] = [whereOf(state), focusedLayer(state)];
  return where && layer?.form === "normalise"
    ? { ...where, layer: layer.name, channel: channelOf(state) }
    : null;
}

/**
 * Follows the state with what the focus says.
 * @param {Store} store @param {Transport} transport
 * @param {Pick<import("./connection.js").Connection, "withRun" | "reportOrWait">} connection
 */
export function followWithFacts(store, transport, { withRun, reportOrWait }) {
  /** @param {unknown} error */
  const fail = (error) => {
    // A function without a graph is shown without one.
    if (!(error instanceof Refusal) || error.code !== "invalid") reportOrWait(error);
  };
  /** @param {Partial<Facts>} nothing what stands before the answer @returns {(facts: Partial<Facts> | null) => void} */
  const take = (nothing) => (facts) => store.dispatch({ type: "focus facts", facts: facts ?? nothing });
  const facts = [
    keepAnswered(
      store.get,
      explanationQuestion,
      async ({ run, iteration, choice, name, cell, page, done }) => ({
        focusExplanation: await withRun(() =>
          transport.getExplanation(run, iteration, choice, name, cell, page, done),
        ),
      }),
      take({ focusExplanation: null }),
      fail,
    ),
    keepAnswered(
      store.get,
      graphQuestion,
      async ({ run, iteration, choice, layer, cell }) => ({
        focusGraph: await withRun(() => transport.getGraph(run, iteration, choice, layer, cell)),
      }),
      take({ focusGraph: null }),
      fail,
    ),
    keepAnswered(
      store.get,
      histogramQuestion,
      async ({ run, iteration, layer, channel }) => ({
        focusHistogram: await withRun(() => transport.getHistogram(run, iteration, layer, channel)),
      }),
      take({ focusHistogram: null }),
      fail,
    ),
    keepAnswered(
      store.get,
      courseQuestion,
      async ({ run, iteration, name, map }) => {
        const { iterations, frames } = await withRun(() =>
          transport.getFilmstrip(run, iteration, name, map, STEPS),
        );
        const limit = Math.max(Math.abs(frames.minimum ?? 0), Math.abs(frames.maximum ?? 0));
        return { filmstrip: { iterations, frames: decode(frames.data), limit } };
      },
      take({ filmstrip: null }),
      fail,
    ),
  ];
  /** What questions depend on. @type {readonly (keyof State)[]} */
  const keys = [
    "connection",
    "shown",
    "large",
    "focus",
    "hover",
    "depth",
    "play",
    "run",
    "focusSide",
    "progress",
  ];
  store.subscribe((state, before) => {
    if (keys.some((key) => state[key] !== before[key])) for (const ask of facts) void ask();
  });
}
