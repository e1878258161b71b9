/**
 * The state of the dock and of the inspections of a moment: gradient check, stack of records, NumPy lens and nudge. All
 * pure.
 */

import { hasWindowView, infoOf, isComputed, tensorAt } from "../../core/shown_tensors.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Stack} Stack */
/** @typedef {import("../../wire.js").Lens} Lens */
/** @typedef {import("../../wire.js").Nudge} Nudge */
/** @typedef {import("../../wire.js").WeightHistory} WeightHistory */
/** @typedef {"terms" | "shares" | "path" | "windows" | "history" | "nudge" | "code" | "map"} Tab of the dock */

/**
 * @typedef {object} Inspection
 * @property {Tab} tab of the dock that was chosen last
 * @property {boolean} isListed true if all terms of the open number are listed, page by page, not only the largest
 * @property {string} layer whose gradients the check compares; the results are in `checks`
 * @property {Stack | null} stack null until it is loaded
 * @property {{ readonly lens: Lens, readonly tensors: readonly string[] } | null} lens the code, and the tensors that
 * it computes
 * @property {WeightHistory | null} history of the open weight up to the step shown; null until it is loaded
 * @property {{ readonly nudge: Nudge } | { readonly problem: string } | null} nudged result of the last nudge, or why it was refused
 */

/** @typedef {{ type: "inspection", inspection: Partial<Inspection> }} Action */

/** @type {Inspection} */
export const INITIAL = {
  tab: "terms",
  isListed: false,
  layer: "",
  stack: null,
  lens: null,
  history: null,
  nudged: null,
};

/** The number of terms that the dock lists first. */
export const SHORT = 3;

/** @param {Run} run @param {string} name @returns {boolean} true for parameters and pixels, the numbers that can be moved */
function isFree(run, name) {
  const info = infoOf(run, name);
  return name === "input.out" || (info?.parameter != null && info.parameter === info.tensor);
}

/** True for a cell of a parameter whose gradient is complete. @param {State} state */
function hasPath(state) {
  const { run, large } = state;
  const info = run && large && infoOf(run, large.name);
  if (!info || info.parameter === null) return false;
  return tensorAt(state, `${info.layer}.d${info.parameter}`).done === "all";
}

/**
 * The tabs that apply to the open cell, in their order.
 * @param {State} state @returns {readonly Tab[]} without terms and examples while the explanation is on its way
 */
export function tabsOf(state) {
  const { run, large, explanation, depth } = state;
  if (!run || !large) return [];
  const info = infoOf(run, large.name);
  const isMade = isComputed(state, large.name, large.cell);
  /** @type {[Tab, boolean][]} */
  const tabs = [
    ["terms", isMade && (explanation?.count ?? 0) > 0],
    ["windows", isMade && hasWindowView(run, large.name)],
    ["shares", isMade && (explanation?.shares.length ?? 0) > 0],
    ["path", hasPath(state)],
    ["history", isMade && info?.parameter != null && info.parameter === info.tensor],
    ["nudge", isMade && isFree(run, large.name)],
    ["map", depth === "explore"],
    ["code", isMade],
  ];
  return tabs.filter(([, applies]) => applies).map(([tab]) => tab);
}

/** The open tab: the one chosen last where it applies, or else the first. @param {State} state @returns {Tab | null} */
export function tabOf(state) {
  const tabs = tabsOf(state);
  return tabs.includes(state.inspection.tab) ? state.inspection.tab : (tabs[0] ?? null);
}

/** True if the terms are listed page by page. @param {State} state */
export const isListed = ({ inspection, depth }) => inspection.isListed || depth === "everything";

/** The page of terms that is asked for: the largest ones, until all are listed. @param {State} state @returns {State["page"]} */
export const pageOf = (state) => (isListed(state) ? state.page : { offset: 0, sort: "size" });

/**
 * The latest edit that has set the open parameter, at the moment shown.
 * @param {State} state @returns {import("../../wire.js").ParameterEdit | null}
 */
export function editOf({ run, large, shown }) {
  const edits = (run?.recipe.edits ?? [])
    .filter((edit) => edit.kind === "parameter")
    .filter(({ name, cell }) => name === large?.name && cell === large.cell)
    .filter(({ iteration }) => shown !== null && iteration <= shown.moment.iteration);
  return edits.reduce(
    (latest, edit) => (latest && latest.iteration > edit.iteration ? latest : edit),
    /** @type {import("../../wire.js").ParameterEdit | null} */ (null),
  );
}

/** @param {State["shown"]} a @param {State["shown"]} b */
const isSameExample = (a, b) =>
  a?.iteration.run === b?.iteration.run &&
  a?.moment.iteration === b?.moment.iteration &&
  a?.example === b?.example &&
  a?.look === b?.look;

/** What was asked of one number at one step is forgotten with it. @param {Inspection} inspection @returns {Inspection} */
const withoutAnswers = (inspection) =>
  inspection.nudged || inspection.history ? { ...inspection, nudged: null, history: null } : inspection;

/**
 * @param {Inspection} inspection @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Inspection}
 */
export function reduce(inspection, action, state) {
  switch (action.type) {
    case "open":
      return action.run.id === state.run?.id ? inspection : { ...INITIAL, tab: inspection.tab };
    case "dialog":
      return { ...inspection, stack: null, lens: null };
    case "large": {
      const isSame = action.large?.name === state.large?.name && action.large?.cell === state.large?.cell;
      return isSame ? inspection : withoutAnswers({ ...inspection, isListed: false });
    }
    case "show":
      return isSameExample(action.shown, state.shown) ? inspection : withoutAnswers(inspection);
    case "inspection":
      return { ...inspection, ...action.inspection };
    default:
      return inspection;
  }
}
