/**
 * Fetches what a layer with parameters shows in focus: the step that makes its current cell, the window view, the shares of
 * the examples in its gradient, and its update. Only the answers to the newest question are shown, all of them together.
 */

import { focusedLayer, phaseOf } from "../focus.js";
import { latest } from "../latest.js";
import { choiceOf, isLive } from "../state.js";
import { decoded, hasWindowView, infoOf, isComputed, mapAt, tensorAt } from "../shown_tensors.js";
import { cellOf, cellsOfMatrix } from "../subject.js";
import { decode, shapeOfArray } from "../typed_arrays.js";
import { computed, stepAt } from "../timeline.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Operation} Operation */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Segment} Segment */

/**
 * The stretch of an iteration that the focus shows: what its layer computes in the phase shown.
 * @param {Run} run @param {string} layer @param {Segment["phase"]} phase @returns {Segment | undefined}
 */
const segmentOf = (run, layer, phase) =>
  run.segments.find((segment) => segment.layer === layer && segment.phase === phase);

/**
 * The filter, or the row of a matrix, whose gradient the focus takes apart by examples; null before the gradient is complete.
 * @param {State} state @param {Run} run @param {Segment} segment @param {number} cell
 */
function filterOf(state, run, { phase, layer, name }, cell) {
  const gradient = infoOf(run, `${layer}.dw`);
  const made = infoOf(run, name);
  if (phase !== "backward" || !gradient || tensorAt(state, gradient.name).done !== "all") return null;
  const matrix = run.layers.find((each) => each.name === layer && each.form === "matrix");
  if (matrix) return cellsOfMatrix(state, matrix).row;
  return gradient.shape.length === 4 && made?.shape.length === 3 ? mapAt(made, cell) : null;
}

/** The shares of a filter's gradient, an array for each example. @param {import("../../wire.js").GradientShares} shares @returns {import("../state.js").Shares} */
function sharesFrom({ map, shares, looked_at, words }) {
  const cells = decode(shares.data);
  const [count] = shapeOfArray(shares.data);
  const size = cells.length / count;
  return {
    map: map ?? 0,
    examples: Array.from({ length: count }, (_, i) => cells.subarray(i * size, (i + 1) * size)),
    lookedAt: looked_at && decode(looked_at.data),
    words,
  };
}

/** The parameter whose update the focus shows; null before all its changes are computed. @param {State} state @param {Run} run @param {Segment} segment */
function parameterOf(state, run, { phase, layer }) {
  const own = run.layers
    .find(({ name }) => name === layer)
    ?.tensors.find(({ parameter }) => parameter !== null);
  if (phase !== "update" || !own) return null;
  return tensorAt(state, `${layer}.delta_${own.parameter}`).done === "all"
    ? `${layer}.${own.parameter}`
    : null;
}

/** What the windows of a convolution depend on; null for other layers, and while parameters change. @param {State} state @param {Run} run @param {Segment} segment @param {number} cell */
function windowsQuestion(state, run, segment, cell) {
  const layer = run.layers.find(({ name }) => name === segment.layer);
  if (!state.shown || layer?.form !== "windows" || segment.phase === "update") return null;
  const { position } = state.shown.moment;
  const isDone = isComputed(state, segment.name, cell) && !segment.accumulates;
  const isPartial = isDone && typeof computed(run, position, segment.name) === "number";
  return {
    cell,
    hasView: isDone && hasWindowView(run, segment.name),
    done: isPartial ? stepAt(run, position).cell + 1 : null,
    how: state.focus.rows,
  };
}

/** What an operation depends on; null where there is nothing to ask. @param {State} state */
function questionOf(state) {
  const { run, shown, depth } = state;
  const layer = focusedLayer(state);
  if (!run || !shown || !layer?.parameters || depth !== "explore" || isLive(state) || shown.isLive)
    return null;
  const segment = segmentOf(run, layer.name, phaseOf(state));
  if (!segment) return null;
  const cell = Math.min(cellOf(state, segment.name), segment.cells - 1);
  return {
    run: run.id,
    iteration: shown.moment.iteration,
    choice: choiceOf(shown),
    layer: layer.name,
    segment,
    windows: windowsQuestion(state, run, segment, cell),
    filter: filterOf(state, run, segment, cell),
    parameter: parameterOf(state, run, segment),
  };
}

/** The cells that the step of a cell reads and writes, if the page has them: those of the step shown. @param {State} state @param {Segment} segment @param {number} cell */
function windowAt({ run, shown }, segment, cell) {
  if (!run || !shown?.window) return null;
  const now = stepAt(run, shown.moment.position);
  return now.segment === segment && now.cell === cell ? shown.window : null;
}

/** @param {import("../effects.js").Base} base */
export function createFocus({ store, transport, withRun, reportOrWait }) {
  const { get, dispatch } = store;
  let asked = "null";

  const ask = latest(async (/** @type {void} */ _) => {
    const question = questionOf(get());
    const key = JSON.stringify(question);
    if (!question || key !== asked) return;
    const { run, iteration, choice, layer, segment, windows, filter, parameter } = question;
    const [window, view, shares, update, effect] = await withRun(() =>
      Promise.all([
        windows &&
          (windowAt(get(), segment, windows.cell) ??
            transport.getWindow(run, iteration, choice, segment, windows.cell)),
        windows?.hasView
          ? transport.getWindowView(
              run,
              iteration,
              choice,
              segment.name,
              windows.cell,
              { way: "stamps", ...windows.how },
              windows.done,
            )
          : null,
        filter === null ? null : transport.getShares(run, iteration, choice, `${layer}.w`, filter),
        parameter === null ? null : transport.getUpdate(run, iteration, parameter),
        parameter === null ? null : transport.getStepEffect(run, iteration, choice),
      ]),
    );
    if (key !== asked) return;
    dispatch({
      type: "operation",
      operation: {
        layer,
        phase: segment.phase,
        window,
        view,
        shares: shares && sharesFrom(shares),
        update: update && effect && { after: [...decoded([update.after]).values()][0], words: effect.words },
        isFresh: true,
      },
    });
  });

  store.subscribe((state) => {
    const question = questionOf(state);
    const key = JSON.stringify(question);
    if (key === asked) return;
    asked = key;
    const { operation } = state;
    // The last operation stays, marked as old, until the next one arrives: so the gliding window does not flicker.
    const isSame =
      operation !== null && question?.layer === operation.layer && question.segment.phase === operation.phase;
    if (operation)
      dispatch({ type: "operation", operation: isSame ? { ...operation, isFresh: false } : null });
    if (question)
      ask().catch((error) => {
        asked = "null";
        reportOrWait(error);
      });
  });

  return {
    /** Brings a layer into focus. The moment stays. @param {string} layer */
    focus: (layer) => dispatch({ type: "focus", layer }),

    /** Shows the step of the layer in focus, or its weights over time. @param {State["focusSide"]} side */
    turnFocus: (side) => dispatch({ type: "focus side", side }),

    /** Chooses the current cell of a tensor in the focus. The dock stays as it is. @param {string} name @param {number} cell */
    choose: (name, cell) => dispatch({ type: "choose", name, cell }),

    /** Sets the order and the page of the channels. @param {Partial<State["focus"]["rows"]>} rows */
    setRows: (rows) => dispatch({ type: "rows", rows }),
  };
}
