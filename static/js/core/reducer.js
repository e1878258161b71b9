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
import { limitsByKind } from "../graphics/tensors.js";
import { layerInFocus } from "./focus.js";
import { shownFrom } from "./frames.js";
import { SPEEDS } from "./speed.js";
import { exampleOf, isLate, isLive } from "./state.js";
import { decode } from "./typed_arrays.js";
import { BEGINNING, clamp, stepAt } from "./timeline.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("./state.js").Shown} Shown */
/** @typedef {import("../wire.js").Run} Run */
/** @typedef {import("../wire.js").Progress} Progress */

/** The progress of a run before any news of it. */
const NOTHING = {
  source: "",
  sequence: 0,
  computed: 0,
  losses: new Float64Array(),
  evaluations: [],
  diverged: null,
  stopped: null,
};

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

/** The part of the state that belongs to a run. It starts anew with each run that is opened. */
const FRESH = {
  close: false,
  shown: null,
  trail: [],
  page: { offset: 0, sort: /** @type {const} */ ("size") },
  windowOptions: { way: /** @type {const} */ ("stamps"), offset: 0, sort: /** @type {const} */ ("size") },
  windowView: null,
  operation: null,
  focusExplanation: null,
  focusGraph: null,
  focusHistogram: null,
  filmstrip: null,
  explanation: null,
  gradientPath: null,
  dependencies: null,
  checks: new Map(),
  lit: [],
  hover: null,
  connection: /** @type {const} */ ("live"),
  problem: null,
  refusal: null,
};

/** The first page of the channels in focus. */
const FIRST_ROWS = { offset: 0, count: 4, sort: /** @type {const} */ ("size") };

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
  focus: { layer: null, cells: {}, rows: FIRST_ROWS, pinned: null },
  focusSide: "step",
  large: null,
  progress: { ...NOTHING, status: "paused" },
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

/**
 * @param {State["progress"]} before @param {Progress} news
 * @returns {State["progress"]} unchanged when the news are old, or start beyond what is known
 */
function extended(before, news) {
  if (isLate(news, before) || news.computed < before.computed || news.since > before.computed) return before;
  const losses = new Float64Array(news.computed);
  losses.set(before.losses.subarray(0, news.since));
  losses.set(decode(news.losses), news.since);
  const { source, sequence, computed: count, evaluations, status, diverged, stopped } = news;
  const kept = before.evaluations.filter((e) => !evaluations.some((n) => n.iteration === e.iteration));
  const all = [...kept, ...evaluations].sort((a, b) => a.iteration - b.iteration);
  return { source, sequence, computed: count, losses, evaluations: all, status, diverged, stopped };
}

/** Gradient checks belong to one iteration. @param {State} state @param {Shown} shown */
const checksAfter = (state, shown) =>
  state.shown?.moment.iteration === shown.moment.iteration ? state.checks : INITIAL.checks;

/**
 * The open cell after a step: it follows the steps through its tensor.
 * @param {State} state @param {Shown} next @returns {State["large"]}
 */
function followed({ run, shown, large }, { moment, window }) {
  if (!run || !large || !shown || !window || shown.moment.position === moment.position) return large;
  const { segment, cell } = stepAt(run, moment.position);
  const isOurs = segment.name === large.name && !segment.accumulates;
  return isOurs && large.cell !== cell ? { name: large.name, cell } : large;
}

/** Colours are held as they are at the first moment with exact numbers. @param {State} state @returns {State} */
function holding(state) {
  const { heldColours, run, shown } = state;
  if (!heldColours.isOn || heldColours.limits || !run || !shown || shown.isLive) return state;
  return { ...state, heldColours: { isOn: true, limits: limitsByKind(run, shown.tensors) } };
}

/** @param {State} state @param {Shown} shown @returns {State} with another moment on the stage */
function showing(state, shown) {
  const large = followed(state, shown);
  const lit = large === state.large ? state.lit : [];
  const checks = checksAfter(state, shown);
  return holding({ ...state, shown, large, lit, gradientPath: null, dependencies: null, checks });
}

/**
 * A speed belongs to the unit that is played by.
 * @param {State["play"]} before @param {Extract<Action, { type: "play" }>["play"]} changes @returns {State["play"]}
 */
function playAfter(before, { speed, ...changes }) {
  const play = { ...before, ...changes };
  if (speed === undefined || speed === play.speeds[play.unit]) return play;
  return { ...play, speeds: { ...play.speeds, [play.unit]: speed } };
}

/**
 * The example on the stage is looked at from now on, in the batch or not, so that it stays from step to step. A
 * person's own picture has no number to look at.
 * @param {State} state @returns {State}
 */
const pinned = (state) => (state.look === null ? { ...state, look: exampleOf(state)?.index ?? null } : state);

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

const REDUCERS = [reduceRun, reduceExplanations, reducePage];

/**
 * The focus at another moment: the cell that the step makes is the current one again.
 * @param {State} state @param {Run} run @param {import("./timeline.js").Moment} moment @returns {State["focus"]}
 */
function focusAt({ focus }, run, moment) {
  const layer = layerInFocus(run, moment, focus.layer);
  const { [stepAt(run, moment.position).segment.name]: _, ...cells } = focus.cells;
  return { layer, cells, rows: layer === focus.layer ? focus.rows : FIRST_ROWS, pinned: null };
}

/** The run, the moment, and how training goes. @param {State} state @param {Action} action @returns {State} */
function reduceRun(state, action) {
  switch (action.type) {
    case "open": {
      const { run, progress, moment, example, look = null, large, guide } = action;
      const play = { ...state.play, on: false, goal: null };
      const start = extended(INITIAL.progress, progress);
      const focus = {
        layer: layerInFocus(run, clamp(run, moment), state.focus.layer),
        cells: {},
        rows: FIRST_ROWS,
        pinned: null,
      };
      return {
        ...state,
        ...FRESH,
        heldColours: { ...state.heldColours, limits: null },
        play,
        run,
        moment: clamp(run, moment),
        focus,
        example,
        look,
        large,
        guide,
        progress: start,
      };
    }
    case "guide":
      return { ...state, guide: action.guide };
    case "want": {
      if (!state.run) return state;
      const moment = clamp(state.run, action.moment);
      const focus = focusAt(state, state.run, moment);
      return { ...state, moment, focus, close: action.close, problem: null };
    }
    case "example":
      return {
        ...state,
        example: action.example,
        look: action.look ?? null,
        // An example that a person chooses stays.
        pins: state.pins || (action.look ?? null) !== null,
      };
    case "show":
      return action.shown.iteration.run === state.run?.id ? showing(state, action.shown) : state;
    case "frame": {
      if (action.frame.run !== state.run?.id || !isLive(state)) return state;
      const shown = shownFrom(state.run, action.frame, state.look);
      return { ...showing(state, shown), moment: shown.moment, close: false };
    }
    case "progress":
      if (action.progress.run !== state.run?.id) return state;
      return { ...state, progress: extended(state.progress, action.progress) };
    case "play": {
      const play = playAfter(state.play, action.play);
      const isSame = /** @type {(keyof typeof play)[]} */ (Object.keys(play)).every(
        (key) => play[key] === state.play[key],
      );
      if (isSame) return state;
      const next = { ...state, play };
      // The batch of each iteration is another one: what is looked at would change with each frame.
      return state.pins && isLive(next) && !isLive(state) ? pinned(next) : next;
    }
    case "pins":
      return action.pins ? pinned({ ...state, pins: true }) : { ...state, pins: false, look: null };
    case "connection":
      if (state.connection === action.connection) return state;
      // A problem that was shown while the connection was lost is over.
      return { ...state, connection: action.connection, problem: null };
    default:
      return state;
  }
}

/**
 * The focus with a chosen cell. It comes last among the cells.
 * @param {State["focus"]} focus @param {{ name: string, cell: number }} place @returns {State["focus"]}
 */
function chosen(focus, place) {
  const { [place.name]: _, ...others } = focus.cells;
  return { ...focus, cells: { ...others, [place.name]: place.cell }, pinned: place };
}

/** The open cell and its explanations. @param {State} state @param {Action} action @returns {State} */
function reduceExplanations(state, action) {
  switch (action.type) {
    case "large": {
      const { large, trail = [] } = action;
      const focus = large ? chosen(state.focus, large) : state.focus;
      const page = { ...state.page, offset: 0 };
      const windowOptions = { ...state.windowOptions, offset: 0 };
      return { ...state, large, focus, trail, page, windowOptions, gradientPath: null, lit: [] };
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
    case "depth":
      return { ...state, depth: action.depth };
    case "hold colours":
      return holding({ ...state, heldColours: { isOn: action.isOn, limits: null } });
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
