/**
 * The state of Draw: the picture, the input that it becomes, and the network's answer to it. It follows the
 * open run. All pure.
 */

import { iterationsDone } from "../../core/timeline.js";
import { decode, shapeOfArray } from "../../core/typed_arrays.js";
import { indexOf } from "../../graphics/format.js";
import { EMPTY } from "./strokes.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../../core/transport.js").Corrections} Corrections */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").DigitReading} DigitReading */
/** @typedef {import("../../wire.js").Prediction} Prediction */
/** @typedef {import("../../wire.js").Saliency} Saliency */
/** @typedef {import("../../wire.js").SaliencyMethod} SaliencyMethod */
/** @typedef {import("../../wire.js").Comparison} Comparison */
/** @typedef {import("../../wire.js").Nearest} Nearest */
/** @typedef {import("./collection_store.js").Collection} Collection */
/** @typedef {{ readonly cells: Numbers, readonly shape: readonly number[] }} Input numbers in [0, 1], (C, H, W) */
/** @typedef {{ readonly layer: string, readonly cell: number }} Unit a cell of a layer's output */

/**
 * @typedef {object} Draw
 * @property {import("./strokes.js").Drawing} drawing on the pad
 * @property {boolean} isPenDown true while a stroke is drawn
 * @property {Blob | null} upload a picture that takes the drawing's place
 * @property {Corrections} corrections of how the picture becomes the input
 * @property {DigitReading | null} reading how the picture became the input
 * @property {boolean} isPhoto true where the reading is of an upload
 * @property {Input | null} input of the network
 * @property {Numbers | null} covered the input with a patch on it, while a person covers a part
 * @property {{ readonly prediction: Prediction, readonly run: Run, readonly iteration: number } | null} answer
 * @property {number} pending questions about the picture that are on their way
 * @property {readonly SaliencyMethod[]} methods
 * @property {SaliencyMethod["method"] | null} method of the saliency map, null for none
 * @property {Unit | null} unit whose saliency is mapped, null for the network's answer
 * @property {string | null} convolution whose maps the method uses, null for the method's own choice
 * @property {number} strength of the saliency map over the input, in percent
 * @property {Saliency | null} saliency
 * @property {string | null} failure why there is no saliency map
 * @property {Nearest | null} nearest
 * @property {number | null} label that a person chose, null for the answer
 * @property {Comparison | null} effect of training on the picture
 * @property {boolean} isTraining true while the network is trained on the picture
 * @property {boolean} isStarting true while a network for drawn digits is opened
 * @property {Collection} collection
 */

/** @typedef {{ type: "draw", draw: Partial<Draw> }} Action */

/** @type {Corrections} */
export const UNCORRECTED = { crop: null, inverted: false, thicker: 0, keep_lines: false, chosen: null };

/** What belongs to one picture. */
export const NO_PICTURE = {
  reading: null,
  isPhoto: false,
  input: null,
  covered: null,
  answer: null,
  saliency: null,
  failure: null,
  nearest: null,
  effect: null,
};

/** @type {Draw} */
export const INITIAL = {
  ...NO_PICTURE,
  drawing: EMPTY,
  isPenDown: false,
  upload: null,
  corrections: UNCORRECTED,
  pending: 0,
  methods: [],
  method: null,
  unit: null,
  convolution: null,
  strength: 75,
  label: null,
  isTraining: false,
  isStarting: false,
  collection: [],
};

/**
 * @param {Draw} draw @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Draw}
 */
export function reduce(draw, action, state) {
  switch (action.type) {
    case "open": {
      const { run } = state;
      const isSameData = run?.recipe.dataset === action.run.recipe.dataset;
      const hasSameClasses = run?.classes.join("\n") === action.run.classes.join("\n");
      return {
        ...draw,
        unit: isSameData ? draw.unit : null,
        label: hasSameClasses ? draw.label : null,
      };
    }
    case "dialog":
      return "open" in action && action.open === "draw" ? { ...draw, unit: null } : draw;
    case "draw":
      return { ...draw, ...action.draw };
    default:
      return draw;
  }
}

/** The changes when another picture replaces the last one. A chosen label belongs to the last picture. */
export const ANOTHER = { label: null };

/** @param {DigitReading} reading @returns {Input} */
export const inputOf = ({ input }) => ({ cells: decode(input), shape: shapeOfArray(input) });

/** The changes for another input of the network. @param {Input} input @returns {Partial<Draw>} */
export const withInput = (input) => ({ input, covered: null, effect: null });

/**
 * The network that answers: the run before an iteration, which is the next one where the iteration shown is complete.
 * @param {State} state @returns {{ run: Run, iteration: number } | null}
 */
export function networkOf({ run, shown, moment }) {
  if (!run) return null;
  return { run, iteration: iterationsDone(run, shown?.iteration.run === run.id ? shown.moment : moment) };
}

/** The outputs of all layers. @param {Run} run @returns {{ name: string, layer: string, signed: boolean }[]} */
export const outputsOf = (run) =>
  run.layers.flatMap(({ name: layer, tensors }) =>
    tensors
      .filter(({ tensor, lane }) => tensor === "out" && lane === "forward" && layer !== "input")
      .map(({ name, signed }) => ({ name, layer, signed })),
  );

/** The scores of the classes, as units. @param {Pick<Run, "classes" | "layers">} run @returns {Unit[]} */
export function scoresOf({ classes, layers }) {
  const last = layers[layers.length - 2];
  return classes.map((_, cell) => ({ layer: last?.name ?? "", cell }));
}

/** @param {Unit} a @param {Unit} b */
export const isSameUnit = (a, b) => a.layer === b.layer && a.cell === b.cell;

/** @param {Run} run @param {Unit} unit @returns {boolean} whether the run's network has the unit */
const hasUnit = (run, { layer, cell }) => {
  const info = run.layers.find(({ name }) => name === layer);
  return info !== undefined && cell < info.shape.reduce((size, side) => size * side, 1);
};

/** The unit whose saliency is mapped. @param {Draw} draw @param {Run} run @returns {Unit | null} */
export const unitIn = ({ unit, answer }, run) =>
  unit && hasUnit(run, unit) ? unit : (scoresOf(run)[answer?.prediction.winner ?? 0] ?? null);

/** @param {Run} run @param {Unit} unit @returns {string} such as "score of 3" or conv1.out[0,2,3] */
export function unitTitle(run, unit) {
  const score = scoresOf(run).findIndex((each) => isSameUnit(each, unit));
  if (score >= 0) return `score of ${run.classes[score]}`;
  const shape = run.layers.find(({ name }) => name === unit.layer)?.shape ?? [];
  return `${unit.layer}.out[${indexOf(unit.cell, shape).join(", ")}]`;
}

/** The label of the picture: the one that a person chose, or else the answer. @param {Draw} draw */
export const labelIn = ({ label, answer }) => label ?? answer?.prediction.winner ?? 0;

/** The collected digits of the data set that the drawing belongs to. @param {State} state @returns {Collection} */
export const digitsHere = ({ draw, run }) =>
  draw.collection.filter(({ dataset }) => dataset === datasetIn(draw, run));

/** The data set that the drawing belongs to. A run on collected digits uses a set derived from it. @param {Draw} draw @param {Run | null} run */
const datasetIn = ({ reading }, run) => reading?.dataset ?? run?.recipe.dataset ?? "";
