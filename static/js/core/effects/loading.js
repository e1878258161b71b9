/** Fetches the numbers of the moment that is wanted, and shows them as a whole. */

import { Refusal } from "../refusals.js";
import { choiceAt, choiceOf, decoded, isChosen, isClose, needsWindow } from "../state.js";
import { stepAt } from "../timeline.js";

/** The pattern of all tensors. */
const ALL = ["*"];

/**
 * @param {import("../effects.js").Store} store @param {import("../effects.js").Transport} transport
 * @param {import("./connection.js").Connection} connection
 */
export function createLoading(store, transport, { report, withRun, command }) {
  const { get, dispatch } = store;
  let isLoading = false;

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
      else fallBack();
      report(error);
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

  /** @returns {boolean} true if the wanted moment is on the stage */
  function isShown() {
    const state = get();
    const { run, shown, moment } = state;
    if (!run) return true;
    if (!shown || shown.iteration.run !== run.id) return false;
    return (
      isChosen(shown, choiceAt(state, run, moment.iteration)) &&
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
      // A newer command may have replaced this one. Then the newest wanted moment counts.
      if (moment.iteration >= get().progress.computed) return;
    }
    const choice = choiceAt(state, run, moment.iteration);
    const known =
      shown?.iteration.run === run.id &&
      shown.moment.iteration === moment.iteration &&
      isChosen(shown, choice)
        ? shown
        : null;
    const { segment, cell } = stepAt(run, moment.position);
    const iteration = known
      ? known.iteration
      : await withRun(() => transport.getIteration(run.id, moment.iteration, choice, ALL));
    const window = needsWindow(state)
      ? await withRun(() => transport.getWindow(run.id, moment.iteration, choice, segment, cell))
      : null;
    if (get().run?.id !== run.id) return;
    dispatch({
      type: "show",
      shown: {
        moment,
        example: iteration.example,
        look: choice.look,
        iteration,
        tensors: known ? known.tensors : decoded(iteration.tensors),
        window: isClose(state) ? window : null,
        partial: decoded(window?.partial ?? []),
      },
    });
  }

  store.subscribe((state, before) => {
    const isOther = state.example !== before.example || state.look !== before.look;
    if (state.run !== before.run || state.moment !== before.moment || isOther) void load();
  });

  return { isShown };
}

/** @typedef {ReturnType<typeof createLoading>} Loading */
