/** Getting a run and its numbers: commands, the stream of progress, and loading the moment that is wanted. */

import { decoded, isClose, isGap, isLate, needsWindow, tensorsOf } from "../state.js";
import { slotAt, stepAt } from "../timeline.js";
import { Refusal } from "../refusals.js";

/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("../effects.js").Transport} Transport */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../timeline.js").Moment} Moment */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Progress} Progress */

const RETRY_SECONDS = 2;
/** @type {readonly Refusal["code"][]} */
const FORGOTTEN = ["no_such_run", "not_computed"];

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** @param {Store} store @param {Transport} transport */
export function createLoading(store, transport) {
  const { get, dispatch } = store;
  let loading = false;
  let opening = 0;
  let stopListening = () => {};

  /** @param {unknown} error a Refusal becomes a sentence on the page; anything else is a defect and stays loud */
  function report(error) {
    if (!(error instanceof Refusal)) throw error;
    dispatch({ type: "play", play: { on: false } });
    dispatch({ type: "problem", problem: error.message });
  }

  /** The server's memory is only a cache: what it forgot of a run, it computes again. @param {Run} run */
  async function restore(run) {
    await transport.createRun(run.recipe);
    const { computed } = get().progress;
    if (get().run?.id === run.id && computed > 0) {
      const news = await transport.command(run.id, "seek", { iteration: computed - 1 });
      dispatch({ type: "progress", progress: news });
    }
  }

  /**
   * Asks for something of a run, once more if the server had forgotten it.
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

  /** @param {Progress} news late ones are left; with a gap before them, all that is missing is asked for first */
  async function learn(news) {
    const { run, progress } = get();
    if (!run || news.run !== run.id || isLate(news, progress)) return;
    // Fewer iterations than there were: the server has started anew.
    if (news.computed < progress.computed) return restore(run);
    const whole = isGap(get(), news) ? await transport.getTimeline(run.id, progress.computed) : news;
    dispatch({ type: "progress", progress: whole });
  }

  /** Fetches what the wanted moment needs, newest wish first, and shows it as a whole. */
  async function load() {
    if (loading) return;
    loading = true;
    try {
      while (!isShown()) await loadOnce();
      loading = false;
    } catch (error) {
      loading = false;
      fallBack();
      report(error);
    }
  }

  /** After a wish that cannot be met: back to what is shown, or else to the last iteration there is. */
  function fallBack() {
    const { run, shown, moment, progress } = get();
    if (!run) return;
    const isOurs = shown?.iteration.run === run.id;
    const last = { iteration: progress.computed - 1, position: run.positions };
    const isBeyond = progress.stopped !== null && moment.iteration >= progress.computed;
    const place = isOurs && !isBeyond ? shown.moment : last;
    if (place.iteration < 0) return;
    if (place.iteration === moment.iteration && place.position === moment.position) return;
    if (isOurs) dispatch({ type: "example", example: shown.example });
    dispatch({ type: "want", moment: place, close: isOurs && !isBeyond && shown.window !== null });
  }

  /** Whether the wanted moment is on the stage. */
  function isShown() {
    const state = get();
    const { run, shown, moment } = state;
    if (!run) return true;
    if (!shown || shown.iteration.run !== run.id) return false;
    return (
      shown.example === slotAt(run, moment.iteration, state.example) &&
      shown.moment.iteration === moment.iteration &&
      shown.moment.position === moment.position &&
      (shown.window !== null) === isClose(state)
    );
  }

  async function loadOnce() {
    const state = get();
    const { run, moment, shown } = state;
    if (!run) return;
    if (moment.iteration >= state.progress.computed) {
      await command("seek", { iteration: moment.iteration });
      // Another command can have taken this one's place: then the newest wish is looked at again.
      if (moment.iteration >= get().progress.computed) return;
    }
    const slot = slotAt(run, moment.iteration, state.example);
    const known =
      shown?.iteration.run === run.id && shown.moment.iteration === moment.iteration && shown.example === slot
        ? shown
        : null;
    const names = tensorsOf(run).map((tensor) => tensor.name);
    const { segment, cell } = stepAt(run, moment.position);
    const iteration = known
      ? known.iteration
      : await withRun(() => transport.getIteration(run.id, moment.iteration, slot, names));
    const made = needsWindow(state)
      ? await withRun(() => transport.getWindow(run.id, moment.iteration, slot, segment, cell))
      : null;
    if (get().run?.id !== run.id) return;
    const tensors = known ? known.tensors : decoded(iteration.tensors);
    const partial = decoded(made?.partial ?? []);
    const window = isClose(state) ? made : null;
    dispatch({ type: "show", shown: { moment, example: slot, iteration, tensors, window, partial } });
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

  /** Makes the run again after the server forgot it or was restarted. @param {string} id */
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
   * @param {unknown} recipe @param {(run: Run) => { moment: Moment, example: number, large: State["large"], guide: State["guide"] }} where
   * @returns {Promise<boolean>} whether it is the one that is open now
   */
  async function open(recipe, where) {
    const mine = ++opening;
    const run = await transport.createRun(recipe);
    const progress = await transport.getTimeline(run.id, 0);
    if (mine !== opening) return false;
    dispatch({ type: "open", run, progress, ...where(run) });
    listen(run.id, progress.computed);
    return true;
  }

  store.subscribe((state, before) => {
    if (state.run !== before.run || state.moment !== before.moment || state.example !== before.example) {
      void load();
    }
  });

  return { report, withRun, command, isShown, open };
}

/** @typedef {ReturnType<typeof createLoading>} Loading */
