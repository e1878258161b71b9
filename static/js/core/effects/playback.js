/**
 * Playing. By iterations and epochs the server moves the page, which draws its frames. By cells, layers and phases a
 * timer of the page steps.
 */

import { speedOf } from "../speed.js";
import { isLive, isPlaying, isWaiting } from "../state.js";
import { step } from "../timeline.js";

/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../../wire.js").Run} Run */

const FRAMES = 30;
/** Steps in a second of the fastest speed for cells, layers and phases: more than can be drawn. */
const FASTEST = 1000;
/** The maximum delay in seconds that is made up for. After sleep of the computer, the page continues at its moment. */
const MOST_SECONDS = 0.5;

/** True while the page's own timer plays. It waits while the connection is lost. @param {State} state */
const isWalking = (state) => isPlaying(state) && !isWaiting(state) && !isLive(state);

/** @param {Store} store @param {import("./loading.js").Loading} loading */
export function createPlayback({ get, dispatch, subscribe }, { isShown }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** The number of steps that are due and not taken yet. */
  let due = 0;
  let last = 0;

  function tick() {
    clearTimeout(timer);
    const state = get();
    if (!isWalking(state) || !state.run) return;
    const now = performance.now();
    const speed = speedOf(state.play) ?? FASTEST;
    due = Math.min(due + (speed * (now - last)) / 1000, Math.max(1, speed * MOST_SECONDS));
    last = now;
    // The next step waits until this one is on the stage.
    if (due >= 1 && isShown() && !walk(state, state.run)) return stop();
    timer = setTimeout(tick, 1000 / Math.min(speed, FRAMES));
  }

  /** Takes the steps that are due. @param {State} state @param {Run} run @returns {boolean} false at the end of the run */
  function walk({ moment, play, progress }, run) {
    const end = progress.stopped?.iteration ?? run.iterations;
    let target = moment;
    for (; due >= 1; due--) {
      const next = step(run, target, play.unit, 1);
      if (next.iteration >= end || (next.iteration === target.iteration && next.position === target.position))
        break;
      target = next;
    }
    if (target === moment) return false;
    dispatch({ type: "want", moment: target, close: play.unit === "cell" });
    return true;
  }

  /** @param {number | null} [goal] the accuracy to train to, at full speed from the last computed iteration */
  const start = (goal = null) => dispatch({ type: "play", play: { on: true, goal } });

  /** Stops playing at the moment shown. */
  function stop() {
    if (get().play.on) dispatch({ type: "play", play: { on: false, goal: null } });
  }

  subscribe((state, before) => {
    if (!isWalking(state) || isWalking(before)) return;
    due = 1;
    last = performance.now();
    tick();
  });

  return {
    start,
    stop,
    toggle: () => (isPlaying(get()) ? stop() : start()),
    /** @param {{ unit?: import("../timeline.js").Unit, speed?: import("../speed.js").Speed }} play */
    set: (play) => dispatch({ type: "play", play }),
  };
}
