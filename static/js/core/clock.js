/** The browser's clock and its timers, so that a test can have a clock of its own. */

/**
 * @typedef {object} Clock
 * @property {() => number} now seconds since some moment; they never go back
 * @property {(seconds: number, act: () => void) => () => void} after acts once; the function that it returns cancels that
 * @property {(seconds: number, act: () => void) => () => void} every acts again and again, until the function that it returns is called
 */

/** @type {Clock} */
export const CLOCK = {
  now: () => performance.now() / 1000,
  after(seconds, act) {
    const timer = setTimeout(act, 1000 * seconds);
    return () => clearTimeout(timer);
  },
  every(seconds, act) {
    const timer = setInterval(act, 1000 * seconds);
    return () => clearInterval(timer);
  },
};
