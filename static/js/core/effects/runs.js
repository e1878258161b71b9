/** Another run: with other settings, on other data, or with another future from an iteration on. */

import { nextIteration } from "../state.js";
import { BEGINNING, firstSight, phaseEnd, slotAt } from "../timeline.js";

/** @typedef {import("../timeline.js").Moment} Moment */
/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Edit} Edit */

/**
 * The edits of a recipe with one more. A new future replaces the old one: later learning rates go, and so does
 * another example or picture in the same slot.
 * @param {readonly Edit[]} edits @param {Edit} edit @returns {Edit[]}
 */
export function withEdit(edits, edit) {
  const kept = edits.filter((old) =>
    edit.kind === "learning_rate"
      ? old.kind !== "learning_rate" || old.iteration < edit.iteration
      : old.kind === "learning_rate" || old.iteration !== edit.iteration || old.slot !== edit.slot,
  );
  return [...kept, edit];
}

/** What a recipe says of its data. @param {Recipe} recipe */
const dataOf = ({ dataset, preprocessing, augmentation, validation }) =>
  JSON.stringify([dataset, preprocessing, augmentation, validation]);

/** @param {import("../effects.js").Base & import("./address.js").AddressEffects} base */
export function createRuns({ store, transport, report, openRun, playback, pushAddress }) {
  const { get, dispatch } = store;

  /**
   * Opens another run, which the Back button leads away from.
   * @param {unknown} recipe @param {(run: Run) => Moment} where @param {number} [example]
   */
  async function open(recipe, where, example = 0) {
    playback.stop({ stay: true });
    const before = get().run?.id;
    const isOpen = await openRun(recipe, (run) => ({
      moment: where(run),
      example,
      large: null,
      // Of a worked example begun anew, the guide stays.
      guide: run.id === before ? get().guide : null,
    }));
    if (isOpen && before !== get().run?.id) pushAddress();
  }

  /** The same past, and from the edit's iteration on another future. @param {Edit} edit */
  async function edit(edit) {
    const { run, moment, example } = get();
    if (!run) return;
    const edits = withEdit(run.recipe.edits, edit);
    const where = () => ({ iteration: edit.iteration, position: moment.position });
    await open({ ...run.recipe, edits }, where, example);
  }

  /** A run from its beginning. @param {Partial<Recipe>} changes to the open run's recipe */
  async function newRun(changes) {
    const { run } = get();
    if (run) await open({ ...run.recipe, edits: [], ...changes }, firstSight);
  }

  /**
   * Opens the run with a picture of one's own in the first slot of consecutive iterations, at the last of them.
   * @param {{ picture: string, label: number }} picture @param {number} iteration the first @param {number} times
   * @param {(run: Run) => number} position that is shown
   */
  async function openWith(picture, iteration, times, position) {
    const { run } = get();
    if (!run) return;
    const edits = Array.from(
      { length: times },
      (_, i) => /** @type {Edit} */ ({ kind: "picture", iteration: iteration + i, slot: 0, ...picture }),
    ).reduce(withEdit, run.recipe.edits);
    const where = (/** @type {Run} */ run) => ({ iteration: iteration + times - 1, position: position(run) });
    await open({ ...run.recipe, edits }, where);
  }

  return {
    newRun,
    edit,

    /** Fetches what a recipe can choose between, once. */
    async loadOptions() {
      if (!get().options) dispatch({ type: "options", options: await transport.getOptions() });
    },

    /** The same initialisation again, without the edits. */
    restart() {
      const { run } = get();
      if (run) open({ ...run.recipe, edits: [] }, () => BEGINNING).catch(report);
    },

    /**
     * A run on a data set, from its beginning, with a chosen example in it. Where the open run is on this data, it
     * stays, and the example stands in its next iteration.
     * @param {Recipe} recipe @param {number | null} example
     */
    async useData(recipe, example) {
      const { run, moment } = get();
      if (!run) return;
      const isSame = dataOf(run.recipe) === dataOf(recipe);
      const iteration = isSame ? Math.min(moment.iteration + 1, run.iterations - 1) : 0;
      const slot = isSame ? slotAt(run, iteration, get().example) : 0;
      /** @type {Edit[]} */
      const edits = example === null ? [] : [{ kind: "example", iteration, slot, example }];
      if (isSame && example !== null) return edit(edits[0]);
      await open({ ...recipe, seed: run.recipe.seed, edits }, firstSight);
    },

    /** Puts a training example into the next iteration. @param {number} example */
    async chooseExample(example) {
      const { run, example: wish } = get();
      if (!run) return;
      const iteration = nextIteration(get());
      const slot = slotAt(run, iteration, wish);
      await edit({ kind: "example", iteration, slot, example }).catch(report);
    },

    /**
     * A picture of one's own as an example of consecutive iterations. The last of them is shown at its end.
     * @param {string} picture as text @param {number} label @param {number} iteration the first @param {number} times
     */
    trainOn: (picture, label, iteration, times) =>
      openWith({ picture, label }, iteration, times, ({ positions }) => positions),

    /**
     * A picture of one's own in an iteration, which is shown with its forward pass and its loss.
     * @param {string} picture as text @param {number} label @param {number} iteration
     */
    showPicture: (picture, label, iteration) =>
      openWith({ picture, label }, iteration, 1, (run) => phaseEnd(run, "loss")),

    /**
     * A run on digits of one's own, with the network and the settings of this one.
     * @param {import("../../views/draw/collection_store.js").Collection} digits of one data set
     * @param {boolean} alone true without the examples of that set
     */
    async newRunOnDigits(digits, alone) {
      const { run } = get();
      const { name } = await transport.uploadCollection(digits, alone);
      // A few digits alone fill no larger batch.
      const most = alone ? digits.length : Infinity;
      await newRun({ dataset: name, batch_size: Math.min(run?.recipe.batch_size ?? 1, most) });
    },
  };
}
