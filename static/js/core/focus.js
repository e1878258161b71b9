/** The layer in focus, and the phase that it shows. All pure. */

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
