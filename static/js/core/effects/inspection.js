/** Inspects the moment shown: gradient check, stack of records, NumPy lens, nudge, and gradient path. */

import { tabOf } from "../../views/explain/state.js";
import { choiceOf, isMoving } from "../state.js";
import { infoOf } from "../shown_tensors.js";
import { stepAt } from "../timeline.js";
import { Refusal } from "../refusals.js";
import { latest } from "../latest.js";
import { whenShown } from "./dialogs.js";

/** @typedef {import("../state.js").State} State */

/** @param {State} state @param {string | null} wished a tensor @returns what the lens looks at, null without a moment */
function lensQuestion({ run, shown, large }, wished) {
  if (!run || !shown) return null;
  const { position } = shown.moment;
  // The segment that computes the open cell, if it has begun, or else the segment of the moment.
  const maker = large && run.segments.findLast((s) => s.writes.includes(large.name) && s.start < position);
  const segment = maker ?? stepAt(run, position).segment;
  const cell = Math.min(position - segment.start, segment.cells) - 1;
  const isOpen = large && segment.writes.includes(large.name) && (wished ?? large.name) === large.name;
  // The code has no line for the new value of a parameter, only for its change.
  const tensors = segment.writes.filter((name) => name === segment.name || !name.includes(".new_"));
  const [name, at] = isOpen ? [large.name, large.cell] : [wished, null];
  return {
    run,
    iteration: shown.moment.iteration,
    choice: choiceOf(shown),
    segment,
    cell,
    name,
    at,
    tensors,
  };
}

/**
 * The explanation beside which the gradient path is missing: its tab is open, and the stage stands still.
 * @param {State} state @returns {State["explanation"]}
 */
const lacksPath = (state) =>
  tabOf(state) === "path" && state.gradientPath === null && !isMoving(state) ? state.explanation : null;

/** The explanation beside which the history is missing. @param {State} state @returns {State["explanation"]} */
const lacksHistory = (state) =>
  tabOf(state) === "history" && state.inspection.history === null && !isMoving(state)
    ? state.explanation
    : null;

/** Fetches the path and the history of the open weight while their tab is open. @param {import("../effects.js").Base} base */
function followTabs({ store, transport, withRun, report }) {
  const { get, dispatch } = store;

  /** Fetches the path from the loss to the open cell's parameter. */
  async function findGradientPath() {
    const { run, shown, large } = get();
    const info = run && large && infoOf(run, large.name);
    const parameter = info ? info.parameter : null;
    if (!run || !shown || !info || parameter === null) return;
    const { iteration } = shown.moment;
    const choice = choiceOf(shown);
    try {
      const gradientPath = await withRun(() =>
        transport.getGradientPath(run.id, iteration, choice, info.layer, parameter, large.cell),
      );
      if (get().shown === shown && get().large === large) dispatch({ type: "gradient path", gradientPath });
    } catch (error) {
      report(error);
    }
  }

  const findHistory = latest(async (/** @type {void} */ _) => {
    const { run, shown, large } = get();
    if (!run || !shown || !large) return;
    const history = await withRun(() =>
      transport.getWeightHistory(run.id, shown.moment.iteration, large.name, large.cell),
    );
    const isCurrent = get().shown?.moment.iteration === shown.moment.iteration && get().run === run;
    if (isCurrent && get().large?.name === large.name && get().large?.cell === large.cell)
      dispatch({ type: "inspection", inspection: { history } });
  });

  store.subscribe((state, before) => {
    const explanation = lacksPath(state);
    if (explanation && explanation !== lacksPath(before)) void findGradientPath();
    const weight = lacksHistory(state);
    if (weight && weight !== lacksHistory(before)) void findHistory().catch(report);
  });
}

/** @param {import("../effects.js").Base} base */
export function createInspection(base) {
  const { store, transport, withRun, report, playback } = base;
  const { get, dispatch } = store;
  followTabs(base);

  /** Asks for what a dialog shows. Closes the dialog and reports when the request is refused. @param {import("../state.js").DialogName} dialog @param {() => Promise<void>} ask */
  const orClose = (dialog, ask) =>
    ask().catch((error) => {
      dispatch({ type: "dialog", close: dialog });
      report(error);
    });

  async function check() {
    const { run, shown, inspection } = get();
    const { layer } = inspection;
    if (!run || !shown || !layer) return dispatch({ type: "dialog", close: "check" });
    // The result belongs to the iteration shown, so playing stops.
    playback.stop();
    const { iteration } = shown.moment;
    dispatch({ type: "check", layer, check: "running" });
    const found = await withRun(() => transport.getCheck(run.id, iteration, layer)).catch((error) => {
      report(error);
      return null;
    });
    if (get().run === run && get().shown?.moment.iteration === iteration)
      dispatch({ type: "check", layer, check: found });
  }

  const findStack = latest(async (/** @type {void} */ _) => {
    const { run, shown } = get();
    if (!run || !shown) return;
    const { iteration, position } = shown.moment;
    const stack = await withRun(() => transport.getStack(run.id, iteration, position));
    if (get().dialog === "stack" && get().run === run)
      dispatch({ type: "inspection", inspection: { stack } });
  });

  const look = latest(async (/** @type {string | null} */ wished) => {
    const question = lensQuestion(get(), wished);
    if (!question) return;
    const { run, iteration, choice, segment, cell, name, at, tensors } = question;
    const lens = await withRun(() => transport.getLens(run.id, iteration, choice, segment, cell, name, at));
    if (get().dialog === "lens" && get().run === run)
      dispatch({ type: "inspection", inspection: { lens: { lens, tensors } } });
  });
  /** @param {string | null} wished */
  const lookOrClose = (wished) => orClose("lens", () => look(wished));

  /** Asks when a dialog opens, and again for each new moment. @param {import("../state.js").DialogName} dialog @param {() => void} ask */
  const following = (dialog, ask) =>
    store.subscribe((state, before) => {
      if (state.dialog !== dialog || !state.shown) return;
      if (before.dialog !== dialog || state.shown !== before.shown) ask();
    });
  following("stack", () => void orClose("stack", findStack));
  following("lens", () => void lookOrClose(null));
  whenShown(store, "check", () => void check());
  store.subscribe((state, before) => {
    // The dialog closes when its check was refused or belongs to another iteration.
    const { layer } = state.inspection;
    if (state.dialog === "check" && before.checks.has(layer) && !state.checks.has(layer))
      dispatch({ type: "dialog", close: "check" });
  });

  return {
    /** Opens the gradient check of a layer. @param {string} layer */
    openCheck(layer) {
      dispatch({ type: "inspection", inspection: { layer } });
      dispatch({ type: "dialog", open: "check" });
    },

    /** Shows how the code computes a number of another tensor. @param {string} name */
    look: (name) => lookOrClose(name),

    /**
     * Adds an amount to the open number in one evaluation, and reads the loss and another cell. The run stays as it is.
     * @param {number} amount @param {{ name: string, cell: number } | null} watched
     */
    async nudge(amount, watched) {
      const { run, shown, large } = get();
      if (!run || !shown || !large) return;
      const { moment } = shown;
      const isCurrent = () =>
        get().large === large && get().run === run && get().shown?.moment.iteration === moment.iteration;
      try {
        const nudge = await withRun(() =>
          transport.getNudge(
            run.id,
            moment.iteration,
            choiceOf(shown),
            large.name,
            large.cell,
            amount,
            watched,
          ),
        );
        if (isCurrent()) dispatch({ type: "inspection", inspection: { nudged: { nudge } } });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (isCurrent()) dispatch({ type: "inspection", inspection: { nudged: { problem: error.message } } });
      }
    },

    /** Shows why a nudge cannot be evaluated. @param {string} problem */
    refuseNudge: (problem) => dispatch({ type: "inspection", inspection: { nudged: { problem } } }),
  };
}
