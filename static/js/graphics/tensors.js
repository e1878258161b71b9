/** How the tensors of a state are drawn: which of them share colours, and which of their cells are outlined. Pure. */

import { limitOf } from "./colour.js";
import { times } from "./format.js";

/** @typedef {import("../core/state.js").State} State */
/** @typedef {import("../wire.js").Run} Run */
/** @typedef {import("../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../wire.js").Cells} Cells */
/** @typedef {import("./heatmap.js").Outline} Outline */

/** The lanes of a column, from top to bottom. */
export const LANES = /** @type {const} */ (["forward", "parameters", "backward"]);

/**
 * The kind of a tensor: of the same kind are what layers make, their weights and biases, the gradients of these, and so on.
 * @param {TensorInfo} info
 */
export const kindOf = ({ tensor, parameter }) =>
  parameter === null ? tensor.replace(/^new_/, "") : tensor.slice(0, -parameter.length);

/**
 * The tensors of a lane in groups that share colours and a legend. Weights and biases share theirs (w and b, dw and
 * db, m_w and m_b), and so do a tensor before and after a step.
 * @param {LayerInfo} layer @param {TensorInfo["lane"]} lane @returns {TensorInfo[][]}
 */
export function groupsOf(layer, lane) {
  /** @type {Map<string, TensorInfo[]>} */
  const groups = new Map();
  for (const info of layer.tensors.filter((tensor) => tensor.lane === lane)) {
    const key = kindOf(info);
    groups.set(key, [...(groups.get(key) ?? []), info]);
  }
  return [...groups.values()];
}

/** @param {Run} run @param {string} name @returns {string[]} the names of the tensors that share a tensor's colours */
function sharingColours(run, name) {
  const groups = run.layers.flatMap((layer) => LANES.flatMap((lane) => groupsOf(layer, lane)));
  const group = groups.find((infos) => infos.some((info) => info.name === name)) ?? [];
  return group.length ? group.map((info) => info.name) : [name];
}

/**
 * The size of the largest number of each kind over all layers, with which colours are held.
 * @param {Run} run @param {import("../core/state.js").Tensors} tensors @returns {ReadonlyMap<string, number>}
 */
export function limitsByKind(run, tensors) {
  /** @type {Map<string, number>} */
  const limits = new Map();
  for (const info of run.layers.flatMap((layer) => layer.tensors)) {
    const values = tensors.get(info.name);
    const kind = kindOf(info);
    if (values) limits.set(kind, Math.max(limits.get(kind) ?? 0, limitOf([values])));
  }
  return limits;
}

/** The limit at which the colours of a tensor are held; undefined where they are not. @param {State} state @param {string} name */
export function heldLimit({ heldColours, run }, name) {
  if (!heldColours.isOn || !heldColours.limits || !run) return undefined;
  const info = run.layers.flatMap((layer) => layer.tensors).find((each) => each.name === name);
  return info && heldColours.limits.get(kindOf(info));
}

/** @param {State} state @param {readonly string[]} names @returns {number} the size of a number that gets the strongest colour */
export function limitAt(state, names) {
  const held = heldLimit(state, names[0]);
  if (held !== undefined) return held;
  const { tensors, partial } = state.shown ?? {};
  // A partial sum can be larger than the whole one.
  return limitOf(
    names
      .flatMap((name) => [tensors?.get(name), partial?.get(name)])
      .filter((values) => values !== undefined),
  );
}

/** The limit of all tensors that share a tensor's colours. @param {State} state @param {string} name @returns {number} */
export const sharedLimit = (state, name) =>
  limitAt(state, state.run ? sharingColours(state.run, name) : [name]);

/**
 * The outlines in a tensor's map: the cells of a term that is pointed at; or else what the cell under the pointer
 * depends on and influences; or else what the step shown reads and writes.
 * @param {State} state @param {string} name @returns {Outline[]}
 */
export function outlinesOf({ shown, dependencies, lit }, name) {
  /** @param {readonly Cells[]} list @param {Outline["style"]} style */
  const pick = (list, style) =>
    list.filter((cells) => cells.name === name).map(({ cells }) => ({ cells, style }));
  if (lit.length > 0) return pick(lit, "lit");
  const near = dependencies ? { reads: dependencies.inputs, writes: dependencies.influences } : shown?.window;
  return near ? [...pick(near.reads, "reads"), ...pick(near.writes, "writes")] : [];
}

/** @param {TensorInfo} info */
export const describe = (info) => `${info.name}, ${info.title}, ${times(info.shape)}`;
