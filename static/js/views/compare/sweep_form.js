/** The axes of a sweep as a person writes them, and the order of its runs. All pure. */

import { short } from "../../graphics/format.js";

/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").Axis} Axis */
/** @typedef {import("../../wire.js").Options} Options */
/** @typedef {import("../../wire.js").SweepRun} SweepRun */
/** @typedef {Axis["kind"]} Kind */

/** The name of each axis, and of its values. @type {Record<Kind, { title: string, values: string }>} */
export const AXES = {
  learning_rate: { title: "learning rate", values: "rates" },
  batch_size: { title: "batch size", values: "sizes" },
  width: { title: "width", values: "factors" },
  dropout: { title: "dropout", values: "rates" },
  pooling: { title: "pooling", values: "kinds" },
  optimizer: { title: "optimizer", values: "kinds" },
  initialisation: { title: "initialisation", values: "kinds" },
  fold: { title: "fold", values: "how many" },
};

/** The number of lines with different colours. Further lines repeat the colours, dashed and then dotted. */
export const COLOURS = 8;

/** The nearest of 0.01, 0.03, 0.1, 0.3 and so on. @param {number} rate */
function rounded(rate) {
  const halves = Math.round(2 * Math.log10(rate));
  return Number(`${halves % 2 ? 3 : 1}e${Math.floor(halves / 2)}`);
}

/** A rate and its neighbours, each about three times the one before. @param {number} rate */
const around = (rate) => [rounded(rate / Math.sqrt(10)), rate, rounded(rate * Math.sqrt(10))];

/** Suggested values. @param {Kind} kind @param {Recipe} recipe @param {Options} options @returns {string} */
export function suggested(kind, recipe, options) {
  const kinds = (/** @type {"optimizer" | "initialisation"} */ choice) =>
    options[choice].slice(0, 3).map(({ value }) => value.kind);
  const values = {
    learning_rate: () => around(recipe.optimizer.learning_rate),
    batch_size: () => [1, 8, 32],
    width: () => [0.5, 1, 2],
    dropout: () => [0, 0.25, 0.5],
    pooling: () => ["max", "average"],
    optimizer: () => kinds("optimizer"),
    initialisation: () => kinds("initialisation"),
    fold: () => [5],
  };
  return [...new Set(values[kind]().map(String))].join(", ");
}

/** A number, or else the text itself, which the server refuses with a reason. @param {string} text */
const numberOr = (text) => (Number.isNaN(Number(text)) ? text : Number(text));

/**
 * An axis of a sweep, unchecked.
 * @param {Kind} kind @param {string} text its values, with commas @param {Recipe} recipe @param {Options} options
 * @returns {unknown}
 */
export function axisOf(kind, text, recipe, options) {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  if (kind === "fold") return { kind, folds: numberOr(parts.join(",")) };
  if (kind === "pooling") return { kind, values: parts };
  if (kind !== "optimizer" && kind !== "initialisation") return { kind, values: parts.map(numberOr) };
  // The recipe's own kind keeps its numbers; the others come with their defaults.
  const known = [recipe[kind], ...options[kind].map(({ value }) => value)];
  const values = parts.map((name) => known.find((value) => value.kind === name) ?? { kind: name });
  return { kind, values };
}

/** @param {number | string} value @returns {string} */
export const valueText = (value) => (typeof value === "number" ? short(value) : value.replaceAll("_", " "));

/** @param {readonly Axis[]} axes @param {SweepRun} run @returns {string} such as "learning rate 0.1, fold 2" */
export const runText = (axes, { values }) =>
  values.map((value, i) => `${AXES[axes[i].kind].title} ${valueText(value)}`).join(", ");

/** @typedef {number | "train_loss" | "accuracy" | "loss" | "best_epoch" | "seconds"} Column an axis by its number */

/** @param {SweepRun} run @param {Column} column @returns {number | string | null} */
const cellOf = (run, column) => (typeof column === "number" ? run.values[column] : run[column]);

/**
 * The numbers of the runs in the order of a column. Runs without a value come last.
 * @param {readonly SweepRun[]} runs @param {Column} column @param {boolean} isDescending @returns {number[]}
 */
export function sorted(runs, column, isDescending) {
  const sign = isDescending ? -1 : 1;
  return runs
    .map((run, i) => ({ i, cell: cellOf(run, column) }))
    .sort(({ cell: a }, { cell: b }) => {
      if (a === null || b === null) return Number(a === null) - Number(b === null);
      if (typeof a === "number" && typeof b === "number") return sign * (a - b);
      return sign * String(a).localeCompare(String(b));
    })
    .map(({ i }) => i);
}
