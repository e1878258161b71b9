/** The name of a cell in words, such as "weight of filter 3, row 2, column 1". Pure. */

import { connection, ofClass, nameOf, NOUNS, PLACES } from "../../words/explain.js";

/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {keyof typeof PLACES} Axis */

/** The layer whose outputs are the answer: the last one before the loss. @param {Run} run */
const answering = (run) => run.layers[run.layers.length - 2];

/** True if the first axis of a tensor counts the classes. @param {Run} run @param {TensorInfo} info */
const isByClass = (run, { layer, shape }) =>
  [answering(run).name, run.layers[run.layers.length - 1].name].includes(layer) &&
  run.classes.length > 1 &&
  shape[0] === run.classes.length;

/** What the axes of a tensor count. @param {LayerInfo} layer @param {TensorInfo} info @returns {readonly Axis[]} */
function axesOf(layer, { parameter, shape }) {
  if (shape.length === 4) return ["filter", "channel", "row", "column"];
  if (shape.length === 3) return [layer.form === "picture" ? "channel" : "map", "row", "column"];
  if (shape.length === 2) return parameter === null ? ["row", "column"] : ["output", "input"];
  if (parameter === null) return ["number"];
  return [layer.kind === "conv2d" ? "filter" : layer.shape.length === 3 ? "map" : "output"];
}

/** The noun of what leaves a layer. @param {Run} run @param {LayerInfo} layer @param {TensorInfo} info */
function valueNoun(run, layer, info) {
  if (layer.form === "picture")
    return info.shape.length < 3 ? NOUNS.given : info.shape[1] === 1 ? NOUNS.sample : NOUNS.pixel;
  return isByClass(run, info) ? NOUNS.score : NOUNS.value;
}

/** @param {Run} run @param {LayerInfo} layer @param {TensorInfo} info @returns {string} the noun of one of its cells */
function nounOf(run, layer, info) {
  const { tensor, parameter, title } = info;
  if (parameter !== null) {
    const noun = parameter === "w" ? NOUNS.weight : NOUNS.bias;
    /** @type {Readonly<Record<string, string>>} */
    const nouns = {
      [parameter]: noun,
      [`d${parameter}`]: NOUNS.gradient(noun),
      [`delta_${parameter}`]: NOUNS.change(noun),
      [`new_${parameter}`]: NOUNS.renewed(noun),
    };
    return nouns[tensor] ?? title;
  }
  switch (tensor) {
    case "out":
      return valueNoun(run, layer, info);
    case "dout":
      return NOUNS.gradient(valueNoun(run, layer, info));
    case "winner":
      return NOUNS.winner;
    case "probabilities":
      return NOUNS.chance;
    case "loss":
      return NOUNS.loss;
    default:
      return title;
  }
}

/**
 * The name of a cell. Places are counted from 1. An axis of one place is left out, and a class has its name.
 * @param {Run} run @param {TensorInfo} info @param {readonly number[]} index @returns {string}
 */
export function cellName(run, info, index) {
  const layer = /** @type {LayerInfo} */ (run.layers.find(({ name }) => name === info.layer));
  const axes = axesOf(layer, info);
  const byClass = isByClass(run, info);
  const places = index.flatMap((place, at) => {
    if (info.shape[at] === 1) return [];
    return [byClass && at === 0 ? ofClass(run.classes[place]) : PLACES[axes[at]](place + 1)];
  });
  const noun = nounOf(run, layer, info);
  // A weight of a matrix is a connection.
  if (axes[1] === "input" && places.length === 2) return connection(noun, places[1], places[0]);
  const isPart = info.parameter !== null || byClass;
  return nameOf(noun, places.join(", "), isPart);
}
