/** The example picker: the training examples, page by page, and one of them on the stage. */

import { COUNT } from "../../views/examples/state.js";
import { whenShown } from "./dialogs.js";

/** @param {import("../effects.js").Tools} tools */
export function createExamples({ store: { get, dispatch }, store, transport, lookAt, report }) {
  /** Numbers the pages that were asked for: the newest one wins. */
  let newest = 0;
  const close = () => dispatch({ type: "dialog", close: "examples" });

  whenShown(store, "examples", () => void turnTo(get().examples.page?.start ?? 0));

  /** @param {number} start the number of the first example */
  async function turnTo(start) {
    const { run } = get();
    if (!run) return;
    const number = ++newest;
    try {
      const page = await transport.getExamples(run.recipe, "train", start, COUNT);
      if (number === newest && get().run?.id === run.id) dispatch({ type: "examples", page });
    } catch (error) {
      close();
      report(error);
    }
  }

  return {
    /** @param {number} count how many examples further on */
    turn: (count) => turnTo(Math.max(0, (get().examples.page?.start ?? 0) + count)),

    /** Closes the picker and shows an example on the stage. @param {number} example */
    choose(example) {
      close();
      lookAt(example);
    },
  };
}
