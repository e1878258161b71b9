/** A clock that a test moves. It runs the timers of its own owner only. */

import { settle } from "./until.js";

/** @typedef {{ due: number, every: number | null, act: () => void }} Timer */

/** @returns {import("../../static/js/core/clock.js").Clock & { advance: (seconds: number, slept?: number) => Promise<void> }} */
export function ownClock() {
  let now = 0;
  /** @type {Set<Timer>} */
  const timers = new Set();
  /** @param {number} seconds @param {() => void} act @param {number | null} every */
  function start(seconds, act, every) {
    const timer = { due: now + seconds, every, act };
    timers.add(timer);
    return () => void timers.delete(timer);
  }
  function run() {
    for (const timer of [...timers]) {
      if (!timers.has(timer) || timer.due > now) continue;
      if (timer.every === null) timers.delete(timer);
      else timer.due = now + timer.every;
      timer.act();
    }
  }
  return {
    now: () => now,
    after: (seconds, act) => start(seconds, act, null),
    every: (seconds, act) => start(seconds, act, seconds),
    /** @param {number} seconds in steps of a quarter @param {number} [slept] seconds in which no timer runs, before */
    async advance(seconds, slept = 0) {
      now += slept;
      for (let passed = 0; passed < seconds; passed += 0.25) {
        now += 0.25;
        run();
        await settle();
      }
    },
  };
}
