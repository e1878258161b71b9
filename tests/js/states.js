/** States of the page for tests of views: the run of `fixture.js` with all of its tensors, at any position. */

import { INITIAL, reduce } from "../../static/js/core/reducer.js";
import { decoded } from "../../static/js/core/shown_tensors.js";
import { RUN, typed } from "./fixture.js";

/** @typedef {import("../../static/js/core/state.js").State} State */
/** @typedef {import("../../static/js/wire.js").FrameTensor} FrameTensor */
/** @typedef {import("../../static/js/wire.js").Run} Run */
/** @typedef {import("../../static/js/wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../static/js/wire.js").Window} Window */

/** The numbers of all tensors of an iteration. */
export const NUMBERS = {
  "input.out": [0, 0.5, 1, 0, 0.25, 0.75, 1, 0, 0],
  "conv.out": [1, -2, 0, 0.5],
  "conv.w": [0.25, -0.5, 0.75, 1],
  "conv.b": [0.1],
  "dense.out": [2, -1],
  "loss.probabilities": [0.75, 0.25],
  "loss.loss": [1.5],
  "dense.dout": [0.75, -0.75],
  "conv.dout": [0.5, 0, -0.25, 0.125],
  "conv.dw": [-3, 1, 2, 0],
  "conv.db": [0.375],
  "input.dout": [1, 2, 3, -4, 5, -6, 7, 8, 9],
  "conv.delta_w": [0.3, -0.1, -0.2, 0],
  "conv.delta_b": [-0.04],
};

/** @type {[string, TensorInfo["lane"], number[], boolean, TensorInfo["scope"]][]} */
const TENSORS = [
  ["input.out", "forward", [1, 3, 3], false, "example"],
  ["input.dout", "backward", [1, 3, 3], true, "example"],
  ["conv.out", "forward", [1, 2, 2], true, "example"],
  ["conv.w", "parameters", [1, 1, 2, 2], true, "batch"],
  ["conv.b", "parameters", [1], true, "batch"],
  ["conv.dw", "parameters", [1, 1, 2, 2], true, "batch"],
  ["conv.db", "parameters", [1], true, "batch"],
  ["conv.delta_w", "parameters", [1, 1, 2, 2], true, "batch"],
  ["conv.delta_b", "parameters", [1], true, "batch"],
  ["conv.dout", "backward", [1, 2, 2], true, "example"],
  ["dense.out", "forward", [2], true, "example"],
  ["dense.dout", "backward", [2], true, "example"],
  ["loss.probabilities", "forward", [2], false, "example"],
  ["loss.loss", "forward", [1], false, "example"],
];

/** @type {TensorInfo[]} */
const INFOS = TENSORS.map(([name, lane, shape, signed, scope]) => {
  const [layer, tensor] = name.split(".");
  const parameter = lane === "parameters" ? tensor.slice(-1) : null;
  return { name, layer, tensor, title: `${tensor} of ${layer}`, lane, scope, shape, signed, parameter };
});

/** @type {Run} */
export const WHOLE_RUN = {
  ...RUN,
  layers: RUN.layers.map((layer) => ({
    ...layer,
    shape: layer.name === "dense" ? [2] : layer.shape,
    tensors: INFOS.filter((info) => info.layer === layer.name),
  })),
};

/** Positions of the run: the number of micro-steps until the end of a layer or a phase. */
export const AFTER = { input: 1, conv: 5, loss: 10, backward: RUN.positions - 5, update: RUN.positions };

/** @param {{ [name: string]: readonly number[] }} numbers */
export const tensorsOf = (numbers) =>
  decoded(
    Object.entries(numbers).map(([name, cells]) => {
      const finite = cells.filter(Number.isFinite);
      return {
        name,
        data: typed([...cells]),
        computed: null,
        minimum: finite.length ? Math.min(...finite) : null,
        maximum: finite.length ? Math.max(...finite) : null,
        nonfinite: cells.length - finite.length,
      };
    }),
  );

/**
 * The page at a moment of iteration 3, after its numbers have arrived.
 * @param {number} position
 * @param {{ numbers?: { [name: string]: readonly number[] }, run?: Run, window?: Partial<Window>,
 *   changes?: Partial<State>, label?: number }} [how]
 * @returns {State}
 */
export function stateAt(position, { numbers = {}, run = WHOLE_RUN, window, changes = {}, label = 1 } = {}) {
  const moment = { iteration: 3, position };
  /** @type {any} */
  const progress = {
    run: run.id,
    source: "server",
    sequence: 1,
    computed: 5,
    since: 0,
    losses: typed([2.5, 2, 1.5, 1.25, 1]),
    evaluations: [],
    status: "paused",
    diverged: null,
    stopped: null,
  };
  const opened = reduce(
    { ...INITIAL, depth: "everything", defaults: run.recipe },
    { type: "open", run, progress, moment, example: 0, large: null, guide: null },
  );
  const examples = [{ index: 12, label, truth: label }];
  /** @type {any} */
  const iteration = { run: run.id, iteration: 3, examples, loss: 1.25, tensors: [], targets: [], update: "" };
  const shown = {
    moment,
    example: 0,
    look: null,
    iteration,
    tensors: tensorsOf({ ...NUMBERS, ...numbers }),
    window: window ? { reads: [], writes: [], partial: [], ...window } : null,
    partial: new Map(),
    isLive: false,
  };
  return { ...reduce(opened, { type: "show", shown }), ...changes };
}

/**
 * The page while it plays by iterations, drawn from a frame of iteration 4.
 * @param {readonly FrameTensor[]} tensors of the frame @param {Run} [run] @returns {State}
 */
export function playingState(tensors, run = WHOLE_RUN) {
  const rest = stateAt(run.positions, { run });
  const frame = /** @type {any} */ ({ ...rest.shown?.iteration, iteration: 4, example: 0, tensors });
  return reduce({ ...rest, play: { ...rest.play, on: true, unit: "iteration" } }, { type: "frame", frame });
}

/** A tensor of a frame in shades. @param {string} name @param {number[]} shades @returns {FrameTensor} */
export const shaded = (name, shades) => ({
  name,
  data: { shape: [shades.length], bdata: Buffer.from(shades).toString("base64") },
  minimum: -2,
  maximum: 6,
  nonfinite: 0,
});
