/** The layer in focus and its current cell: the magnification of the page. All pure. */

import { infoOf, sizeOf } from "./state.js";
import { stepAt } from "./timeline.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./timeline.js").Moment} Moment */
/** @typedef {import("../wire.js").Run} Run */
/** @typedef {import("../wire.js").LayerInfo} LayerInfo */

/**
 * The layer that a moment brings into focus: the one whose step it is. The whole of an iteration is no step of a layer:
 * its end keeps the focus. The picture has no operation, so that its first reader is in focus.
 * @param {Run} run @param {Moment} moment @param {string | null} before the layer in focus so far @returns {string}
 */
export function layerInFocus(run, { position }, before) {
  if (position === run.positions && before !== null && run.layers.some(({ name }) => name === before))
    return before;
  const { segment } = stepAt(run, position);
  return segment.layer === run.layers[0].name || position === run.positions
    ? run.layers[1].name
    : segment.layer;
}

/** @param {State} state @returns {LayerInfo | undefined} */
export const focusedLayer = ({ run, focus }) => run?.layers.find(({ name }) => name === focus.layer);

/** @param {State} state @returns {import("../wire.js").Segment["phase"]} the phase of the moment shown */
export function phaseOf({ run, shown }) {
  return run && shown ? stepAt(run, shown.moment.position).segment.phase : "forward";
}

/** The layer whose output a layer reads. @param {Run} run @param {string} name @returns {LayerInfo} */
export function sourceOf(run, name) {
  const at = run.layers.findIndex((layer) => layer.name === name);
  return run.layers[Math.max(0, at - 1)];
}

/**
 * The current cell of a tensor: the one that a person chose, or else the one of the step shown, or else the open one, or
 * else the middle of its first map.
 * @param {State} state @param {string} name @returns {number}
 */
export function cellIn(state, name) {
  const { run, shown, large, focus } = state;
  if (!run) return 0;
  const chosen = focus.cells[name];
  if (chosen !== undefined) return chosen;
  if (shown?.window) {
    const { segment, cell } = stepAt(run, shown.moment.position);
    if (segment.name === name) return cell;
  }
  if (large?.name === name) return large.cell;
  const info = infoOf(run, name);
  if (!info) return 0;
  const [rows, columns] = info.shape.length > 1 ? info.shape.slice(-2) : [1, sizeOf(info)];
  return Math.floor(rows / 2) * columns + Math.floor(columns / 2);
}
