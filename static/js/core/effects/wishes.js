/** Tells the server what the page wishes of its player: only the newest wish, and each only once. */

import { liveNames } from "../frames.js";
import { latest } from "../latest.js";
import { Refusal } from "../refusals.js";
import { goesByIterations, isLive } from "../state.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../../wire.js").PlayerCommand} PlayerCommand */

const FRAMES_PER_SECOND = 30;
/** A person reads an open cell. Its explanation changes with each frame. */
const FRAMES_PER_SECOND_OF_A_CELL = 2;

/** @param {State} state @returns {PlayerCommand | null} null before a run is open */
function wishOf(state) {
  const { run, moment, example, look, large, play } = state;
  if (!run) return null;
  return {
    run: run.id,
    moment,
    example,
    look,
    view: large,
    // A goal is reached by iterations, whatever the page plays by otherwise.
    unit: play.goal !== null && !goesByIterations(play) ? "iteration" : play.unit,
    speed: play.speed,
    goal: play.goal,
    playing: play.on,
    names: isLive(state) ? liveNames(run) : [],
    arrays: "shades",
    frames_per_second: large ? FRAMES_PER_SECOND_OF_A_CELL : FRAMES_PER_SECOND,
  };
}

/** What differs when the page wishes something else. Frames move a page that is live: its moment is no wish. @param {State} state */
function keyOf(state) {
  const wish = wishOf(state);
  return JSON.stringify(wish && isLive(state) ? { ...wish, moment: null } : wish);
}

/**
 * @param {import("../effects.js").Store} store
 * @param {(wish: PlayerCommand) => Promise<void>} put tells one wish
 * @param {() => void} settled is called when no wish waits any more
 */
export function createWishes({ get }, put, settled) {
  /** The wish that the server has answered; empty before the first, and where it may have forgotten it. */
  let told = "";
  let isTelling = false;

  const tell = latest(
    async (/** @type {void} */ _) => {
      const state = get();
      const [wish, key] = [wishOf(state), keyOf(state)];
      if (!wish || key === told) return;
      try {
        await put(wish);
        told = key;
      } catch (error) {
        // A wish that is refused is not told again.
        told = error instanceof Refusal && error.code === "unreachable" ? "" : key;
        throw error;
      }
    },
    (isBusy) => {
      isTelling = isBusy;
      if (!isBusy) settled();
    },
  );

  return {
    /** Tells the newest wish, if it is not told yet. */
    tell,
    /** True while the newest wish is not answered: until then, what the player does is old news. */
    isUnsettled: () => isTelling || (get().run !== null && keyOf(get()) !== told),
    hasTold: () => told !== "",
    /** The server may have forgotten the wish. */
    forget: () => (told = ""),
  };
}
