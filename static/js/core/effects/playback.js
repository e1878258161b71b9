/**
 * Play: through what is computed already by a timer of ours; from the frontier on the server trains by itself,
 * and the page follows.
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
/** What is as fast as it goes for cells, layers and phases: more than can be drawn. */
const FASTEST = 1000;

/** @param {Store} store @param {Pick<Connection, "report" | "command"> & Loading} connection */
export function createPlayback(store, { report, command, isShown }) {
  const { get, dispatch } = store;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** The run that the server was told to train on, and that the page follows. @type {Run | null} */
  let followed = null;
  /** Commands to train on that are not answered yet. */
  let asking = 0;
  /** Settles when the command given last is answered. */
  let told = Promise.resolve();
  /** Steps that the speed allows and that are not made yet. */
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
    // Whoever ended the play, the server ends it too.
    if (!play.on || !run) return stop({ stay: true });
    const now = performance.now();
    const speed = play.speed ?? FASTEST;
    due = Math.min(due + (speed * (now - last)) / 1000, Math.max(1, speed));
    last = now;
    // Never run ahead of the picture: the next step waits until this one is on the stage.
    if (isShown()) {
      if (followed) {
        if (!asking && progress.status !== "running") return stop();
        want(frontier());
      } else if (due >= 1 && !walk(run)) return stop();
    }
    timer = setTimeout(tick, 1000 / Math.min(play.speed ?? FRAMES, FRAMES));
  }

  /** As many steps as are due, or the command to train on. @param {Run} run @returns {boolean} false at the end */
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
    asking++;
    void tell(run, "run", { rate, accuracy: play.goal }).finally(() => asking--);
    return true;
  }

  /**
   * A command that the server hears after those given before.
   * @param {Run} run @param {"run" | "pause"} verb @param {object} [body] @returns {Promise<boolean>} whether it is met
   */
  function tell(run, verb, body) {
    const answer = told.then(() => command(verb, body, run));
    told = answer.catch(() => {});
    return answer.then(() => true).catch((error) => (report(error), false));
  }

  /** The end of the last iteration that is computed. @returns {Moment} */
  function frontier() {
    const { run, progress } = get();
    return { iteration: progress.computed - 1, position: run?.positions ?? 1 };
  }

  /** Pauses. @param {{ stay?: boolean }} [how] stay: a person goes elsewhere, so the frontier is not shown */
  function stop({ stay = false } = {}) {
    clearTimeout(timer);
    const { play, run, moment, progress } = get();
    if (play.on) dispatch({ type: "play", play: { on: false, goal: null } });
    // Who pauses means the run, also one that trains without being followed.
    const trained = followed ?? (stay || progress.status !== "running" ? null : run);
    followed = null;
    if (trained)
      void pause(trained).then((isMet) => !stay && isMet && get().moment === moment && want(frontier()));
  }

  /** @param {Run} run @returns {Promise<boolean>} whether it stands still */
  async function pause(run) {
    const isOpen = () => run.id === get().run?.id;
    if (isOpen() && get().progress.status !== "running" && !asking) return true;
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
      // The server takes a new speed in its stride; smaller units than an iteration are not its to play.
      if (isTraining()) follow();
      else start();
    },
  };
}
