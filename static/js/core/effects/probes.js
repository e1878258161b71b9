/** Experiments on the moment shown: a gradient check, a nudge, the lens, the stack, and the path of a gradient. */

import { infoOf } from "../state.js";
import { stepAt } from "../timeline.js";

/** @param {import("../effects.js").Base} base */
export function createProbes({ store, transport, withRun, report, playback }) {
  const { get, dispatch } = store;

  /**
   * An answer, or null after its refusal is told.
   * @template T
   * @param {Promise<T>} answer @returns {Promise<T | null>}
   */
  const orReport = (answer) =>
    answer.catch((error) => {
      report(error);
      return null;
    });

  return {
    /** Compares a layer's gradients with finite differences. @param {string} layer */
    async check(layer) {
      // The answer is about the iteration shown, which therefore stays.
      playback.stop({ stay: true });
      const { run, shown } = get();
      if (!run || !shown) return;
      const { iteration } = shown.moment;
      dispatch({ type: "check", layer, check: "running" });
      const check = await orReport(withRun(() => transport.getCheck(run.id, iteration, layer)));
      if (get().run === run && get().shown?.moment.iteration === iteration)
        dispatch({ type: "check", layer, check });
    },

    /** The stack of records at the moment shown. */
    async stack() {
      const { run, shown } = get();
      if (!run || !shown) return null;
      const { iteration, position } = shown.moment;
      return orReport(withRun(() => transport.getStack(run.id, iteration, position)));
    },

    /** What moving the open number by an amount does. @param {number} amount @param {{ name: string, cell: number } | null} watched */
    async nudge(amount, watched) {
      const { run, shown, large } = get();
      if (!run || !shown || !large) return null;
      const { moment, example } = shown;
      return withRun(() =>
        transport.getNudge(run.id, moment.iteration, example, large.name, large.cell, amount, watched),
      );
    },

    /**
     * The code that is at work at the moment shown, and a number that it computes: the open one, if it is one of
     * those, or one of the tensor wished for.
     * @param {string | null} [name]
     */
    async lens(name = null) {
      const { run, shown, large } = get();
      if (!run || !shown) return null;
      const { iteration, position } = shown.moment;
      // The segment that writes the open cell, if it has begun; else the one that the moment is in.
      const writer =
        large && run.segments.findLast((s) => s.writes.includes(large.name) && s.start < position);
      const segment = writer ?? stepAt(run, position).segment;
      const cell = Math.min(position - segment.start, segment.cells) - 1;
      const isOpen = large && segment.writes.includes(large.name) && (name ?? large.name) === large.name;
      const watched = isOpen ? large : { name, cell: null };
      const lens = await orReport(
        withRun(() =>
          transport.getLens(run.id, iteration, shown.example, segment, cell, watched.name, watched.cell),
        ),
      );
      // The new value of a parameter is no line of the code: its change is.
      const tensors = segment.writes.filter((made) => made === segment.name || !made.includes(".new_"));
      return lens && { lens, tensors };
    },

    /** The path from the loss to the open cell's parameter. */
    async chain() {
      playback.stop({ stay: true });
      const { run, shown, large } = get();
      const info = run && large && infoOf(run, large.name);
      const parameter = info ? info.parameter : null;
      if (!run || !shown || !info || parameter === null) return;
      const { moment, example } = shown;
      const chain = await orReport(
        withRun(() =>
          transport.getChain(run.id, moment.iteration, example, info.layer, parameter, large.cell),
        ),
      );
      if (get().shown === shown && get().large === large) dispatch({ type: "chain", chain });
    },
  };
}
