/** The words of the dock, which explains the open number, by key. Another language is a file like this one. */

/** @typedef {import("../views/explain/state.js").Tab} Tab */

/** The tabs of the dock. @type {Readonly<Record<Tab, string>>} */
export const TABS = {
  terms: "Terms",
  shares: "By example",
  path: "Path",
  windows: "Windows",
  history: "History",
  nudge: "Nudge",
  code: "Code",
  map: "Map",
};

/** Places in a tensor, counted from 1 as people count. */
export const PLACES = {
  filter: (/** @type {number} */ n) => `filter ${n}`,
  channel: (/** @type {number} */ n) => `channel ${n}`,
  map: (/** @type {number} */ n) => `map ${n}`,
  row: (/** @type {number} */ n) => `row ${n}`,
  column: (/** @type {number} */ n) => `column ${n}`,
  number: (/** @type {number} */ n) => `place ${n}`,
  input: (/** @type {number} */ n) => `input ${n}`,
  output: (/** @type {number} */ n) => `output ${n}`,
};

/** A number of a class, such as the score of 8. @param {string} name */
export const ofClass = (name) => name;

/** One cell of a tensor, by its role. */
export const NOUNS = {
  weight: "weight",
  bias: "bias",
  pixel: "pixel",
  sample: "sample",
  given: "number",
  value: "value",
  score: "score",
  chance: "chance",
  loss: "loss",
  winner: "winner of the window",
  gradient: (/** @type {string} */ noun) => `gradient of the ${noun}`,
  change: (/** @type {string} */ noun) => `change of the ${noun}`,
  renewed: (/** @type {string} */ noun) => `${noun} after the update`,
};

/** @param {string} noun @param {string} places such as "filter 3, row 2, column 1" @param {boolean} isPart true for a part of a filter or a class */
export const nameOf = (noun, places, isPart) => (places ? `${noun} ${isPart ? "of" : "in"} ${places}` : noun);

/** The weight between two numbers. @param {string} noun @param {string} from @param {string} to */
export const connection = (noun, from, to) => `${noun} from ${from} to ${to}`;

/** Whose numbers a tensor has. */
export const SCOPES = {
  network: "the same for every example",
  example: "this example",
  exampleOf: (/** @type {number} */ number, /** @type {number} */ count) =>
    `example ${number} of ${count} in the batch`,
  beside: "this example, which is not in the batch",
  batchWith: "the batch’s, with this example as its first",
  batch: "the whole batch’s, the same for every example",
  mean: (/** @type {number} */ count) =>
    count > 1 ? `the whole batch: mean over ${count} examples` : "the whole batch: one example",
  without: (/** @type {string} */ mean) => `${mean}, without the one shown`,
};

/** The edits of a recipe. */
export const EDITS = {
  go: "Go there",
  remove: "Remove",
  set: (/** @type {string} */ value, /** @type {number} */ iteration) =>
    `Set to ${value} from step ${iteration} on.`,
  undo: "Undo",
  from: (/** @type {number} */ iteration) => `from step ${iteration} on`,
};

/** The course of a weight. */
export const HISTORY = {
  start: "start",
  now: "now",
  gradient: "gradient",
  next: "next",
  at: (/** @type {number} */ iteration, /** @type {string} */ value) => `step ${iteration}: ${value}`,
};

export const DOCK = {
  notComputed: "not computed yet",
  madeBy: (/** @type {string} */ layer, /** @type {string} */ phase) => `It is made by ${layer}, ${phase} ›`,
  earlier: (/** @type {number} */ iteration) => `How step ${iteration} made it ›`,
  allTerms: (/** @type {string} */ terms) => `all ${terms} ›`,
  example: (/** @type {number} */ number) => `example ${number}`,
  thisExample: "this example",
  back: (/** @type {string} */ name) => `‹ ${name}`,
};
