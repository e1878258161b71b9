/**
 * The words of the time dial and of the sentence about a step, by key, in English. Another language is a file like
 * this one. A sentence is made of parts (`said`), in which names and numbers are bold.
 */

import { chance, grouped, plural, rounded, short, times, withArticle } from "../graphics/format.js";
import { bold, said } from "./said.js";

/** @typedef {import("./said.js").Said} Said */
/** @typedef {import("../core/timeline.js").Unit} Unit */
/** @typedef {import("../wire.js").Segment["phase"]} Phase */

const SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
/** A time in round words: "about 40 s". @param {number} seconds */
function about(seconds) {
  if (seconds > 90) return `about ${grouped(Math.round(seconds / 60))} min`;
  return `about ${grouped(seconds < 10 ? Math.ceil(seconds) : 5 * Math.ceil(seconds / 5))} s`;
}

/** A number as a word where that is short. @param {number} count */
const counted = (count) => SMALL[count] ?? grouped(count);
/** @param {number} value */
const b = (value) => bold(rounded(value));

/** Cells of a tensor. @typedef {{ readonly name: string, readonly count: number }} Counted */

/** @param {readonly Counted[]} list @returns {string} "9 cells of input.out, 9 cells of conv1.w and 1 cell of conv1.b" */
function listed(list) {
  const parts = list.map(({ name, count }) => `${plural(count, "cell")} of ${name}`);
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

/** The places of a 2×2 window, in reading order. */
const CORNERS = ["top left", "top right", "bottom left", "bottom right"];

/**
 * A cell of a window by its place.
 * @param {{ row: number, column: number, rows: number, columns: number }} place
 */
function placeIn({ row, column, rows, columns }) {
  if (rows === 2 && columns === 2) return `${CORNERS[2 * row + column]} cell`;
  if (rows === 1) return `cell ${column + 1} of ${columns}`;
  return `cell in row ${row + 1}, column ${column + 1}`;
}

/** The sentences about one cell that was just computed, by the kind of layer. Values are numbers, indices begin at 0. */
const FORWARD_CELL = {
  /**
   * @param {{ layer: string, filter: number, window: string, maps: number, all: number, of: string, products: number,
   *   hasBias: boolean, value: number }} _ maps: those that the filter reads, of all
   */
  conv: ({ layer, filter, window, maps, all, of, products, hasBias, value }) => {
    const those = maps < all ? `${counted(maps)} of the ${grouped(all)}` : `each of the ${grouped(all)}`;
    const what = `one ${window} patch of ${all > 1 ? `${those} maps before it` : of}`;
    const sum = `${counted(products)} products${hasBias ? " and a bias" : ""}`;
    return said`Filter ${filter + 1} of ${bold(layer)} looks at ${what}: ${sum} add up to ${b(value)}.`;
  },
  /** @param {{ window: string, place: Parameters<typeof placeIn>[0], value: number }} _ */
  largest: ({ window, place, value }) =>
    said`The ${placeIn(place)} of this ${window} window is the largest: ${b(value)} goes on.`,
  /** @param {{ window: string, count: number, value: number }} _ */
  equal: ({ window, count, value }) =>
    said`All ${counted(count)} cells of this ${window} window are equal: ${b(value)} goes on.`,
  /** @param {{ window: string | null, value: number }} _ window: null for a whole map */
  mean: ({ window, value }) =>
    said`The mean of this ${window === null ? "map" : `${window} window`} is ${b(value)}.`,
  /** @param {{ before: number, value: number }} _ */
  relu: ({ before, value }) =>
    before > 0
      ? said`${b(before)} is above 0, so the gate is open: it stays ${b(value)}.`
      : said`${b(before)} is ${before < 0 ? "below" : "not above"} 0, so the gate is closed: ${b(value)}.`,
  /** @param {{ before: number, value: number }} _ */
  leaky: ({ before, value }) =>
    before > 0
      ? said`${b(before)} is above 0: it stays ${b(value)}.`
      : said`${b(before)} is not above 0, so only a small part of it stays: ${b(value)}.`,
  /** @param {{ layer: string, before: number, value: number }} _ */
  curve: ({ layer, before, value }) => said`${bold(layer)} turns ${b(before)} into ${b(value)}.`,
  /** @param {{ before: number, value: number }} _ */
  dropout: ({ before, value }) =>
    value === 0 && before !== 0
      ? said`This step drops ${b(before)}: ${bold("0")}.`
      : said`This step keeps ${b(before)} and makes up for those it drops: ${b(value)}.`,
  /** @param {{ terms: readonly number[], value: number }} _ */
  add: ({ terms, value }) => said`${terms.map(rounded).join(" + ")} = ${b(value)}.`,
  /** @param {{ cell: number, count: number, value: number }} _ */
  flatten: ({ cell, count, value }) =>
    said`The same number, now in place ${cell + 1} of ${grouped(count)} in one row: ${b(value)}.`,
  /** @param {{ unit: string, products: number, hasBias: boolean, value: number }} _ */
  dense: ({ unit, products, hasBias, value }) =>
    said`${unit}: ${counted(products)} products${hasBias ? " and a bias" : ""} add up to ${b(value)}.`,
};

/** The sentences about a layer whose last cell was computed. */
const FORWARD_DONE = {
  /** @param {{ layer: string, filters: number, window: string, shape: readonly number[] }} _ */
  conv: ({ layer, filters, window, shape }) =>
    said`The ${plural(filters, "filter")} of ${bold(layer)} ${filters === 1 ? "has" : "have"} looked at every ${window} patch, and made ${filters === 1 ? "a map" : "a map each"} of ${bold(times(shape))}.`,
  /** @param {{ layer: string, closed: number, count: number }} _ */
  relu: ({ layer, closed, count }) =>
    said`${bold(layer)} is done: ${bold(grouped(closed))} of ${grouped(count)} numbers were not above 0, so that 0 goes on in their place.`,
  /** @param {{ layer: string, best: string, score: number }} _ */
  scores: ({ layer, best, score }) =>
    said`${bold(layer)} is done. The largest score, ${b(score)}, is that of ${bold(best)}.`,
  /** @param {{ layer: string, works: string }} _ */
  other: ({ layer, works }) => said`${bold(layer)} is done. ${works}`,
};

const LOSS = {
  /** @param {{ name: string, value: number }} _ */
  probability: ({ name, value }) =>
    said`The scores become chances that add up to 1: ${bold(name)} gets ${bold(chance(value))}.`,
  /** @param {{ says: string, name: string, p: number, loss: number, classes: number, isUntrained: boolean }} _ the likeliest and the true class */
  crossEntropy: ({ says, name, p, loss, classes, isUntrained }) => {
    const why = isUntrained
      ? `, about as much as to each of the ${counted(classes)} classes, because its weights are random`
      : "";
    const gives = says === name ? "gives it" : `gives the ${name}`;
    return said`The network says ${bold(says)}, and ${gives} a chance of ${bold(chance(p))}${why}. The loss is −log of that: ${b(loss)}.`;
  },
  /** @param {{ loss: number }} _ */
  other: ({ loss }) => said`The loss tells how wrong the network is. That of this example is ${b(loss)}.`,
};

const BACKWARD_CELL = {
  /** @param {{ name: string, value: number, examples: number }} _ */
  score: ({ name, value, examples }) =>
    said`The blame of the score of ${bold(name)} is its chance minus what it should be${examples > 1 ? `, divided by the ${counted(examples)} examples of the batch` : ""}: ${b(value)}.`,
  /** @param {{ filter: number, layer: string, value: number }} _ */
  conv: ({ filter, layer, value }) =>
    said`The blame of this output is ${b(value)}. Times the numbers under its window, it is added to the gradient of filter ${filter + 1} of ${bold(layer)}.`,
  /** @param {{ place: Parameters<typeof placeIn>[0] | null, value: number }} _ */
  largest: ({ place, value }) =>
    place
      ? said`The ${placeIn(place)} won this window, so that the gradient goes there: ${b(value)}.`
      : said`Only the winner of a window is to blame: the gradient ${b(value)} goes there.`,
  /** @param {{ before: number, value: number }} _ */
  relu: ({ before, value }) =>
    before > 0
      ? said`The gate was open (${rounded(before)} is above 0), so that the gradient goes through: ${b(value)}.`
      : said`The gate was closed (${rounded(before)} is not above 0), so that the gradient ${b(value)} stops here: ${bold("0")}.`,
  /** @param {{ unit: string, inputs: number, value: number }} _ */
  dense: ({ unit, inputs, value }) =>
    said`${unit} has the blame ${b(value)}: times its ${counted(inputs)} inputs, that is the gradient of its weights.`,
};

const BACKWARD_DONE = {
  loss: () => said`The blame of each score is its chance minus what it should be. From here it goes back.`,
  conv: () =>
    said`Each window asks: had this weight been larger, would the loss have grown? The answers add up to ${bold("dL/dw")}.`,
  largest: () =>
    said`Only the winner of each window is to blame: it gets the whole gradient, the others none.`,
  relu: () =>
    said`The gradient goes back through the gates that were open, and stops at those that were closed.`,
  dense: () =>
    said`Each weight asks: had I been larger, would the loss have grown? Its input times the blame of its score is ${bold("dL/dw")}.`,
  /** @param {{ layer: string, works: string }} _ */
  other: ({ layer, works }) => said`${bold(layer)}: ${works}`,
};

const UPDATE = {
  /** @param {{ name: string, value: number, rate: number | null }} _ rate: null where more than the gradient counts */
  cell: ({ name, value, rate }) =>
    rate === null
      ? said`This cell of ${bold(name)} changes by ${b(value)}.`
      : said`This cell of ${bold(name)} changes by ${b(value)}, against its gradient (${short(rate)} × gradient).`,
  /** @param {{ layer: string, told: string }} _ told: what the optimizer says */
  layer: ({ layer, told }) => said`${bold(layer)}: ${told}.`,
  /** @param {{ step: number, told: string, isLast: boolean }} _ */
  done: ({ step, told, isLast }) =>
    said`Step ${bold(grouped(step))} done: ${told}.${isLast ? " That was the last step of this run." : ""}`,
};

export const WORDS = {
  units: /** @type {Record<Unit, string>} */ ({
    cell: "cell",
    layer: "layer",
    phase: "phase",
    iteration: "step",
    epoch: "epoch",
  }),
  back: "‹ Step back",
  depths: { explore: "Explore", everything: "Everything" },
  colours: {
    held: "On: the same at all steps, in all layers",
    own: "Off: each layer and step has its own",
  },
  next: "Next ›",
  start: (/** @type {string} */ title) => `Start: ${title[0].toLowerCase()}${title.slice(1)}`,
  play: "Play",
  pause: "Pause",
  waits: "Waiting",
  waitsFor: "The page continues to play when the server answers. Click to stop.",
  one: "one",
  unitOf: "How far one press goes",
  slower: "Slower",
  faster: "Faster",
  /** @param {number | null} speed */
  speed: (speed) => (speed === null ? "as fast as it goes" : `${short(speed)} a second`),

  step: "step",
  goToStep: "Step",
  /** @param {number} last */
  ofSteps: (last) => `of ${grouped(last)}`,
  /** @param {number} epoch @param {number} epochs */
  epochs: (epoch, epochs) => `epoch ${grouped(epoch)} of ${grouped(epochs)}`,
  /** What the share of right answers is of. @param {string} noun @param {boolean} isUnseen */
  rightOn: (noun, isUnseen) => `right on ${noun} it ${isUnseen ? "has not seen" : "learns from"}`,
  nouns: { digits: "digits", pictures: "pictures", signals: "signals", examples: "examples" },
  /** @param {number} count @param {number} steps */
  measured: (count, steps) => `Measured on ${plural(count, "example")}, after ${plural(steps, "step")}`,
  /** @param {number} step @param {number} last */
  noStep: (step, last) => `There is no step ${grouped(step)}: this run goes from 0 to ${grouped(last)}.`,
  /** @param {number} seconds */
  timeLeft: (seconds) => `${about(seconds)} left`,
  /** @param {number} seconds to the end of the run */
  toTheEnd: (seconds) => `${about(seconds)} to the end of the run`,
  /** @param {number} seconds to the end of the run, which training to a goal may not need */
  atMost: (seconds) => `At most ${about(seconds)}`,

  pinned: "Pinned",
  pin: "Pin",
  pinTitle: "Keep this example while the page plays",
  unpin: "Unpin",
  unpinTitle: "Unpin: back to the batch, whose example changes with each step",

  thisStep: "This step",
  phases: /** @type {Record<Phase, { name: string, words: string }>} */ ({
    forward: { name: "Forward", words: "it guesses" },
    loss: { name: "Loss", words: "" },
    backward: { name: "Backward", words: "who is to blame" },
    update: { name: "Update", words: "a small step" },
  }),
  position: "Position in this step",
  /** @param {Phase} phase @param {string} layer @param {number} cell @param {number} cells */
  positionText: (phase, layer, cell, cells) => `${phase}, ${layer}, ${grouped(cell)} of ${grouped(cells)}`,
  /** @param {Phase} phase */
  toPhase: (phase) => `to the end of the ${phase} phase`,
  /** @param {string} layer @param {Phase} phase */
  toLayer: (layer, phase) => `To the end of ${layer} in the ${phase} phase`,

  loss: "loss",
  /** @param {string} split */
  accuracyOn: (split) => `${split} accuracy`,
  alongTheCurve: "Step, along the loss curve",
  youAreHere: "you are here",
  noCurve: "The loss of each step appears here.",
  /** @param {number} part 0 or 1 */
  share: (part) => `${100 * part} %`,
  /** The age of a measurement, where it is older than what is shown. @param {number | null} steps @returns {string} */
  measuredAfter: (steps) => (steps === null ? "" : `, measured after ${plural(steps, "step")}`),
  /** @param {{ step: number, epoch: number | null, loss: string | null, accuracy: string | null, measured: number | null, isLowest: boolean }} _ */
  readout: ({ step, epoch, loss, accuracy, measured, isLowest }) =>
    [
      `step ${grouped(step)}`,
      epoch === null ? "" : `epoch ${grouped(epoch)}`,
      loss === null ? "" : `loss ${loss}`,
      accuracy === null ? "" : `accuracy ${accuracy}${WORDS.measuredAfter(measured)}`,
      isLowest ? "★ lowest loss" : "",
    ]
      .filter(Boolean)
      .join(" · "),
  marks: {
    all: "Marks on the curve",
    /** @param {string} rate */
    rate: (rate) => `rate ${rate}`,
    /** @param {number} example */
    example: (example) => `example ${example} put in`,
    picture: "your picture put in",
    /** @param {string} accuracy */
    best: (accuracy) => `best: ${accuracy}`,
    lowest: "★ lowest loss",
    /** @param {string} words @param {number} step */
    goTo: (words, step) => `${words}: go to step ${grouped(step)}`,
  },

  sentence: {
    loading: () => said`Loading …`,
    /** @param {number} step @param {number} computed @param {string} left */
    computing: (step, computed, left) =>
      said`Computing the run up to step ${bold(grouped(step))}: ${grouped(computed)} so far${left ? `, ${left}` : ""} …`,
    /** @param {{ step: number, example: string, name: string | null, isBeside: boolean }} _ */
    begins: ({ step, example, name, isBeside }) =>
      said`Step ${bold(grouped(step))} begins: the network is shown ${example}${name === null ? "" : `, ${withArticle(name)}`}${isBeside ? ", which is not in its batch" : ""}.`,
    /** @param {string} layer @param {number} unit from 0 */
    unit: (layer, unit) => `Unit ${unit + 1} of ${layer}`,
    /** @param {string} name of a class */
    scoreOf: (name) => `Score of ${name}`,
    /** @param {string} name of a class */
    the: (name) => `the ${name}`,
    picture: "the picture",
    mapBefore: "the map before it",
    /** @param {{ name: string, index: readonly number[], value: number, reads: readonly Counted[], examples: number }} _ */
    made: ({ name, index, value, reads, examples }) =>
      said`${bold(name)}[${index.join(", ")}] is ${b(value)}${reads.length ? `, made from ${listed(reads)}` : ""}${examples > 1 ? ` in each of the ${examples} examples` : ""}.`,
    /** @param {{ name: string, index: readonly number[], value: number, writes: readonly Counted[] }} _ */
    passedBack: ({ name, index, value, writes }) =>
      said`${bold(name)}[${index.join(", ")}], which is ${b(value)}, is passed back over ${listed(writes)}.`,
    forwardCell: FORWARD_CELL,
    forwardDone: FORWARD_DONE,
    loss: LOSS,
    backwardCell: BACKWARD_CELL,
    backwardDone: BACKWARD_DONE,
    update: UPDATE,
  },
};
