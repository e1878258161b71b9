/** Opens runs on the server, and creates them again if the server has dropped them or was restarted. */

import { Refusal } from "../refusals.js";
import { isGap, isLate } from "../state.js";

/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("../effects.js").Transport} Transport */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../timeline.js").Moment} Moment */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Progress} Progress */
/**
 * The moment, example and cell at which a run is opened. `isLeaders`: true if the page follows its leader there.
 * @typedef {{ moment: Moment, example: number, look?: number | null, large: State["large"], guide: State["guide"],
 *   isLeaders?: boolean }} Place
 */

/** @type {readonly Refusal["code"][]} */
const FORGOTTEN = ["no_such_run", "not_computed"];

/** @param {number} seconds @returns {Promise<void>} */
export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** @param {Store} store @param {Transport} transport */
export function createConnection(store, transport) {
  const { get, dispatch } = store;
  /** Numbers the runs that were asked for: the newest one wins. */
  let newest = 0;

  /** Shows a refusal on the page. Any other error is a defect and is thrown. @param {unknown} error */
  function report(error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code !== "unreachable") dispatch({ type: "play", play: { on: false, goal: null } });
    dispatch({ type: "problem", problem: error.message });
  }

  /**
   * Shows a refusal of a request that no person made. If the server does not answer, the page waits: it repeats the
   * request after reconnecting.
   * @param {unknown} error
   */
  function reportOrWait(error) {
    if (error instanceof Refusal && error.code === "unreachable")
      dispatch({ type: "connection", connection: "lost" });
    else report(error);
  }

  /**
   * Creates a dropped run again, and computes it up to the iteration shown. The memory of the server is only a cache.
   * @param {Run} run @param {Refusal["code"]} code
   */
  async function restore(run, code) {
    await transport.createRun(run.recipe);
    const { moment, shown } = get();
    const { iteration } = shown?.iteration.run === run.id ? shown.moment : moment;
    if (code === "not_computed")
      await transport.reach(run.id, iteration, { names: [], example: 0, look: null, since: 0 });
  }

  /**
   * Sends a request about a run. If the server has dropped the run or its iterations, restores them and repeats it.
   * @template T
   * @param {() => Promise<T>} ask @param {Run | null} [run] @returns {Promise<T>}
   */
  async function withRun(ask, run = get().run) {
    const made = new Set();
    for (;;)
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Refusal) || !FORGOTTEN.includes(error.code) || !run || made.has(error.code))
          throw error;
        made.add(error.code);
        await restore(run, error.code);
      }
  }

  /** Stores a progress report. Late reports are dropped, and missing losses are fetched first. @param {Progress} news */
  async function learn(news) {
    const { run, progress } = get();
    if (!run || news.run !== run.id || isLate(news, progress)) return;
    const whole = isGap(get(), news) ? await transport.getTimeline(run.id, progress.computed) : news;
    dispatch({ type: "progress", progress: whole });
  }

  /**
   * Opens the run of a recipe. A later call replaces an earlier one that is still loading.
   * @param {unknown} recipe @param {(run: Run) => Place} where @returns {Promise<boolean>} false if a later call has replaced this one
   */
  async function openRun(recipe, where) {
    const number = ++newest;
    const run = await transport.createRun(recipe);
    const progress = await transport.getTimeline(run.id, 0);
    if (number !== newest) return false;
    dispatch({ type: "open", run, progress, ...where(run) });
    return true;
  }

  return { report, reportOrWait, withRun, learn, openRun };
}

/** @typedef {ReturnType<typeof createConnection>} Connection */
