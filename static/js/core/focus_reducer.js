/** The layer in focus, its chosen cells, and what is fetched about them. All pure. */

import { layerInFocus } from "./focus.js";
import { stepAt } from "./timeline.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("../wire.js").Run} Run */

/** The first page of the channels in focus. */
const FIRST_ROWS = { offset: 0, count: 4, sort: /** @type {const} */ ("size") };

/** The focus before a run is open. @type {State["focus"]} */
export const NO_FOCUS = { layer: null, cells: {}, rows: FIRST_ROWS, pinned: null };

/**
 * The focus at another moment: the cell that the step makes is the current one again.
 * @param {State} state @param {Run} run @param {import("./timeline.js").Moment} moment @returns {State["focus"]}
 */
function focusAt({ focus }, run, moment) {
  const layer = layerInFocus(run, moment, focus.layer);
  const { [stepAt(run, moment.position).segment.name]: _, ...cells } = focus.cells;
  return { layer, cells, rows: layer === focus.layer ? focus.rows : FIRST_ROWS, pinned: null };
}

/**
 * The focus with a chosen cell. It comes last among the cells.
 * @param {State["focus"]} focus @param {{ name: string, cell: number }} place @returns {State["focus"]}
 */
function chosen(focus, place) {
  const { [place.name]: _, ...others } = focus.cells;
  return { ...focus, cells: { ...others, [place.name]: place.cell }, pinned: place };
}

/** Comes after the reducer of the run: the run and the moment are those after the action. @param {State} state @param {Action} action @returns {State} */
export function reduceFocus(state, action) {
  switch (action.type) {
    case "open": {
      const layer = layerInFocus(action.run, state.moment, state.focus.layer);
      return { ...state, focus: { ...NO_FOCUS, layer } };
    }
    case "want":
      return state.run ? { ...state, focus: focusAt(state, state.run, state.moment) } : state;
    case "large":
      return action.large ? { ...state, focus: chosen(state.focus, action.large) } : state;
    case "focus": {
      const { layer } = action;
      return layer === state.focus.layer
        ? state
        : { ...state, focus: { ...state.focus, layer, rows: FIRST_ROWS } };
    }
    case "choose": {
      const focus = chosen(state.focus, { name: action.name, cell: action.cell });
      return { ...state, focus: { ...focus, rows: { ...focus.rows, offset: 0 } } };
    }
    case "rows":
      return { ...state, focus: { ...state.focus, rows: { ...state.focus.rows, ...action.rows } } };
    case "focus facts":
      return Object.entries(action.facts).every(
        ([key, fact]) => state[/** @type {keyof State} */ (key)] === fact,
      )
        ? state
        : { ...state, ...action.facts };
    case "focus side":
      return { ...state, focusSide: action.side };
    case "operation":
      return { ...state, operation: action.operation };
    default:
      return state;
  }
}
