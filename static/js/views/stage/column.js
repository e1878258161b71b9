/** A column of the stage: a layer's name, and in three lanes the maps of its tensors, each group with its legend. */

import { element } from "../../graphics/dom.js";
import { grouped, times } from "../../graphics/format.js";
import { drawnShape, layoutOf } from "../../graphics/layout.js";
import { mosaic } from "../../graphics/mosaic.js";
import { describe, groupsOf, LANES } from "../../graphics/tensors.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */

/**
 * @typedef {object} Column
 * @property {string} layer
 * @property {HTMLElement} column
 * @property {{ info: TensorInfo, map: HeatMap }[]} tensors
 * @property {{ legend: HTMLElement, group: readonly string[], signed: boolean }[]} legends with the tensors that share them
 * @property {HTMLButtonElement | null} badge of the gradient check, in layers that have gradients
 * @property {HeatMap | null} inColour the input once more as one picture, where its three channels are colours
 */

/**
 * @typedef {object} Unfolded the layers whose optimizer's steps are open; they stay open in the next run
 * @property {(layer: string) => boolean} has
 * @property {(layer: string, isOpen: boolean) => void} set
 */

const SYMBOLS = { delta_w: "Δw", delta_b: "Δb", probabilities: "p" };
const HATS = /** @type {const} */ ({ m_hat: "m̂", v_hat: "v̂" });
/** Groups of maps that are at most this high, in pixels at a unit of 4, are stacked. */
const LOW = 32;

/** @param {string} tensor @returns {string} */
const symbolOf = (tensor) =>
  SYMBOLS[/** @type {keyof typeof SYMBOLS} */ (tensor)] ??
  tensor.replace(/^[mv]_hat/, (slot) => HATS[/** @type {keyof typeof HATS} */ (slot)]);

/** @returns {HeatMap} */
const heatMap = () => /** @type {HeatMap} */ (document.createElement("heat-map"));

/** True for tensors that an optimizer stores or computes between a gradient and a change. @param {TensorInfo[]} group */
const isOptimizerStep = ([{ tensor, parameter }]) =>
  parameter !== null && !["", "sign_", "d", "delta_"].some((prefix) => tensor === prefix + parameter);

/** @param {TensorInfo[]} group @param {Column} into */
function figureOf(group, into) {
  const signed = group.some((info) => info.signed);
  const legend = element("span", signed ? "legend signed" : "legend");
  const { tensor } = group[0];
  // The titles of the lanes name out and dout; every other tensor has its own name.
  const name = ["out", "dout"].includes(tensor) ? [] : [element("b", "", symbolOf(tensor)), " "];
  const caption = element("figcaption", "", ...name, legend);
  caption.title = group.map((info) => `${symbolOf(info.tensor)}: ${info.title}`).join("\n");
  const figure = element("figure", "tensor", caption);
  into.legends.push({ legend, group: group.map((info) => info.name), signed });
  for (const info of group) {
    const map = heatMap();
    map.dataset.name = info.name;
    map.tabIndex = 0;
    map.setAttribute("role", "button");
    map.setAttribute("aria-label", `Open ${describe(info)}`);
    into.tensors.push({ info, map });
    figure.append(map);
  }
  return figure;
}

/**
 * The optimizer's steps of a layer, folded away behind their names.
 * @param {TensorInfo[][]} groups @param {string} stacked @param {Column} into @param {Unfolded} unfolded
 */
function optimizerSteps(groups, stacked, into, unfolded) {
  const { layer } = into;
  const names = groups.map(([{ tensor, parameter }]) => symbolOf(tensor.slice(0, -`_${parameter}`.length)));
  const summary = element("summary", "", names.join(" "));
  summary.title = `The optimizer's steps in ${layer}: what it keeps and computes of each parameter`;
  const figures = groups.map((group) => figureOf(group, into));
  const details = element("details", "", summary, element("div", `optimizing ${stacked}`, ...figures));
  details.open = unfolded.has(layer);
  details.addEventListener("toggle", () => {
    if (details.open !== unfolded.has(layer)) unfolded.set(layer, details.open);
  });
  return details;
}

/** @param {TensorInfo[][]} groups @returns {boolean} true if the groups of a lane are stacked */
function isStacked(groups) {
  const areLow = groups.every(([info]) => mosaic(drawnShape(info), layoutOf(info, 4)).height <= LOW);
  const hasRows = groups.some(([info]) => info.shape.length === 1);
  // Each output is beside the row that it is computed from.
  const isBeside = groups.length > 1 && groups[0][0].tensor === "out";
  return areLow || (hasRows && !isBeside);
}

/** @param {TensorInfo[][]} groups @param {string} lane @param {Column} into @param {Unfolded} unfolded */
function laneOf(groups, lane, into, unfolded) {
  const stacked = isStacked(groups) ? "stacked" : "";
  // More than one step of an optimizer is folded away, so that the column stays low.
  const steps = groups.filter(isOptimizerStep);
  const folded = steps.length > 1 ? steps : [];
  /** @type {HTMLElement[]} */
  const figures = groups.filter((group) => !folded.includes(group)).map((group) => figureOf(group, into));
  if (folded.length) figures.push(optimizerSteps(folded, stacked, into, unfolded));
  return element("div", `lane ${lane} ${stacked} ${folded.length ? "folded" : ""}`, ...figures);
}

/** @param {LayerInfo} layer */
function headOf(layer) {
  const shape = element("p", "", times(layer.shape));
  const head = element("header", "", element("h2", "", layer.name), shape);
  const parameters = layer.parameters ? `${grouped(layer.parameters)} parameters` : "";
  head.title = [layer.formula, parameters].filter(Boolean).join("\n");
  const isChecked = layer.tensors.some(({ tensor }) => tensor === "dout") && layer.name !== "input";
  const badge = isChecked ? element("button", "badge", "∇?") : null;
  if (badge) shape.append(" ", badge);
  return { head, badge };
}

/** @param {Run} run @param {LayerInfo} layer @param {Unfolded} unfolded @returns {Column} */
export function columnOf(run, layer, unfolded) {
  const { head, badge } = headOf(layer);
  const column = element("section", "column", head);
  column.dataset.layer = layer.name;
  const isColour = layer.name === "input" && run.colours !== null;
  const inColour = isColour ? heatMap() : null;
  /** @type {Column} */
  const made = { layer: layer.name, column, tensors: [], legends: [], badge, inColour };
  for (const lane of LANES) column.append(laneOf(groupsOf(layer, lane), lane, made, unfolded));
  if (inColour) {
    const caption = element("figcaption", "", element("b", "", "in colour"));
    column.querySelector(".lane.forward")?.prepend(element("figure", "tensor", caption, inColour));
  }
  return made;
}
