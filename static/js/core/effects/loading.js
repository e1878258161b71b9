/** Fetches the numbers of the moment that is wanted, and shows them as a whole. */

import { Refusal } from "../refusals.js";
import { choiceAt, choiceOf, isChosen, isClose, isLive, needsWindow } from "../state.js";
import { decoded } from "../shown_tensors.js";
import { stepAt } from "../timeline.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Choice} Choice */
/** @typedef {import("../../wire.js").Run} Run */

/** The pattern of all tensors. */
const ALL = ["*"];

/**
 * @param {import("../effects.js").Store} store @param {import("../effects.js").Transport} transport
 * @param {import("./connection.js").Connection} connection
 */
export function createLoading(store, transport, { reportOrWait, withRun, learn }) {
  const { get, dispatch } = store;
  let isLoading = false;
  /** The iteration that is being computed and read. @type {{ run: string, iteration: number, controller: AbortController } | null} */
  let reaching = null;

  /** Shows the newest wanted moment. */
  async function load() {
    if (isLoading) return;
    isLoading = true;
    try {
      while (!isShown()) await loadOnce();
      isLoading = false;
    } catch (error) {
      isLoading = false;
      if (error instanceof Refusal && error.field === "look") stopLooking();
      // An unanswered request is repeated after reconnecting.
      else if (!(error instanceof Refusal) || error.code !== "unreachable") fallBack();
      reportOrWait(error);
    }
  }

  /** Shows a slot of the batch in place of an example that does not exist. */
  const stopLooking = () => dispatch({ type: "example", example: get().example });

  /** Goes back when the wanted moment cannot be loaded: to the moment shown, or else to the last computed iteration. */
  function fallBack() {
    const { run, shown, moment, progress } = get();
    if (!run) return;
    const isOurs = shown?.iteration.run === run.id;
    const last = { iteration: progress.computed - 1, position: run.positions };
    const isBeyond = progress.stopped !== null && moment.iteration >= progress.computed;
    const place = isOurs && !isBeyond ? shown.moment : last;
    if (place.iteration < 0) return;
    if (place.iteration === moment.iteration && place.position === moment.position) return;
    if (isOurs) dispatch({ type: "example", ...choiceOf(shown) });
    dispatch({ type: "want", moment: place, close: isOurs && !isBeyond && shown.window !== null });
  }

  /** @returns {boolean} true if the wanted moment is on the stage, or if frames bring the next one */
  function isShown() {
    const state = get();
    const { run, shown, moment } = state;
    if (!run) return true;
    if (!shown || shown.iteration.run !== run.id) return false;
    if (isLive(state)) return true;
    return (
      !shown.isLive &&
      isChosen(shown, choiceAt(state, run, moment.iteration)) &&
      shown.moment.iteration === moment.iteration &&
      shown.moment.position === moment.position &&
      (shown.window !== null) === isClose(state)
    );
  }

  /**
   * Computes and reads an iteration, with all of its tensors.
   * @param {Run} run @param {number} iteration @param {Choice} choice @returns the iteration; null if it is no longer wanted
   */
  async function read(run, iteration, choice) {
    const controller = new AbortController();
    reaching = { run: run.id, iteration, controller };
    const { computed: since } = get().progress;
    try {
      const reached = await withRun(
        () => transport.reach(run.id, iteration, { names: ALL, ...choice, since }, controller.signal),
        run,
      );
      await learn(reached.progress);
      return reached.iteration;
    } catch (error) {
      if (controller.signal.aborted) return null;
      throw error;
    } finally {
      reaching = null;
    }
  }

  /** @param {State} state @param {Run} run @param {Choice} choice @returns {Promise<Pick<NonNullable<State["shown"]>, "iteration" | "tensors"> | null>} */
  async function numbersOf({ shown, moment }, run, choice) {
    const isKnown =
      shown?.iteration.run === run.id &&
      shown.moment.iteration === moment.iteration &&
      isChosen(shown, choice) &&
      !shown.isLive;
    if (isKnown) return shown;
    const answer = await read(run, moment.iteration, choice);
    if (!answer) return null;
    const { tensors, ...iteration } = answer;
    return { iteration, tensors: decoded(tensors) };
  }

  async function loadOnce() {
    const state = get();
    const { run, moment } = state;
    if (!run) return;
    const choice = choiceAt(state, run, moment.iteration);
    const { segment, cell } = stepAt(run, moment.position);
    const numbers = await numbersOf(state, run, choice);
    if (!numbers) return;
    const window = needsWindow(state)
      ? await withRun(() => transport.getWindow(run.id, moment.iteration, choice, segment, cell), run)
      : null;
    // In the meantime, a frame can have arrived, or another run can be open.
    if (get().run?.id !== run.id || isShown()) return;
    dispatch({
      type: "show",
      shown: {
        moment,
        example: numbers.iteration.example,
        look: choice.look,
        iteration: numbers.iteration,
        tensors: numbers.tensors,
        window: isClose(state) ? window : null,
        partial: decoded(window?.partial ?? []),
        isLive: false,
      },
    });
  }

  /** Cancels the computation of an iteration that is no longer wanted. @param {State} state */
  function stopReaching({ run, moment, progress }) {
    if (!reaching || reaching.iteration < progress.computed) return;
    if (run?.id !== reaching.run || moment.iteration < reaching.iteration) reaching.controller.abort();
  }

  store.subscribe((state, before) => {
    const isMoved =
      state.run !== before.run ||
      state.moment !== before.moment ||
      state.example !== before.example ||
      state.look !== before.look;
    if (isMoved) stopReaching(state);
    const isBack = state.connection === "live" && before.connection === "lost";
    if (isMoved || isBack || isLive(state) !== isLive(before)) void load();
  });

  return { isShown };
}

/** @typedef {ReturnType<typeof createLoading>} Loading */
