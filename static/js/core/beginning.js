/** The beginning: what a first visit shows, and the worked example that a newcomer starts with. All pure. */

import { isDefault } from "./address.js";
import { isPlaying } from "./state.js";
import { firstSight } from "./timeline.js";

/** @typedef {import("./state.js").State} State */

const FIRST = "smallest-convolution";

/**
 * The worked example that the page offers to start with; undefined once a person went on from what a first visit shows, or opened
 * something else.
 * @param {State} state @returns {import("../wire.js").Preset | undefined}
 */
export function startOf(state) {
  const { run, defaults, guide, moment, large, presets } = state;
  if (!run || !defaults || guide || large || isPlaying(state) || !isDefault(run.recipe, defaults)) return;
  const { iteration, position } = firstSight(run);
  if (moment.iteration !== iteration || moment.position !== position) return;
  return presets.find(({ key }) => key === FIRST);
}
