/** The reducer of the page's state: a small one for each subject, and one for each dialog. All pure. */

import * as batch from "../views/cards/state.js";
import * as builder from "../views/builder/state.js";
import * as compare from "../views/compare/state.js";
import * as data from "../views/data/state.js";
import * as draw from "../views/draw/state.js";
import * as evaluation from "../views/evaluation/state.js";
import * as examples from "../views/examples/state.js";
import * as inspection from "../views/explain/state.js";
import * as players from "../views/players/state.js";
import * as settings from "../views/settings/state.js";
import * as upload from "../views/uploads/state.js";
import { NO_FOCUS, reduceFocus } from "./focus_reducer.js";
import { FRESH, NO_PROGRESS, reduceRun } from "./run_reducer.js";
import { SPEEDS } from "./speed.js";
import { BEGINNING } from "./timeline.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */

/** The slices of the dialogs, under their names in the state. */
const SLICES = {
  batch,
  builder,
  compare,
  data,
  draw,
  evaluation,
  examples,
  inspection,
  players,
  settings,
  upload,
};

/** @type {State} */
export const INITIAL = {
  ...FRESH,
  defaults: null,
  presets: [],
  options: null,
  theme: "light",
  guide: null,
  run: null,
  moment: BEGINNING,
  example: 0,
  look: null,
  depth: "explore",
  heldColours: { isOn: false, limits: null },
  presentedFrom: null,
  focus: NO_FOCUS,
  focusSide: "step",
  large: null,
  progress: NO_PROGRESS,
  play: { on: false, unit: "cell", speeds: SPEEDS, goal: null },
  pins: true,
  dialog: null,
  batch: batch.INITIAL,
  builder: builder.INITIAL,
  compare: compare.INITIAL,
  data: data.INITIAL,
  draw: draw.INITIAL,
  evaluation: evaluation.INITIAL,
  examples: examples.INITIAL,
  inspection: inspection.INITIAL,
  players: players.INITIAL,
  settings: settings.INITIAL,
  upload: upload.INITIAL,
};

/** @param {State} state @param {Action} action @returns {State} */
export function reduce(state, action) {
  const next = REDUCERS.reduce((now, reducer) => reducer(now, action), state);
  // A slice reads the state before the action: it can tell whether another run opens.
  const slices = Object.entries(SLICES).flatMap(([name, { reduce }]) => {
    const before = /** @type {any} */ (state)[name];
    const after = reduce(before, action, state);
    return after === before ? [] : [[name, after]];
  });
  return slices.length ? { ...next, ...Object.fromEntries(slices) } : next;
}

const REDUCERS = [reduceRun, reduceFocus, reduceExplanations, reducePage];

/** The open cell and its explanations. @param {State} state @param {Action} action @returns {State} */
function reduceExplanations(state, action) {
  switch (action.type) {
    case "large": {
      const { large, trail = [] } = action;
      const page = { ...state.page, offset: 0 };
      const windowOptions = { ...state.windowOptions, offset: 0 };
      return { ...state, large, trail, page, windowOptions, gradientPath: null, lit: [] };
    }
    case "explained":
      return { ...state, explanation: action.explanation };
    case "page":
      return { ...state, page: { ...state.page, ...action.page } };
    case "window options":
      return { ...state, windowOptions: { ...state.windowOptions, ...action.windowOptions } };
    case "window view":
      return { ...state, windowView: action.windowView };
    case "gradient path":
      return { ...state, gradientPath: action.gradientPath };
    case "dependencies":
      return { ...state, dependencies: action.dependencies };
    case "check": {
      const checks = new Map(state.checks);
      if (action.check) checks.set(action.layer, action.check);
      else checks.delete(action.layer);
      return { ...state, checks };
    }
    case "lit":
      return { ...state, lit: action.lit };
    case "hover":
      return { ...state, hover: action.hover, dependencies: null };
    default:
      return state;
  }
}

/** The page around the run: its dialogs, its theme, its problems. @param {State} state @param {Action} action @returns {State} */
function reducePage(state, action) {
  switch (action.type) {
    case "defaults":
      return { ...state, defaults: action.defaults, presets: action.presets };
    case "options":
      return { ...state, options: action.options };
    case "problem":
      return { ...state, problem: action.problem };
    case "depth":
      return { ...state, depth: action.depth };
    case "present": {
      const { presentedFrom, depth } = state;
      if (action.on === (presentedFrom !== null)) return state;
      return { ...state, presentedFrom: action.on ? depth : null, depth: presentedFrom ?? "explore" };
    }
    case "theme":
      return { ...state, theme: action.theme };
    case "dialog":
      if ("open" in action) return { ...state, dialog: action.open, refusal: null };
      return state.dialog === action.close ? { ...state, dialog: null, refusal: null } : state;
    case "refused": {
      const { dialog, message } = action;
      return { ...state, refusal: message === null ? null : { dialog, message } };
    }
    default:
      return state;
  }
}
