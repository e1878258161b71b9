/** What a person can do, as effects: the only place where the store, the network and the address bar meet. */

import { fromQuery, toQuery } from "./address.js";
import { createAsking } from "./asking.js";
import { createLoading } from "./loading.js";
import { createPlaying } from "./playing.js";
import { infoOf, sizeOf } from "./state.js";
import { BEGINNING, clamp, formatMoment, parseMoment, phaseEnd, step } from "./timeline.js";
import { Refusal } from "./transport.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("./timeline.js").Moment} Moment */
/** @typedef {import("./timeline.js").Unit} Unit */
/** @typedef {import("./wire.js").Recipe} Recipe */
/** @typedef {import("./wire.js").Run} Run */
/** @typedef {import("./wire.js").Edit} Edit */
/** @typedef {typeof import("./transport.js")} Transport */
/** @typedef {ReturnType<typeof import("./store.js").createStore<State, Action>>} Store */
/** @typedef {Pick<History, "pushState" | "replaceState"> & { search: () => string }} Bar the address bar */

const ADDRESS_SECONDS = 0.15;

/**
 * The edits of a recipe with one more. A new future replaces the old one: later learning rates go, and so does
 * another example in the same slot.
 * @param {readonly Edit[]} edits @param {Edit} edit @returns {Edit[]}
 */
export function withEdit(edits, edit) {
  const kept = edits.filter((old) =>
    edit.kind === "learning_rate"
      ? old.kind !== "learning_rate" || old.iteration < edit.iteration
      : old.kind !== "example" || old.iteration !== edit.iteration || old.slot !== edit.slot,
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
  const questions = createAsking(store, transport, loading);
  const { report } = loading;
  let addressTimer = 0;
  let opening = 0;

  function address() {
    const { run, defaults, shown, moment, example, large } = get();
    if (!run || !defaults) return bar.search();
    const at = formatMoment(run, shown?.iteration.run === run.id ? shown.moment : moment);
    const view = large ? `${large.name}/${large.cell}` : null;
    return toQuery(run.recipe, defaults, { at, example, view });
  }

  /** Opens another run, which the Back button leads away from. @param {unknown} recipe @param {(run: Run) => Moment} where @param {number} [example] */
  async function open(recipe, where, example = 0) {
    await playing.stop({ stay: true });
    const before = get().run?.id;
    const isOpen = await loading.open(recipe, (run) => ({ moment: where(run), example, large: null }));
    if (isOpen && before !== get().run?.id) bar.pushState(null, "", address());
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
    await playing.stop({ stay: true });
    const defaults = get().defaults ?? (await transport.getRecipe());
    dispatch({ type: "defaults", defaults });
    const { recipe, place, unknown } = fromQuery(search, defaults);
    const problems = unknown.map((key) => `The address has “${key}”, which no recipe knows; it is left out.`);
    /** @param {Run} run */
    const where = (run) => {
      const moment = place.at === null ? firstSight(run) : parseMoment(run, place.at);
      if (!moment)
        problems.push(`This run has no moment “${place.at}”. It goes from 0 to ${run.iterations - 1}.`);
      const large = fromView(place.view);
      return {
        moment: moment ?? firstSight(run),
        example: place.example,
        large: hasCell(run, large) ? large : null,
      };
    };
    try {
      await loading.open(recipe, where);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
      problems.push(
        `The address asks for a run that cannot be made: ${error.message} This is the default run.`,
      );
      await loading.open(defaults, where);
    }
    if (problems.length) dispatch({ type: "problem", problem: problems.join(" ") });
  }

  store.subscribe((state, before) => {
    if (state.shown === before.shown && state.large === before.large) return;
    // Browsers allow about a hundred changes of the address in ten seconds.
    addressTimer ||= /** @type {any} */ (
      setTimeout(() => {
        addressTimer = 0;
        // While an address is being opened, it is not ours to write over.
        if (opening === 0) bar.replaceState(null, "", address());
      }, ADDRESS_SECONDS * 1000)
    );
  });

  return {
    report,
    openAddress: () => openAddress().catch(report),
    togglePlay: playing.toggle,
    setPlay: playing.set,
    /** @param {string} layer */
    check(layer) {
      // Its answer is about the iteration shown, which therefore stays.
      void playing.stop({ stay: true });
      return questions.check(layer);
    },
    stack: questions.stack,
    nudge: questions.nudge,
    lens: questions.lens,
    chain() {
      void playing.stop({ stay: true });
      void questions.findChain();
    },

    /** @param {Unit} unit @param {1 | -1} direction */
    step(unit, direction) {
      const { run, moment } = get();
      if (!run) return;
      void playing.stop({ stay: true });
      dispatch({ type: "want", moment: step(run, moment, unit, direction), close: unit === "cell" });
    },

    /** @param {Partial<Moment>} target what is left out stays @param {boolean} [close] whether to show the window */
    seek(target, close = false) {
      const { run, moment } = get();
      if (!run) return;
      void playing.stop({ stay: true });
      dispatch({ type: "want", moment: clamp(run, { ...moment, ...target }), close });
    },

    /** Another run from its beginning. @param {Partial<Recipe>} changes */
    async newRun(changes) {
      const { run } = get();
      if (run) await open({ ...run.recipe, edits: [], ...changes }, firstSight);
    },

    /** The same initialisation again, without the edits. */
    reset() {
      const { run } = get();
      if (run) open({ ...run.recipe, edits: [] }, () => BEGINNING).catch(report);
    },

    /** The same past, and from the edit's iteration on another future. @param {Edit} edit */
    async edit(edit) {
      const { run, moment, example } = get();
      if (!run) return;
      const edits = withEdit(run.recipe.edits, edit);
      const where = () => ({ iteration: edit.iteration, position: moment.position });
      await open({ ...run.recipe, edits }, where, example);
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
  };
}

/** @typedef {ReturnType<typeof createEffects>} Effects */
