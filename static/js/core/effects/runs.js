/** Opens other runs: with other settings, on other data, or with an edit from some iteration on. */

import { choiceOf, nextIteration } from "../state.js";
import { BEGINNING, firstSight, phaseEnd, slotAt } from "../timeline.js";

/** @typedef {import("../timeline.js").Moment} Moment */
/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Edit} Edit */

/**
 * The edits of a recipe with one more. It replaces later learning rates, or another example or picture in the same
 * slot, or another value of the same cell.
 * @param {readonly Edit[]} edits @param {Edit} edit @returns {Edit[]}
 */
export function withEdit(edits, edit) {
  return [...edits.filter((old) => !isReplaced(old, edit)), edit];
}

/** True where a new edit takes the place of an old one. @param {Edit} old @param {Edit} edit */
function isReplaced(old, edit) {
  if (edit.kind === "learning_rate") {
    return old.kind === "learning_rate" && old.iteration >= edit.iteration;
  }
  if (old.kind === "learning_rate" || old.iteration !== edit.iteration) return false;
  if (edit.kind === "parameter") {
    return old.kind === "parameter" && old.name === edit.name && old.cell === edit.cell;
  }
  return old.kind !== "parameter" && old.slot === edit.slot;
}

/** The part of a recipe that describes its data, as text. @param {Recipe} recipe */
const dataOf = ({ dataset, preprocessing, augmentation, validation }) =>
  JSON.stringify([dataset, preprocessing, augmentation, validation]);

/** @param {import("../effects.js").Base & import("./address.js").AddressEffects} base */
export function createRuns({ store, transport, report, openRun, playback, pushAddress }) {
  const { get, dispatch } = store;

  /**
   * Opens another run as a new entry of the browser's history.
   * @param {unknown} recipe @param {(run: Run) => Moment} where @param {import("../state.js").Choice} [choice]
   * @param {import("../state.js").State["large"]} [large] the open cell
   */
  async function open(recipe, where, choice = { example: 0, look: null }, large = null) {
    playback.stop();
    const before = get().run?.id;
    const isOpen = await openRun(recipe, (run) => ({
      moment: where(run),
      ...choice,
      large,
      // A worked example that restarts keeps its guide.
      guide: run.id === before ? get().guide : null,
    }));
    if (isOpen && before !== get().run?.id) pushAddress();
  }

  /** Opens the run with other edits. The open cell stays open. @param {readonly Edit[]} edits @param {number} iteration @param {import("../state.js").Choice} choice */
  async function openEdited(edits, iteration, choice) {
    const { run, moment, large } = get();
    const where = () => ({ iteration, position: moment.position });
    if (run) await open({ ...run.recipe, edits }, where, choice, large);
  }

  /** Opens the run with one more edit, at the edit's iteration. @param {Edit} edit @param {import("../state.js").Choice} [choice] */
  async function edit(edit, choice = choiceOf(get())) {
    const { run } = get();
    if (run) await openEdited(withEdit(run.recipe.edits, edit), edit.iteration, choice);
  }

  /** Opens a run at its beginning. @param {Partial<Recipe>} changes to the open run's recipe */
  async function newRun(changes) {
    const { run } = get();
    if (run) await open({ ...run.recipe, edits: [], ...changes }, firstSight);
  }

  /**
   * Opens the run with the person's picture in the first slot of consecutive iterations, at the last of them.
   * @param {{ picture: string, label: number }} picture @param {number} iteration the first @param {number} times
   * @param {(run: Run) => number} position to show
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

  /** Shows a training example on the stage, in the batch or not. The run stays as it is. @param {number} look */
  const lookAt = (look) => dispatch({ type: "example", example: get().example, look });

  return {
    newRun,
    edit,

    /** Opens the run without an edit, at the moment shown. @param {Edit} edit */
    async removeEdit(edit) {
      const { run, moment } = get();
      const edits = run?.recipe.edits.filter((each) => JSON.stringify(each) !== JSON.stringify(edit)) ?? [];
      await openEdited(edits, moment.iteration, choiceOf(get())).catch(report);
    },

    /** Sets the learning rate from the next step on. The moment stays. @param {number} value */
    async setLearningRate(value) {
      const iteration = nextIteration(get());
      const { run, moment } = get();
      if (!run) return;
      const edits = withEdit(run.recipe.edits, { kind: "learning_rate", iteration, value });
      await openEdited(edits, moment.iteration, choiceOf(get())).catch(report);
    },

    /** Sets the open weight to a value, from the step shown on. @param {number} value */
    async setParameter(value) {
      const { large, moment } = get();
      if (!large) return;
      const { name, cell } = large;
      await edit({ kind: "parameter", iteration: moment.iteration, name, cell, value }).catch(report);
    },

    /** Fetches the options of a recipe, once. */
    async loadOptions() {
      if (!get().options) dispatch({ type: "options", options: await transport.getOptions() });
    },

    /** Starts the run again with the same initialisation and without its edits. */
    restart() {
      const { run } = get();
      if (run) open({ ...run.recipe, edits: [] }, () => BEGINNING).catch(report);
    },

    /**
     * Opens a run on a data set at its beginning. With an example, a person looks at it; if the open run already uses
     * this data, at its present moment.
     * @param {Recipe} recipe @param {number | null} example
     */
    async useData(recipe, example) {
      const { run } = get();
      if (!run) return;
      if (example !== null && dataOf(run.recipe) === dataOf(recipe)) return lookAt(example);
      const choice = { example: 0, look: example };
      await open({ ...recipe, seed: run.recipe.seed, edits: [] }, firstSight, choice);
    },

    lookAt,

    /** Puts a training example into the next iteration, and shows it there. @param {number} example */
    async trainOnExample(example) {
      const { run, example: wish } = get();
      if (!run) return;
      const iteration = nextIteration(get());
      const slot = slotAt(run, iteration, wish);
      const choice = { example: wish, look: null };
      await edit({ kind: "example", iteration, slot, example }, choice).catch(report);
    },

    /**
     * Trains on the person's picture in consecutive iterations, and shows the end of the last.
     * @param {string} picture as text @param {number} label @param {number} iteration the first @param {number} times
     */
    trainOn: (picture, label, iteration, times) =>
      openWith({ picture, label }, iteration, times, ({ positions }) => positions),

    /**
     * Puts the person's picture into an iteration, and shows its forward pass and its loss.
     * @param {string} picture as text @param {number} label @param {number} iteration
     */
    showPicture: (picture, label, iteration) =>
      openWith({ picture, label }, iteration, 1, (run) => phaseEnd(run, "loss")),

    /**
     * Opens a run on collected digits, with the network and the settings of the open run.
     * @param {import("../../views/draw/collection_store.js").Collection} digits of one data set
     * @param {boolean} alone true without the other examples of that set
     */
    async newRunOnDigits(digits, alone) {
      const { run } = get();
      const { name } = await transport.uploadCollection(digits, alone);
      // A batch cannot be larger than its data set.
      const most = alone ? digits.length : Infinity;
      await newRun({ dataset: name, batch_size: Math.min(run?.recipe.batch_size ?? 1, most) });
    },
  };
}
