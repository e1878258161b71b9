/** The wishes of a page: the commands to its player. Only the newest one is sent, once. */

import { liveNames } from "../frames.js";
import { latest } from "../latest.js";
import { Refusal } from "../refusals.js";
import { speedOf } from "../speed.js";
import { goesByIterations, isLive } from "../state.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../../wire.js").PlayerCommand} PlayerCommand */

const FRAMES_PER_SECOND = 30;
/** The rate while a cell is open: its explanation changes with each frame, and a person reads it. */
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
    // A player moves towards a goal by iterations, whatever unit is chosen.
    unit: play.goal !== null && !goesByIterations(play) ? "iteration" : play.unit,
    speed: speedOf(play),
    goal: play.goal,
    playing: play.on,
    names: isLive(state) ? liveNames(run) : [],
    arrays: "shades",
    frames_per_second: large ? FRAMES_PER_SECOND_OF_A_CELL : FRAMES_PER_SECOND,
  };
}

/** A text that changes with the wish. It omits the moment of a live page, which frames move. @param {State} state */
function keyOf(state) {
  const wish = wishOf(state);
  return JSON.stringify(wish && isLive(state) ? { ...wish, moment: null } : wish);
}

/**
 * @param {import("../effects.js").Store} store
 * @param {(wish: PlayerCommand) => Promise<void>} put sends one wish
 * @param {() => void} settled is called when all wishes are answered
 */
export function createWishes({ get }, put, settled) {
  /** The key of the last answered wish; empty before the first one, and if the server may have forgotten it. */
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
        // A refused wish is not sent again.
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
    /** Sends the newest wish, unless it is answered already. */
    tell,
    /** True while the newest wish is not answered. Until then, events about the player are out of date. */
    isUnsettled: () => isTelling || (get().run !== null && keyOf(get()) !== told),
    hasTold: () => told !== "",
    /** Sends the wish again with the next `tell`: the server may have forgotten it. */
    forget: () => (told = ""),
  };
}
