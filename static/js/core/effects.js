/**
 * Everything that a person can do, as effects: the only place where the store, the network and the address bar meet.
 *
 * The pattern, for each feature of the page (a panel or a dialog):
 *
 * 1. `views/<feature>/state.js` is its slice of the state: an `INITIAL` value, a `reduce(slice, action, stateBefore)`,
 *    its own `Action` type, and selectors. All of it is pure. `core/state.js` lists the slice under the feature's name.
 *    What belongs to a run goes when an action `open` brings another run.
 * 2. `core/effects/<feature>.js` talks to the server: it reads the state, asks, and dispatches what it hears. An answer
 *    that comes too late (another run, a newer question, a closed dialog) is dropped. A refusal becomes a sentence in
 *    the state: `attemptsIn` for a dialog, `report` for the page.
 * 3. `views/<feature>/dialog.js` exports `mountFeature(root, { store, effects })`. It returns a function that draws a
 *    state. It knows nothing else: no transport, no other feature, and nothing that a redraw could not restore.
 *
 * A dialog opens by an action, `{ type: "dialog", open: "settings" }`, from wherever. Its effects see that it is open
 * (`whenShown`) and fetch what it shows; the view opens the `<dialog>` (`modal`) when it has something to show. When
 * another run opens behind it, `whenShown` calls again. The verbs of a feature are under its name:
 * `effects.evaluation.begin()`; those of the run, of the time and of the explanations are not: `effects.seek(...)`.
 */

import { fromQuery, toQuery } from "./address.js";
import { createEvaluation } from "./effects/evaluation.js";
import { createExplanations } from "./effects/explanations.js";
import { createLoading } from "./effects/loading.js";
import { createPlaying } from "./effects/playback.js";
import { createSettings } from "./effects/settings.js";
import { infoOf, nextIteration, sizeOf } from "./state.js";
import { BEGINNING, clamp, formatMoment, parseMoment, phaseEnd, slotAt, step } from "./timeline.js";
import { Refusal } from "./refusals.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("./timeline.js").Moment} Moment */
/** @typedef {import("./timeline.js").Unit} Unit */
/** @typedef {import("../wire.js").Recipe} Recipe */
/** @typedef {import("../wire.js").Run} Run */
/** @typedef {import("../wire.js").Edit} Edit */
/** @typedef {import("../wire.js").Preset} Preset */
/** @typedef {typeof import("./transport.js")} Transport */
/** @typedef {ReturnType<typeof import("./store.js").createStore<State, Action>>} Store */
/** @typedef {Pick<History, "pushState" | "replaceState"> & { search: () => string }} Bar the address bar */
/** @typedef {{ readonly store: Store, readonly effects: Effects }} App what every view is given */

/**
 * What the effects of a feature are made from.
 * @typedef {object} Tools
 * @property {Store} store
 * @property {Transport} transport
 * @property {ReturnType<typeof createLoading>["report"]} report tells a refusal on the page
 * @property {ReturnType<typeof createLoading>["withRun"]} withRun asks about a run that the server may have forgotten
 * @property {(seconds: number) => Promise<void>} pause
 * @property {() => Promise<void>} loadOptions
 * @property {(changes: Partial<Recipe>) => Promise<void>} newRun from its beginning
 * @property {(edit: Edit) => Promise<void>} edit
 * @property {(example: number) => Promise<void>} chooseExample
 */

const ADDRESS_SECONDS = 0.15;

/** @param {number} seconds @returns {Promise<void>} */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

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

/** @param {string | null} view such as conv1.out/227 @returns {State["large"]} */
function fromView(view) {
  const [name, cell] = (view ?? "").split("/");
  return name ? { name, cell: Number(cell) || 0 } : null;
}

/** @param {Run} run @param {State["large"]} large @returns {boolean} whether the run has that cell */
function hasCell(run, large) {
  const info = large && infoOf(run, large.name);
  return Boolean(info && Number.isInteger(large.cell) && large.cell >= 0 && large.cell < sizeOf(info));
}

/** The first sight: a whole forward pass, with its loss. @param {Run} run */
const firstSight = (run) => ({ iteration: 0, position: phaseEnd(run, "loss") });

/** @param {Store} store @param {Transport} transport @param {Bar} bar */
export function createEffects(store, transport, bar) {
  const { get, dispatch } = store;
  const loading = createLoading(store, transport);
  const playing = createPlaying(store, loading);
  const questions = createExplanations(store, transport, loading);
  const { report } = loading;
  let addressTimer = 0;
  let opening = 0;

  function address() {
    const { run, defaults, guide, shown, moment, example, large } = get();
    if (!run || !defaults) return bar.search();
    const at = formatMoment(run, shown?.iteration.run === run.id ? shown.moment : moment);
    const view = large ? `${large.name}/${large.cell}` : null;
    return toQuery(run.recipe, defaults, guide, { at, example, view });
  }

  /** Opens another run, which the Back button leads away from. @param {unknown} recipe @param {(run: Run) => Moment} where @param {number} [example] */
  async function open(recipe, where, example = 0) {
    playing.stop({ stay: true });
    const before = get().run?.id;
    // Of a worked example begun anew, the guide stays.
    const guideOf = (/** @type {Run} */ run) => (run.id === before ? get().guide : null);
    const isOpen = await loading.open(recipe, (run) => ({
      moment: where(run),
      example,
      large: null,
      guide: guideOf(run),
    }));
    if (isOpen && before !== get().run?.id) bar.pushState(null, "", address());
  }

  /** Goes to a stop of the worked example that is open. @param {Run} run @param {Preset} preset @param {number} stop */
  function stopAt(run, preset, stop) {
    const { at, name, cell } = preset.stops[stop];
    return {
      moment: parseMoment(run, at) ?? firstSight(run),
      example: 0,
      large: { name, cell },
      guide: { preset, stop },
    };
  }

  /** Opens what the address bar says, and says so where it cannot. */
  async function openAddress() {
    const search = bar.search();
    opening++;
    try {
      await openSearch(search);
    } finally {
      opening--;
    }
  }

  /** @param {string} search */
  async function openSearch(search) {
    playing.stop({ stay: true });
    if (!get().defaults) {
      const [defaults, presets] = await Promise.all([transport.getRecipe(), transport.getPresets()]);
      dispatch({ type: "defaults", defaults, presets });
    }
    const { defaults, presets } = get();
    if (!defaults) return;
    const { recipe, guide, place, unknown } = fromQuery(search, defaults, presets);
    const problems = unknown.map(
      (key) => `The address has “${key}”, which nothing here knows; it is left out.`,
    );
    /** @param {Run} run */
    const where = (run) => {
      const moment = place.at === null ? firstSight(run) : parseMoment(run, place.at);
      if (!moment)
        problems.push(
          `This run has no moment “${place.at}”, so it starts at its first. Its iterations go from 0 to ` +
            `${run.iterations - 1}; a place within one is best copied from the address bar.`,
        );
      const large = fromView(place.view);
      return {
        moment: moment ?? firstSight(run),
        example: place.example,
        large: hasCell(run, large) ? large : null,
        guide,
      };
    };
    try {
      await loading.open(recipe, where);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
      problems.push(
        `The address asks for a run that cannot be made: ${error.message} This is the default run.`,
      );
      await loading.open(defaults, (run) => ({ ...where(run), guide: null }));
    }
    if (problems.length) dispatch({ type: "problem", problem: problems.join(" ") });
  }

  /**
   * The run with a picture of one's own in the first slot of some iterations on end, at the last of them.
   * @param {{ picture: string, label: number }} given @param {number} iteration the first @param {number} times
   * @param {(run: Run) => number} position that is shown
   */
  async function openWith(given, iteration, times, position) {
    const { run } = get();
    if (!run) return;
    const edits = Array.from(
      { length: times },
      (_, i) => /** @type {Edit} */ ({ kind: "picture", iteration: iteration + i, slot: 0, ...given }),
    ).reduce(withEdit, run.recipe.edits);
    const where = (/** @type {Run} */ run) => ({ iteration: iteration + times - 1, position: position(run) });
    await open({ ...run.recipe, edits }, where, 0);
  }

  store.subscribe((state, before) => {
    if (state.shown === before.shown && state.large === before.large && state.guide === before.guide) return;
    // Browsers allow about a hundred changes of the address in ten seconds.
    addressTimer ||= /** @type {any} */ (
      setTimeout(() => {
        addressTimer = 0;
        // While an address is being opened, it is not ours to write over.
        if (opening === 0) bar.replaceState(null, "", address());
      }, ADDRESS_SECONDS * 1000)
    );
  });

  const effects = {
    report,
    withRun: loading.withRun,
    openAddress: () => openAddress().catch(report),
    togglePlay: playing.toggle,
    /** Trains until an evaluation has this accuracy, or goes to where one has. @param {number} goal */
    trainTo(goal) {
      const { run, progress } = get();
      const reached = progress.evaluations.find(({ accuracy }) => accuracy >= goal);
      if (!run) return;
      // An evaluation after so many iterations stands at the end of the last of them.
      if (reached) effects.seek({ iteration: reached.iteration - 1, position: run.positions });
      else playing.start(goal);
    },
    setPlay: playing.set,
    /** @param {string} layer */
    check(layer) {
      // Its answer is about the iteration shown, which therefore stays.
      playing.stop({ stay: true });
      return questions.check(layer);
    },
    stack: questions.stack,
    nudge: questions.nudge,
    lens: questions.lens,
    chain() {
      playing.stop({ stay: true });
      void questions.findChain();
    },

    /** @param {Unit} unit @param {1 | -1} direction */
    step(unit, direction) {
      const { run, moment } = get();
      if (!run) return;
      playing.stop({ stay: true });
      dispatch({ type: "want", moment: step(run, moment, unit, direction), close: unit === "cell" });
    },

    /** @param {Partial<Moment>} target what is left out stays @param {boolean} [close] whether to show the window */
    seek(target, close = false) {
      const { run, moment } = get();
      if (!run) return;
      playing.stop({ stay: true });
      dispatch({ type: "want", moment: clamp(run, { ...moment, ...target }), close });
    },

    /** Goes to an iteration that a person typed, or says which ones there are. @param {number} iteration */
    goTo(iteration) {
      const { run } = get();
      if (!run) return;
      const last = run.iterations - 1;
      if (Number.isInteger(iteration) && iteration >= 0 && iteration <= last) effects.seek({ iteration });
      else
        dispatch({
          type: "problem",
          problem: `There is no iteration ${iteration}: this run goes from 0 to ${last}.`,
        });
    },

    /** What a recipe can choose between, once. */
    async loadOptions() {
      if (!get().options) dispatch({ type: "options", options: await transport.getOptions() });
    },
    options: () => transport.getOptions(),

    /** Another run from its beginning. @param {Partial<Recipe>} changes */
    async newRun(changes) {
      const { run } = get();
      if (run) await open({ ...run.recipe, edits: [], ...changes }, firstSight);
    },

    /**
     * A run on a data set, from its beginning, with an example of one's choice in it. Where the set is the one in
     * use, the run stays, and the example stands in its next iteration.
     * @param {Recipe} recipe @param {number | null} example
     */
    async useData(recipe, example) {
      const { run, moment } = get();
      if (!run) return;
      /** @param {Recipe} recipe */
      const dataOf = ({ dataset, preprocessing, augmentation, validation }) =>
        JSON.stringify([dataset, preprocessing, augmentation, validation]);
      const isSame = dataOf(run.recipe) === dataOf(recipe);
      const iteration = isSame ? Math.min(moment.iteration + 1, run.iterations - 1) : 0;
      const slot = isSame ? slotAt(run, iteration, get().example) : 0;
      /** @type {Edit[]} */
      const edits = example === null ? [] : [{ kind: "example", iteration, slot, example }];
      if (isSame && example !== null) return effects.edit(edits[0]);
      await open({ ...recipe, seed: run.recipe.seed, edits }, firstSight);
    },

    /** A worked example, at its first stop. @param {string} key */
    async openPreset(key) {
      const preset = get().presets.find((preset) => preset.key === key);
      if (!preset) return;
      playing.stop({ stay: true });
      const before = get().run?.id;
      const isOpen = await loading.open(preset.recipe, (run) => stopAt(run, preset, 0));
      if (isOpen && before !== get().run?.id) bar.pushState(null, "", address());
    },

    /** @param {number} stop of the worked example that is open */
    goToStop(stop) {
      const { run, guide } = get();
      if (!run || !guide?.preset.stops[stop]) return;
      playing.stop({ stay: true });
      const { moment, large, guide: next } = stopAt(run, guide.preset, stop);
      // Each stop is a place of its own for the Back button.
      if (stop !== guide.stop) bar.pushState(null, "", `?preset=${guide.preset.key}&stop=${stop + 1}`);
      dispatch({ type: "guide", guide: next });
      dispatch({ type: "want", moment, close: false });
      dispatch({ type: "large", large });
    },

    /** The run stays, its stops are put away. */
    leaveGuide: () => dispatch({ type: "guide", guide: null }),

    /** The same initialisation again, without the edits. */
    reset() {
      const { run, guide } = get();
      if (guide) effects.openPreset(guide.preset.key).catch(report);
      else if (run) open({ ...run.recipe, edits: [] }, () => BEGINNING).catch(report);
    },

    /** The same past, and from the edit's iteration on another future. @param {Edit} edit */
    async edit(edit) {
      const { run, moment, example } = get();
      if (!run) return;
      const edits = withEdit(run.recipe.edits, edit);
      const where = () => ({ iteration: edit.iteration, position: moment.position });
      await open({ ...run.recipe, edits }, where, example);
    },

    /** Puts a training example into the next iteration. @param {number} example */
    chooseExample(example) {
      const { run, example: wish } = get();
      const iteration = nextIteration(get());
      const slot = run ? slotAt(run, iteration, wish) : 0;
      return effects.edit({ kind: "example", iteration, slot, example }).catch(report);
    },

    /**
     * A picture of one's own as an example of some iterations on end; the last of them is shown at its end.
     * @param {string} picture as text @param {number} label @param {number} iteration the first @param {number} times
     */
    teach: (picture, label, iteration, times) =>
      openWith({ picture, label }, iteration, times, ({ positions }) => positions),

    /**
     * A picture of one's own in an iteration, which is shown with all that it makes of it, and its loss.
     * @param {string} picture as text @param {number} label @param {number} iteration
     */
    stand: (picture, label, iteration) =>
      openWith({ picture, label }, iteration, 1, (run) => phaseEnd(run, "loss")),

    /**
     * A run on digits of one's own, with the network and the settings of this one.
     * @param {import("../views/draw/collection_store.js").Collection} digits of one data set @param {boolean} alone or among its examples
     */
    async collect(digits, alone) {
      const { run } = get();
      const { name } = await transport.keepCollection(digits, alone);
      // A few digits alone fill no larger batch.
      const most = alone ? digits.length : Infinity;
      await effects.newRun({ dataset: name, batch_size: Math.min(run?.recipe.batch_size ?? 1, most) });
    },

    /** @param {number} example a slot of the batch */
    showExample: (example) => dispatch({ type: "example", example }),

    /** @param {State["large"]} large */
    enlarge: (large) => dispatch({ type: "large", large }),

    /** Goes to a cell that a term names, and remembers the way. @param {{ name: string, cell: number, example: number | null }} place */
    follow({ name, cell, example }) {
      const { large, trail, example: before } = get();
      if (example !== null && example !== before) dispatch({ type: "example", example });
      const way = large ? [...trail, { ...large, example: before }] : [];
      dispatch({ type: "large", large: { name, cell }, trail: way });
    },

    /** Goes to the update of the iteration before, which left the open cell as it is. @param {string} name its tensor there */
    followBack(name) {
      const { run, shown, large } = get();
      if (!run || !shown || !large) return;
      effects.seek({ iteration: shown.moment.iteration - 1, position: run.positions });
      dispatch({ type: "large", large: { name, cell: large.cell } });
    },

    /** @param {number} depth how far along the breadcrumb */
    goBack(depth) {
      const { trail, example: now } = get();
      const { example, ...large } = trail[depth];
      if (example !== now) dispatch({ type: "example", example });
      dispatch({ type: "large", large, trail: trail.slice(0, depth) });
    },

    /** @param {State["lit"]} lit */
    light: (lit) => dispatch({ type: "lit", lit }),

    /** @param {Partial<State["page"]>} page */
    turn: (page) => dispatch({ type: "page", page }),

    /** @param {Partial<State["slide"]>} slide */
    slide: (slide) => dispatch({ type: "slide", slide }),
  };
  /** @type {Tools} */
  const tools = { ...effects, store, transport, pause };
  return { ...effects, settings: createSettings(tools), evaluation: createEvaluation(tools) };
}

/** @typedef {ReturnType<typeof createEffects>} Effects */
