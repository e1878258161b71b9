/** Worked examples: opened at their first stop, and walked from stop to stop. */

import { isHeld } from "./time.js";
import { firstSight, parseMoment } from "../timeline.js";

/** @typedef {import("../../wire.js").Preset} Preset */
/** @typedef {import("../../wire.js").Run} Run */

/** Where a stop is in its run. @param {Run} run @param {Preset} preset @param {number} stop */
function placeOf(run, preset, stop) {
  const { at, name, cell } = preset.stops[stop];
  return {
    moment: parseMoment(run, at) ?? firstSight(run),
    example: 0,
    large: { name, cell },
    guide: { preset, stop },
  };
}

/** @param {import("../effects.js").Base & import("./address.js").AddressEffects & { restart: () => void }} base */
export function createWorkedExample({ store, report, openRun, playback, pushAddress, restart }) {
  const { get, dispatch } = store;

  /** Opens a worked example at its first stop. @param {string} key */
  async function openPreset(key) {
    const preset = get().presets.find((preset) => preset.key === key);
    if (!preset) return;
    playback.stop();
    const before = get().run?.id;
    const isOpen = await openRun(preset.recipe, (run) => placeOf(run, preset, 0));
    if (isOpen && before !== get().run?.id) pushAddress();
  }

  return {
    openPreset,

    /** @param {number} stop of the worked example that is open */
    goToStop(stop) {
      const { run, guide } = get();
      if (!run || !guide?.preset.stops[stop] || isHeld(store)) return;
      playback.stop();
      const { moment, large, guide: next } = placeOf(run, guide.preset, stop);
      // Each stop is a place of its own for the Back button.
      if (stop !== guide.stop) pushAddress(`#preset=${guide.preset.key}&stop=${stop + 1}`);
      dispatch({ type: "guide", guide: next });
      dispatch({ type: "want", moment, close: false });
      dispatch({ type: "large", large });
    },

    /** Keeps the run and closes its stops. */
    leaveGuide: () => dispatch({ type: "guide", guide: null }),

    /** Restarts the worked example, or else the run without its edits. */
    reset() {
      const { guide } = get();
      if (guide) openPreset(guide.preset.key).catch(report);
      else restart();
    },
  };
}
