/**
 * Play: through what is computed already by a timer of ours; from the frontier on the server trains by itself,
 * and the page follows.
 */

import { clamp, step } from "./timeline.js";

/** @typedef {import("./effects.js").Store} Store */
/** @typedef {import("./loading.js").Loading} Loading */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./timeline.js").Moment} Moment */
/** @typedef {import("./wire.js").Run} Run */

const FRAMES = 30;
const MOST_STEPS = 10_000;
/** What is as fast as it goes for cells, layers and phases: more than can be drawn. */
const FASTEST = 1000;

/** @param {Store} store @param {Loading} loading */
export function createPlaying(store, { report, command, isShown }) {
  const { get, dispatch } = store;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let following = false;
  /** Commands to train on that are not answered yet. */
  let asking = 0;
  /** The command given last. */
  let told = Promise.resolve();
  /** Steps that the speed allows and that are not made yet. */
  let due = 0;
  let last = 0;

  const isTraining = () => get().play.unit === "iteration" || get().play.unit === "epoch";

  /** @param {number | null} [goal] the accuracy to train to, from the frontier on and as fast as it goes */
  function start(goal = null) {
    dispatch({ type: "play", play: { on: true, goal } });
    due = 1;
    last = performance.now();
    if (goal !== null && !follow()) return void stop();
    tick();
  }

  function tick() {
    clearTimeout(timer);
    const { play, run, progress } = get();
    if (!play.on || !run) return;
    const now = performance.now();
    const speed = play.speed ?? FASTEST;
    due = Math.min(due + (speed * (now - last)) / 1000, Math.max(1, speed));
    last = now;
    // Never run ahead of the picture: the next step waits until this one is on the stage.
    if (isShown()) {
      if (following) {
        if (!asking && progress.status !== "running") return void stop();
        want(frontier());
      } else if (due >= 1 && !walk(run)) return void stop();
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
    following = true;
    asking++;
    void tell("run", { rate, accuracy: play.goal }).finally(() => asking--);
    return true;
  }

  /** A command that the server hears after those given before. @param {"run" | "pause"} verb @param {object} [body] */
  function tell(verb, body) {
    const answer = told.then(() => command(verb, body));
    told = answer.catch(() => {});
    return answer.catch(report);
  }

  /** The end of the last iteration that is computed. @returns {Moment} */
  function frontier() {
    const { run, progress } = get();
    return { iteration: progress.computed - 1, position: run?.positions ?? 1 };
  }

  /** Pauses. @param {{ stay?: boolean }} [how] stay: a person goes elsewhere, so the frontier is not shown */
  async function stop({ stay = false } = {}) {
    clearTimeout(timer);
    if (get().play.on) dispatch({ type: "play", play: { on: false, goal: null } });
    const followed = following;
    following = false;
    if (followed && (get().progress.status === "running" || asking)) void tell("pause");
    await told;
    if (followed && !stay) want(frontier());
  }

  /** @param {Moment} moment @param {boolean} [close] */
  function want(moment, close = false) {
    dispatch({ type: "want", moment, close });
  }

  return {
    stop,
    toggle() {
      if (get().play.on) void stop();
      else start();
    },
    start,
    /** @param {Partial<Pick<State["play"], "unit" | "speed">>} play */
    set(play) {
      dispatch({ type: "play", play });
      if (!get().play.on || !following) return;
      // The server takes a new speed in its stride; smaller units than an iteration are not its to play.
      if (isTraining()) follow();
      else void stop().then(() => start());
    },
  };
}
