/** Moves through the time of a run by steps, by jumps and by playing. */

import { GOAL } from "../state.js";
import { WORDS } from "../../words/en.js";
import { clamp, step } from "../timeline.js";

/** @typedef {import("../timeline.js").Moment} Moment */
/** @typedef {import("../timeline.js").Unit} Unit */

/**
 * A follower does not move by itself. Where one tries to, the page tells how.
 * @param {import("../effects.js").Store} store @returns {boolean} true while the page follows another
 */
export function isHeld({ get, dispatch }) {
  if (!get().players.following) return false;
  dispatch({ type: "following", following: { isTold: true } });
  return true;
}

/** @param {import("../effects.js").Base} base */
export function createTime({ store, playback }) {
  const { get, dispatch } = store;

  /** @param {Partial<Moment>} target what is left out stays @param {boolean} [close] true to show the window */
  function seek(target, close = false) {
    const { run, moment } = get();
    if (!run || isHeld(store)) return;
    playback.stop();
    dispatch({ type: "want", moment: clamp(run, { ...moment, ...target }), close });
  }

  return {
    seek,
    togglePlay() {
      if (!isHeld(store)) playback.toggle();
    },
    setPlay: playback.set,

    /** @param {Unit} unit @param {1 | -1} direction */
    step(unit, direction) {
      const { run, moment } = get();
      if (!run || isHeld(store)) return;
      playback.stop();
      dispatch({ type: "want", moment: step(run, moment, unit, direction), close: unit === "cell" });
    },

    /** Goes to an iteration that a person typed, or says which ones there are. @param {number} iteration */
    goTo(iteration) {
      const { run } = get();
      if (!run) return;
      const last = run.iterations - 1;
      if (Number.isInteger(iteration) && iteration >= 0 && iteration <= last) return seek({ iteration });
      dispatch({ type: "problem", problem: WORDS.noStep(iteration, last) });
    },

    /** Trains until an evaluation has this accuracy, or goes to where one has. @param {number} [goal] */
    trainTo(goal = GOAL) {
      const { run, progress } = get();
      if (!run || isHeld(store)) return;
      const reached = progress.evaluations.find(({ accuracy }) => accuracy >= goal);
      // An evaluation after n iterations belongs to the end of iteration n - 1.
      if (reached) seek({ iteration: reached.iteration - 1, position: run.positions });
      else playback.start(goal);
    },

    /** @param {number} example a slot of the batch */
    showExample: (example) => dispatch({ type: "example", example }),

    /** Whether the example on the stage stays while the page plays. @param {boolean} pins */
    pin: (pins) => dispatch({ type: "pins", pins }),
  };
}
