/** The comparison: a sweep is begun, followed, cancelled, and one of its runs opened. */

import { isOver, sweepOf } from "../../views/compare/state.js";
import { attemptsIn, whenShown } from "./dialogs.js";

/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").SweepReport} SweepReport */

const POLL_SECONDS = 0.5;

/** @param {import("../effects.js").Tools} tools */
export function createCompare({ store, transport, loadOptions, newRun, pause }) {
  const { get, dispatch } = store;
  const attempt = attemptsIn(store, "compare");
  /** Numbers the sweeps that are followed: the newest one wins. */
  let newest = 0;

  whenShown(store, "compare", () =>
    attempt(async () => {
      await loadOptions();
      const { sweep } = get().compare;
      if (sweep) await follow(await transport.getSweep(sweep.id));
    }),
  );

  /** Follows a sweep to its end, as long as the dialog is open. @param {SweepReport} news */
  async function follow(news) {
    const number = ++newest;
    while (number === newest) {
      dispatch({ type: "sweep", sweep: news });
      if (isOver(news) || get().dialog !== "compare") return;
      await pause(POLL_SECONDS);
      if (number === newest) news = await transport.getSweep(news.id);
    }
  }

  return {
    begin: () => attempt(async () => follow(await transport.beginSweep(sweepOf(get())))),

    cancel: () =>
      attempt(async () => {
        const { sweep } = get().compare;
        if (sweep) await follow(await transport.cancelSweep(sweep.id));
      }),

    /** Opens a run of the sweep. @param {Recipe} recipe */
    open: (recipe) =>
      attempt(async () => {
        await newRun(recipe);
        dispatch({ type: "dialog", close: "compare" });
      }),
  };
}
