/**
 * Fetches the explanation and the window view of the open cell, and the dependencies of the cell under the pointer,
 * whenever the state asks for others. Only the answer to the newest question is shown.
 */

import { Refusal } from "../refusals.js";
import { choiceOf, isBesideBatch, isMoving } from "../state.js";
import { hasWindowView, infoOf, isComputed } from "../shown_tensors.js";
import { computed, stepAt } from "../timeline.js";
import { isListed, pageOf } from "../../views/explain/state.js";

/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("../effects.js").Transport} Transport */
/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("../state.js").State} State */

const HOVER_SECONDS = 0.06;

/** What an explanation depends on; null where there is nothing to explain. @param {State} state */
function questionOf(state) {
  const { run, shown, large } = state;
  if (!run || !shown || !large || shown.iteration.run !== run.id) return null;
  if (!isComputed(state, large.name, large.cell)) return null;
  // An incomplete sum is explained as far as it is computed.
  const isPartial = computed(run, shown.moment.position, large.name) === "partial";
  const { segment, cell } = stepAt(run, shown.moment.position);
  const done = isPartial ? { done: cell + 1, at: segment.layer } : null;
  return {
    run: run.id,
    iteration: shown.moment.iteration,
    choice: choiceOf(shown),
    ...large,
    page: pageOf(state),
    done,
  };
}

/** What the window view depends on; null where there is none. @param {State} state */
function windowQuestionOf(state) {
  const question = questionOf(state);
  if (!question || !state.run || !state.shown || !hasWindowView(state.run, question.name)) return null;
  const { position } = state.shown.moment;
  const isPartial = typeof computed(state.run, position, question.name) === "number";
  const done = isPartial ? stepAt(state.run, position).cell + 1 : (question.done?.done ?? null);
  return { ...question, page: null, done, how: state.windowOptions };
}

/**
 * Follows the state with explanations.
 * @param {Store} store @param {Transport} transport @param {Pick<Connection, "withRun" | "reportOrWait">} connection
 */
export function followWithExplanations(store, transport, connection) {
  const explain = explanationFetcher(store, transport, connection);
  const fetchWindowView = windowViewFetcher(store, transport, connection);
  const findDependencies = dependenciesFetcher(store, transport, connection);
  store.subscribe((state, before) => {
    const isMoved =
      state.connection !== before.connection || state.large !== before.large || state.shown !== before.shown;
    if (isMoved || state.page !== before.page || isListed(state) !== isListed(before)) explain();
    if (isMoved || state.windowOptions !== before.windowOptions) fetchWindowView();
    if (state.hover?.name !== before.hover?.name || state.hover?.cell !== before.hover?.cell)
      findDependencies();
  });
}

/** @param {Store} store @param {Transport} transport @param {Pick<Connection, "withRun" | "reportOrWait">} connection */
function explanationFetcher({ get, dispatch }, transport, { withRun, reportOrWait }) {
  let asked = "null";
  /** The question about which number is shown, without the page of its terms. */
  let explained = "null";

  async function ask() {
    const question = questionOf(get());
    const key = JSON.stringify(question);
    if (key === asked) return;
    asked = key;
    // Cleared before the next drawing, so that no number appears beside the terms of another. Other terms of the same
    // number replace those that are listed.
    const number = JSON.stringify(question && { ...question, page: null });
    if (number !== explained) dispatch({ type: "explained", explanation: null });
    explained = number;
    if (!question) return;
    const { run, iteration, choice, name, cell, page, done } = question;
    const explanation = await withRun(() =>
      transport.getExplanation(run, iteration, choice, name, cell, page, done),
    );
    if (asked !== key) return;
    // The sum has become shorter and has no such page.
    if (page.offset > 0 && page.offset >= explanation.count) dispatch({ type: "page", page: { offset: 0 } });
    else dispatch({ type: "explained", explanation });
  }

  return () =>
    ask().catch((error) => {
      asked = explained = "null";
      dispatch({ type: "explained", explanation: null });
      reportOrWait(error);
    });
}

/** @param {Store} store @param {Transport} transport @param {Pick<Connection, "withRun" | "reportOrWait">} connection */
function windowViewFetcher({ get, dispatch }, transport, { withRun, reportOrWait }) {
  let wished = "null";
  let isAsking = false;

  /** Asks one question at a time. While it is on its way, only the newest of the others is kept. */
  async function ask() {
    const wish = JSON.stringify(windowQuestionOf(get()));
    if (wish === wished) return;
    wished = wish;
    const { windowView, large } = get();
    // The last view stays, marked as old, until the next one arrives. So the moving window does not flicker.
    const isNext = windowView && wish !== "null" && windowView.view.name === large?.name;
    if (windowView)
      dispatch({ type: "window view", windowView: isNext ? { ...windowView, isFresh: false } : null });
    if (isAsking) return;
    isAsking = true;
    try {
      for (let asked = "null"; asked !== wished;) {
        asked = wished;
        const question = windowQuestionOf(get());
        if (!question) continue;
        const { run, iteration, choice, name, cell, how, done } = question;
        const view = await withRun(() =>
          transport.getWindowView(run, iteration, choice, name, cell, how, done),
        );
        if (asked === wished) dispatch({ type: "window view", windowView: { view, isFresh: true } });
      }
    } finally {
      isAsking = false;
    }
  }

  return () =>
    ask().catch((error) => {
      wished = "null";
      dispatch({ type: "window view", windowView: null });
      reportOrWait(error);
    });
}

/** @param {Store} store @param {Transport} transport @param {Pick<Connection, "withRun">} connection */
function dependenciesFetcher({ get, dispatch }, transport, { withRun }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function find() {
    const { run, shown, hover } = get();
    if (!run || !shown || !hover || !isComputed(get(), hover.name, hover.cell)) return;
    const { moment } = shown;
    const dependencies = await withRun(() =>
      transport.getDependencies(run.id, moment.iteration, choiceOf(shown), hover.name, hover.cell),
    );
    const now = get();
    if (now.shown === shown && now.hover?.name === hover.name && now.hover.cell === hover.cell)
      dispatch({ type: "dependencies", dependencies });
  }

  return () => {
    clearTimeout(timer);
    const { hover } = get();
    if (!hover || isMoving(get())) return;
    timer = setTimeout(
      () =>
        find().catch((error) => {
          // Where the dependencies cannot be fetched, only an outline is missing.
          if (!(error instanceof Refusal)) throw error;
        }),
      HOVER_SECONDS * 1000,
    );
  };
}

/**
 * True if a slot that an explanation names is the example on the stage. An example beside the batch has slot 0 of its
 * own pass, but what was learned is explained by the slots of the batch.
 * @param {State} state @param {number} slot
 */
function isOnStage(state, slot) {
  const { run, shown, large, example } = state;
  const isOfBatch = run && large && infoOf(run, large.name)?.parameter !== null;
  return isBesideBatch(state) && isOfBatch ? false : slot === (shown?.example ?? example);
}

/** The layer of a tensor. @param {string} name */
const layerOf = (name) => name.slice(0, name.lastIndexOf("."));

/** Moves from cell to cell. @param {Store} store @param {{ seek: (target: { iteration: number, position?: number }) => void }} time */
export function createCells({ get, dispatch }, { seek }) {
  return {
    /** Opens a cell's map large. @param {State["large"]} large */
    enlarge: (large) => dispatch({ type: "large", large }),

    /** Goes to a cell that a term names, and adds the open cell to the trail. @param {{ name: string, cell: number, example: number | null }} place */
    follow({ name, cell, example }) {
      const { large, trail, ...before } = get();
      if (example !== null && !isOnStage(get(), example)) dispatch({ type: "example", example });
      const way = large ? [...trail, { ...large, ...choiceOf(before) }] : [];
      dispatch({ type: "focus", layer: layerOf(name) });
      dispatch({ type: "large", large: { name, cell }, trail: way });
    },

    /** Goes to the update of the iteration before, which set the open cell's number. @param {string} name of its tensor there */
    followBack(name) {
      const { run, shown, large } = get();
      if (!run || !shown || !large) return;
      seek({ iteration: shown.moment.iteration - 1, position: run.positions });
      dispatch({ type: "large", large: { name, cell: large.cell } });
    },

    /** Goes to the step of an edit, and opens the weight that it sets. @param {import("../../wire.js").Edit} edit */
    goToEdit(edit) {
      seek({ iteration: edit.iteration });
      if (edit.kind !== "parameter") return;
      dispatch({ type: "focus", layer: layerOf(edit.name) });
      dispatch({ type: "large", large: { name: edit.name, cell: edit.cell } });
    },

    /** @param {number} depth how far along the breadcrumb */
    goBack(depth) {
      const { trail, ...now } = get();
      const { example, look, ...large } = trail[depth];
      if (example !== now.example || look !== now.look) dispatch({ type: "example", example, look });
      dispatch({ type: "focus", layer: layerOf(large.name) });
      dispatch({ type: "large", large, trail: trail.slice(0, depth) });
    },

    /** Outlines the cells of a term. @param {State["lit"]} lit */
    light: (lit) => dispatch({ type: "lit", lit }),

    /** Opens a tab of the dock. @param {import("../../views/explain/state.js").Tab} tab */
    openTab: (tab) => dispatch({ type: "inspection", inspection: { tab } }),

    /** Lists all terms of the open number, page by page. */
    listTerms: () => dispatch({ type: "inspection", inspection: { isListed: true } }),

    /** Lists other terms of the sum. @param {Partial<State["page"]>} page */
    turn: (page) => dispatch({ type: "page", page }),

    /** Changes how the window view is shown. @param {Partial<State["windowOptions"]>} windowOptions */
    setWindowOptions: (windowOptions) => dispatch({ type: "window options", windowOptions }),
  };
}
