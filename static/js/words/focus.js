/** The words of the layer in focus, by key. */

import { grouped, plural } from "../graphics/format.js";

/** @typedef {import("../wire.js").LayerInfo} LayerInfo */

/** @param {string} chance @param {string} name @param {string} loss */
const crossEntropy = (chance, name, loss) =>
  `The network gives the ${name} a chance of ${chance}. The loss is −log of that chance: ${loss}.`;

export const FOCUS = {
  allTerms: "all terms ›",
  compute: "not computed yet: compute it ›",
  more: (/** @type {number} */ count) => `${count} more`,

  map: (/** @type {number} */ at, /** @type {number} */ of) => (of > 1 ? ` (map ${at + 1} of ${of})` : ""),
  channel: (/** @type {number} */ at) => `map ${at + 1}`,
  earlier: "Earlier maps",
  later: "Later maps",

  before: "values before",
  after: "values after",
  arrives: "gradient that arrives",
  leaves: "gradient that leaves",

  sides: { step: "this step", course: "over time" },
  side: "What the focus shows",
  course: {
    /** @param {LayerInfo["form"]} form @param {number} count @param {number} step */
    all: (form, count, step) =>
      `${form === "matrix" ? "all weights, a row for each output" : `all ${plural(count, "filter")}`}, at step ${grouped(step)}`,
    /** @param {LayerInfo["form"]} form @param {number | null} map that is shown, null for all @param {number} count pictures */
    words: (form, map, count) => {
      if (count === 0) return "";
      const which = form === "matrix" ? "the weights of output" : "filter";
      const what = map === null ? "they" : `${which} ${form === "matrix" ? map : map + 1}`;
      return count === 1
        ? "Train some steps to see how they change."
        : `How ${what} looked at ${count} steps so far. A click goes to that step.`;
    },
    strip: (/** @type {string} */ layer, /** @type {number} */ count) =>
      `The weights of ${layer} at ${plural(count, "step")} of the run`,
    at: (/** @type {number} */ step) => `the weights at step ${grouped(step)}`,
    goTo: (/** @type {number} */ step) => `Go to step ${grouped(step)}`,
  },

  curve: {
    graph: (/** @type {string} */ title) => `the curve of ${title}`,
    gate: "gate: 1 lets through, 0 stops",
    slope: "slope at each value",
    forward: "Each number goes up to the curve and over to its new value.",
    backward: "The gradient is multiplied by the slope where the number was.",
  },

  pool: {
    winners: "winners have a ring",
    window: "the window in use",
    pooled: "what goes through",
    largest: (/** @type {string} */ value, /** @type {string} */ list) => `${value} = largest of ${list}`,
    mean: (/** @type {string} */ value, /** @type {string} */ list) => `${value} = mean of ${list}`,
    others: (/** @type {string} */ list, /** @type {number} */ count) => `${list} and ${count} more`,
    forwardMax: "The largest number of each window goes through.",
    /** @param {string} where */
    wins: (where) => `The ${where} cell wins this window, and only its number goes through.`,
    forwardMean: "The mean of each window goes through.",
    /** @param {string} where */
    won: (where) => `The ${where} cell won here, so the gradient goes there.`,
    lost: "This cell won no window: no gradient goes there.",
    shared: (/** @type {number} */ count) => `Each of the ${count} cells of a window gets the same share.`,
    rows: ["top", "middle", "bottom"],
    columns: ["left", "middle", "right"],
    place: (/** @type {number} */ row, /** @type {number} */ column) =>
      `row ${row + 1}, column ${column + 1}`,
  },

  matrix: {
    inputs: "input numbers",
    row: (/** @type {string} */ name) => `weights of output ${name}`,
    products: "products, the largest first",
    all: "all weights: a row for each output",
    outputs: "outputs",
    bias: "bias",
    forward: "Input × weight, added up, with the bias: that is the output.",
    leaves: "gradient that leaves",
    arrives: "gradient that arrives: the blame",
    share: "this example's share",
    gradient: (/** @type {string} */ name) => `gradient of the weights of output ${name}`,
    allGradients: "gradient of all weights (dL/dw)",
    alone: "Input × blame is the gradient of the weight.",
    batch: (/** @type {number} */ count) =>
      `Input × blame = this example's share. The ${count} shares add up to the gradient.`,
  },

  loss: {
    chance: "chance it gives, p",
    output: "output",
    target: "should be",
    blame: (/** @type {number} */ batch) =>
      batch > 1 ? `blame: (p − target) ÷ ${batch}` : "blame: p − target",
    gradient: "blame: the gradient",
    crossEntropy,
    binary: (/** @type {string} */ loss) =>
      `Each output is a chance of its own. Together they are off by a loss of ${loss}.`,
    errors: (/** @type {string} */ loss) => `The errors, squared, make the loss: ${loss}.`,
    other: (/** @type {string} */ loss) => `The loss is ${loss}.`,
    before: "How wrong is the network? Its scores become chances, and the loss follows.",
    direction: "Negative: this score must rise. Positive: it must fall.",
    curve: {
      chance: (/** @type {string} */ name) => `loss, by the chance of ${name}`,
      output: (/** @type {string} */ name) => `loss, by output ${name} alone`,
    },
    scores: "score",
    power: "its power",
    share: "its share of all",
    softmax: "Each score becomes its share of all: the shares add up to 1.",
    softmaxBack: "A share grows at the cost of the others: each gradient depends on all.",
    earlier: "Earlier rows",
    later: "Later rows",
    rows: (/** @type {number} */ first, /** @type {number} */ last, /** @type {number} */ of) =>
      `${first} to ${last} of ${of}`,
  },

  normalise: {
    before: "before, whole batch",
    after: "after",
    mean: (/** @type {string} */ value) => `mean ${value}`,
    spread: (/** @type {string} */ value) => `variance ${value}`,
    gamma: (/** @type {string} */ value) => `γ ${value}`,
    beta: (/** @type {string} */ value) => `β ${value}`,
    forward: "Minus the mean, divided by the standard deviation; then times γ, plus β.",
    backward: "Mean and deviation come from all numbers, so each gradient depends on all.",
  },

  change: {
    mask: "mask: 0 drops a number",
    second: (/** @type {string} */ name) => `what ${name} made`,
    secondBack: (/** @type {string} */ name) => `gradient that leaves to ${name}`,
    sum: "their sum",
    flat: "the same numbers, in one row",
    dropout: "Some numbers are dropped at random, the others grow to make up for them.",
    dropoutBack: "No gradient goes back to a dropped number.",
    add: "Both inputs are added, cell by cell.",
    addBack: "The gradient goes back to both inputs, unchanged.",
    flatten: "Nothing is computed: the maps are laid out in one row.",
    flattenBack: "The gradients go back to the places of their numbers.",
    other: "",
  },
};
