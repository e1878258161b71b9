/** The connection to the server: opened runs, which it may have evicted, commands, and the stream of progress. */

import { Refusal } from "../refusals.js";
import { isGap, isLate } from "../state.js";

/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("../effects.js").Transport} Transport */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../timeline.js").Moment} Moment */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Progress} Progress */
/**
 * Where a run is opened.
 * @typedef {{ moment: Moment, example: number, look?: number | null, large: State["large"], guide: State["guide"] }} Place
 */

const RETRY_SECONDS = 2;
/** @type {readonly Refusal["code"][]} */
const FORGOTTEN = ["no_such_run", "not_computed"];

/** @param {number} seconds @returns {Promise<void>} */
export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** @param {Store} store @param {Transport} transport */
export function createConnection(store, transport) {
  const { get, dispatch } = store;
  /** Numbers the runs that were asked for: the newest one wins. */
  let newest = 0;
  let stopListening = () => {};

  /** Shows a refusal on the page. Any other error is a defect and is thrown. @param {unknown} error */
  function report(error) {
    if (!(error instanceof Refusal)) throw error;
    dispatch({ type: "play", play: { on: false } });
    dispatch({ type: "problem", problem: error.message });
  }

  /** The server's memory is only a cache. It computes again what it has evicted. @param {Run} run */
  async function restore(run) {
    await transport.createRun(run.recipe);
    const { computed } = get().progress;
    if (get().run?.id === run.id && computed > 0) {
      const news = await transport.command(run.id, "seek", { iteration: computed - 1 });
      dispatch({ type: "progress", progress: news });
    }
  }

  /**
   * Asks about a run, and once more if the server has evicted the run.
   * @template T
   * @param {() => Promise<T>} ask @param {Run | null} [run] @returns {Promise<T>}
   */
  async function withRun(ask, run = get().run) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refusal) || !FORGOTTEN.includes(error.code) || !run) throw error;
      await restore(run);
      return ask();
    }
  }

  /** @param {"run" | "pause" | "seek"} verb @param {object} [body] @param {Run | null} [run] */
  async function command(verb, body, run = get().run) {
    if (run) await learn(await withRun(() => transport.command(run.id, verb, body), run));
  }

  /** Late news are dropped. Where news are missing before these, they are fetched first. @param {Progress} news */
  async function learn(news) {
    const { run, progress } = get();
    if (!run || news.run !== run.id || isLate(news, progress)) return;
    // Fewer iterations than before: the server was restarted.
    if (news.computed < progress.computed) return restore(run);
    const whole = isGap(get(), news) ? await transport.getTimeline(run.id, progress.computed) : news;
    dispatch({ type: "progress", progress: whole });
  }

  /** @param {string} id @param {number} since */
  function listen(id, since) {
    stopListening();
    stopListening = transport.listen(id, since, {
      progress: (news) => void learn(news).catch(report),
      state: (now) => {
        dispatch({ type: "connection", connection: now === "live" ? "live" : "lost" });
        if (now === "gone") void revive(id);
      },
    });
  }

  /** Creates the run again after the server evicted it or restarted. @param {string} id */
  async function revive(id) {
    await pause(RETRY_SECONDS);
    const { run } = get();
    if (run?.id !== id) return;
    try {
      await restore(run);
      listen(id, get().progress.computed);
    } catch {
      void revive(id);
    }
  }

  /**
   * Opens the run of a recipe. Of several at once, the one asked for last wins.
   * @param {unknown} recipe @param {(run: Run) => Place} where @returns {Promise<boolean>} true if it is the open run now
   */
  async function openRun(recipe, where) {
    const number = ++newest;
    const run = await transport.createRun(recipe);
    const progress = await transport.getTimeline(run.id, 0);
    if (number !== newest) return false;
    dispatch({ type: "open", run, progress, ...where(run) });
    listen(run.id, progress.computed);
    return true;
  }

  return { report, withRun, command, openRun };
}

/** @typedef {ReturnType<typeof createConnection>} Connection */
