/** The answers to a whole batch: fetches them where they are listed, for the iteration on the stage. */

import { wantedOf } from "../../views/cards/state.js";
import { keepAnswered } from "./keeping.js";

/** @param {import("../effects.js").Base} base */
export function createBatch({ store, transport, withRun, reportOrWait }) {
  const { get, dispatch } = store;
  const ask = keepAnswered(
    get,
    wantedOf,
    ({ run, iteration }) => withRun(() => transport.getBatch(run, iteration)),
    (batch) => dispatch({ type: "batch", batch }),
    reportOrWait,
  );
  /** What the question depends on. @type {readonly (keyof import("../state.js").State)[]} */
  const keys = ["connection", "shown", "batch", "play", "players", "run"];
  store.subscribe((state, before) => {
    if (keys.some((key) => state[key] !== before[key])) void ask();
  });

  return {
    /** Lists the answers to all examples of the batch, or shows one of them alone. @param {boolean} isListed */
    list: (isListed) => dispatch({ type: "list batch", isListed }),
  };
}
