/**
 * Playing. A timer of the page steps through the iterations that are computed. From the last of them on, the server
 * trains, and the page follows.
 */

import { goesByIterations, isPlaying } from "../state.js";
import { clamp, step } from "../timeline.js";

/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("./loading.js").Loading} Loading */
/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../timeline.js").Moment} Moment */
/** @typedef {import("../../wire.js").Run} Run */

const FRAMES = 30;
const MOST_STEPS = 10_000;
/** Steps in a second of the fastest speed for cells, layers and phases: more than can be drawn. */
const FASTEST = 1000;

/** @param {Store} store @param {Pick<Connection, "report" | "command"> & Loading} connection */
export function createPlayback(store, { report, command, isShown }) {
  const { get, dispatch } = store;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** The run that the server was told to train on, and that the page follows. @type {Run | null} */
  let followed = null;
  /** The number of commands to train that are not answered yet. */
  let unanswered = 0;
  /** Settles when the newest command is answered. */
  let newest = Promise.resolve();
  /** The number of steps that are due and not taken yet. */
  let due = 0;
  let last = 0;

  const isTraining = () => goesByIterations(get().play);

  /** @param {number | null} [goal] the accuracy to train to, from the frontier on and as fast as it goes */
  function start(goal = null) {
    stop({ stay: true });
    dispatch({ type: "play", play: { on: true, goal } });
    due = 1;
    last = performance.now();
    if (goal !== null && !follow()) return stop();
    tick();
  }

  function tick() {
    clearTimeout(timer);
    const { play, run, progress } = get();
    // The server stops whenever playing ends, whatever ended it.
    if (!play.on || !run) return stop({ stay: true });
    const now = performance.now();
    const speed = play.speed ?? FASTEST;
    due = Math.min(due + (speed * (now - last)) / 1000, Math.max(1, speed));
    last = now;
    // Never run ahead of the picture: the next step waits until this one is on the stage.
    if (isShown()) {
      if (followed) {
        if (!unanswered && progress.status !== "running") return stop();
        want(frontier());
      } else if (due >= 1 && !walk(run)) return stop();
    }
    timer = setTimeout(tick, 1000 / Math.min(play.speed ?? FRAMES, FRAMES));
  }

  /** Takes the steps that are due, or lets the server train. @param {Run} run @returns {boolean} false at the end */
  function walk(run) {
    const { play, moment, progress } = get();
    let target = moment;
    for (let count = Math.min(Math.floor(due), MOST_STEPS); count > 0; count--) {
      const next = step(run, target, play.unit, 1);
      if (next.iteration === target.iteration && next.position === target.position) break;
      if (isTraining() && next.iteration >= progress.computed) break;
      target = next;
      due--;
    }
    if (target === moment) return isTraining() && follow();
    if (isTraining() && play.speed === null) target = frontier();
    want(clamp(run, target), play.unit === "cell");
    return true;
  }

  /** Lets the server train on, at the speed that is set. @returns {boolean} false where the run has ended */
  function follow() {
    const { play, run, progress } = get();
    if (!run || progress.computed === run.iterations || progress.diverged || progress.stopped) return false;
    const length = play.unit === "epoch" ? run.iterations_per_epoch : 1;
    const rate = play.speed === null || play.goal !== null ? null : play.speed * length;
    followed = run;
    unanswered++;
    void tell(run, "run", { rate, accuracy: play.goal }).finally(() => unanswered--);
    return true;
  }

  /**
   * Sends a command after the commands before it are answered.
   * @param {Run} run @param {"run" | "pause"} verb @param {object} [body] @returns {Promise<boolean>} false if it is refused
   */
  function tell(run, verb, body) {
    const answer = newest.then(() => command(verb, body, run));
    newest = answer.catch(() => {});
    return answer.then(() => true).catch((error) => (report(error), false));
  }

  /** The end of the last iteration that is computed. @returns {Moment} */
  function frontier() {
    const { run, progress } = get();
    return { iteration: progress.computed - 1, position: run?.positions ?? 1 };
  }

  /** Pauses. @param {{ stay?: boolean }} [how] stay: true when a person goes elsewhere, so that the page does not jump to the last computed iteration */
  function stop({ stay = false } = {}) {
    clearTimeout(timer);
    const { play, run, moment, progress } = get();
    if (play.on) dispatch({ type: "play", play: { on: false, goal: null } });
    // Pausing stops the run even when the page does not follow its training.
    const trained = followed ?? (stay || progress.status !== "running" ? null : run);
    followed = null;
    if (trained)
      void pause(trained).then((isMet) => !stay && isMet && get().moment === moment && want(frontier()));
  }

  /** @param {Run} run @returns {Promise<boolean>} true when it has stopped */
  async function pause(run) {
    const isOpen = () => run.id === get().run?.id;
    if (isOpen() && get().progress.status !== "running" && !unanswered) return true;
    dispatch({ type: "play", play: { pausing: true } });
    const isMet = await tell(run, "pause");
    dispatch({ type: "play", play: { pausing: false } });
    return isMet;
  }

  /** @param {Moment} moment @param {boolean} [close] */
  function want(moment, close = false) {
    dispatch({ type: "want", moment, close });
  }

  return {
    stop,
    toggle() {
      if (isPlaying(get())) stop();
      else start();
    },
    start,
    /** @param {Partial<Pick<State["play"], "unit" | "speed">>} play */
    set(play) {
      dispatch({ type: "play", play });
      if (!get().play.on || !followed) return;
      // The server accepts a new speed while it trains. Units smaller than an iteration are played by the page.
      if (isTraining()) follow();
      else start();
    },
  };
}
