/** The state of the inspections of a moment: gradient check, stack of records, NumPy lens and nudge. All pure. */

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Stack} Stack */
/** @typedef {import("../../wire.js").Lens} Lens */
/** @typedef {import("../../wire.js").Nudge} Nudge */

/**
 * @typedef {object} Inspection
 * @property {string} layer whose gradients the check compares; the results are in `checks`
 * @property {Stack | null} stack null until it is loaded
 * @property {{ readonly lens: Lens, readonly tensors: readonly string[] } | null} lens the code, and the tensors that
 * it computes
 * @property {{ readonly nudge: Nudge } | { readonly problem: string } | null} nudged result of the last nudge, or why it was refused
 */

/** @typedef {{ type: "inspection", inspection: Partial<Inspection> }} Action */

/** @type {Inspection} */
export const INITIAL = { layer: "", stack: null, lens: null, nudged: null };

/** @param {State["shown"]} a @param {State["shown"]} b */
const isSameExample = (a, b) =>
  a?.iteration.run === b?.iteration.run &&
  a?.moment.iteration === b?.moment.iteration &&
  a?.example === b?.example &&
  a?.look === b?.look;

/** @param {Inspection} inspection @returns {Inspection} */
const withoutNudge = (inspection) => (inspection.nudged ? { ...inspection, nudged: null } : inspection);

/**
 * @param {Inspection} inspection @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Inspection}
 */
export function reduce(inspection, action, state) {
  switch (action.type) {
    case "open":
      return action.run.id === state.run?.id ? inspection : INITIAL;
    case "dialog":
      return { ...inspection, stack: null, lens: null };
    case "large": {
      const isSame = action.large?.name === state.large?.name && action.large?.cell === state.large?.cell;
      return isSame ? inspection : withoutNudge(inspection);
    }
    case "show":
      return isSameExample(action.shown, state.shown) ? inspection : withoutNudge(inspection);
    case "inspection":
      return { ...inspection, ...action.inspection };
    default:
      return inspection;
  }
}
