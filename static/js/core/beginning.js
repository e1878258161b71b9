/** The beginning of the default run, where the page offers a worked example. All pure. */

import { isDefault } from "./address.js";
import { isPlaying } from "./state.js";
import { firstSight } from "./timeline.js";

/** @typedef {import("./state.js").State} State */

const FIRST = "smallest-convolution";

/**
 * The worked example that the page offers. It is undefined after a person has left the first moment or opened something else.
 * @param {State} state @returns {import("../wire.js").Preset | undefined}
 */
export function startOf(state) {
  const { run, defaults, guide, moment, large, presets } = state;
  if (!run || !defaults || guide || large || isPlaying(state) || !isDefault(run.recipe, defaults)) return;
  const { iteration, position } = firstSight(run);
  if (moment.iteration !== iteration || moment.position !== position) return;
  return presets.find(({ key }) => key === FIRST);
}
