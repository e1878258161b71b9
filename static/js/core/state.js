/**
 * The state of the page, its reducer, and the selectors that the views draw from. All pure.
 *
 * The run, the time and the explanations are here. What a dialog knows is a slice of the state, under the dialog's
 * name, with a reducer of its own in `views/<feature>/state.js`.
 */

import * as builder from "../views/builder/state.js";
import * as compare from "../views/compare/state.js";
import * as data from "../views/data/state.js";
import * as evaluation from "../views/evaluation/state.js";
import * as examples from "../views/examples/state.js";
import * as settings from "../views/settings/state.js";
import * as upload from "../views/uploads/state.js";
import { decode } from "./typed_arrays.js";
import { BEGINNING, clamp, computed, isPending, stepAt } from "./timeline.js";

/** @typedef {import("../wire.js").Run} Run */
/** @typedef {import("../wire.js").Recipe} Recipe */
/** @typedef {import("../wire.js").Progress} Progress */
/** @typedef {import("../wire.js").Iteration} Iteration */
/** @typedef {import("../wire.js").Window} Window */
/** @typedef {import("../wire.js").Tensor} Tensor */
/** @typedef {import("../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../wire.js").Explanation} Explanation */
/** @typedef {import("../wire.js").Chain} Chain */
/** @typedef {import("../wire.js").Cone} Cone */
/** @typedef {import("../wire.js").GradientCheck} GradientCheck */
/** @typedef {import("../wire.js").Cells} Cells */
/** @typedef {import("../wire.js").Preset} Preset */
/** @typedef {import("../wire.js").Sliding} Sliding */
/** @typedef {import("../wire.js").Options} Options */
/** @typedef {import("./typed_arrays.js").Numbers} Numbers */
/** @typedef {import("./timeline.js").Moment} Moment */
/** @typedef {import("./timeline.js").Unit} Unit */

/** @typedef {{ readonly cells: Numbers, readonly mask: Numbers | null, readonly minimum: number | null, readonly maximum: number | null, readonly nonfinite: number }} Values */
/** @typedef {ReadonlyMap<string, Values>} Tensors */

/**
 * What is on the stage: one moment, with every number that belongs to it. It is replaced as a whole, so the
 * picture never mixes two moments.
 * @typedef {object} Shown
 * @property {Moment} moment
 * @property {number} example the slot of the batch that is shown
 * @property {Iteration} iteration
 * @property {Tensors} tensors of the whole iteration
 * @property {Window | null} window the micro-step from close by
 * @property {Tensors} partial tensors that are being accumulated, as they stand at this moment
 */

/** @typedef {"builder" | "compare" | "data" | "evaluation" | "examples" | "settings"} DialogName */

/**
 * @typedef {object} State
 * @property {Recipe | null} defaults
 * @property {readonly Preset[]} presets the worked examples
 * @property {{ preset: Preset, stop: number } | null} guide the worked example that the run is, and the stop it is at
 * @property {Run | null} run
 * @property {Moment} moment the one wanted; `shown` follows as soon as its numbers are here
 * @property {number} example the slot of the batch wanted
 * @property {boolean} close whether the wanted moment was reached by a step of a single cell
 * @property {Shown | null} shown
 * @property {{ source: string, sequence: number, computed: number, losses: Float64Array, evaluations: Progress["evaluations"], status: Progress["status"], diverged: Progress["diverged"], stopped: Progress["stopped"] }} progress
 * @property {{ on: boolean, pausing: boolean, unit: Unit, speed: number | null, goal: number | null }} play speed in units a second, null
 * as fast as it goes; the goal is the accuracy to train to, where there is one
 * @property {{ name: string, cell: number } | null} large the cell whose map is open large
 * @property {readonly { name: string, cell: number, example: number }[]} trail the cells that led to the open one
 * @property {{ readonly offset: number, readonly sort: "size" | "order" }} page which terms of a sum are listed
 * @property {Explanation | null} explanation of the open cell
 * @property {{ readonly way: import("../wire.js").Way, readonly offset: number, readonly sort: "size" | "order" }} slide
 * how a convolution's window is shown, and from which row on
 * @property {{ readonly sliding: Sliding, readonly isFresh: boolean } | null} slid the windows of the open cell, or
 * those of the step before while they are on their way
 * @property {Chain | null} chain the path from the loss to the open cell
 * @property {Cone | null} cone of the cell under the pointer
 * @property {ReadonlyMap<string, GradientCheck | "running">} checks gradient checks of the iteration shown, by layer
 * @property {readonly Cells[]} lit what is outlined because a term that names it is pointed at
 * @property {{ name: string, cell: number, x: number, y: number } | null} hover
 * @property {"live" | "lost"} connection
 * @property {string | null} problem what went wrong, as a sentence
 * @property {"light" | "dark"} theme
 * @property {Options | null} options what a recipe can choose between, once it was asked for
 * @property {DialogName | null} dialog the one that is open
 * @property {{ readonly dialog: DialogName, readonly message: string } | null} refusal what the server refused in a dialog
 * @property {builder.Builder} builder
 * @property {compare.Compare} compare
 * @property {data.Data} data
 * @property {evaluation.Evaluation} evaluation
 * @property {examples.Examples} examples
 * @property {settings.Settings} settings
 * @property {upload.Upload} upload
 */

/**
 * @typedef {(
 *   | { type: "defaults", defaults: Recipe, presets: readonly Preset[] }
 *   | { type: "open", run: Run, progress: Progress, moment: Moment, example: number, large: State["large"],
 *       guide: State["guide"] }
 *   | { type: "guide", guide: State["guide"] }
 *   | { type: "want", moment: Moment, close: boolean }
 *   | { type: "example", example: number }
 *   | { type: "show", shown: Shown }
 *   | { type: "progress", progress: Progress }
 *   | { type: "play", play: Partial<State["play"]> }
 *   | { type: "large", large: State["large"], trail?: State["trail"] }
 *   | { type: "explained", explanation: State["explanation"] }
 *   | { type: "page", page: Partial<State["page"]> }
 *   | { type: "slide", slide: Partial<State["slide"]> }
 *   | { type: "slid", slid: State["slid"] }
 *   | { type: "chain", chain: State["chain"] }
 *   | { type: "cone", cone: State["cone"] }
 *   | { type: "check", layer: string, check: GradientCheck | "running" | null }
 *   | { type: "lit", lit: State["lit"] }
 *   | { type: "hover", hover: State["hover"] }
 *   | { type: "connection", connection: State["connection"] }
 *   | { type: "problem", problem: string | null }
 *   | { type: "theme", theme: State["theme"] }
 *   | { type: "options", options: Options }
 *   | { type: "dialog", open: DialogName }
 *   | { type: "dialog", close: DialogName }
 *   | { type: "refused", dialog: DialogName, message: string | null }
 *   | builder.Action
 *   | compare.Action
 *   | data.Action
 *   | evaluation.Action
 *   | examples.Action
 *   | settings.Action
 *   | upload.Action
 * )} Action
 */

/** How many terms of a sum are listed at a time. */
export const PAGE = 12;
/** How many channels, filters or examples of a window. */
export const ROWS = 3;

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
const SLICES = { builder, compare, data, evaluation, examples, settings, upload };

/** The part of the state that belongs to a run. It starts anew with each run that is opened. */
const FRESH = {
  close: false,
  shown: null,
  trail: [],
  page: { offset: 0, sort: /** @type {const} */ ("size") },
  slide: { way: /** @type {const} */ ("stamps"), offset: 0, sort: /** @type {const} */ ("size") },
  slid: null,
  explanation: null,
  chain: null,
  cone: null,
  checks: new Map(),
  lit: [],
  hover: null,
  connection: /** @type {const} */ ("live"),
  problem: null,
  refusal: null,
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
  large: null,
  progress: { ...NOTHING, status: "paused" },
  play: { on: false, pausing: false, unit: "iteration", speed: 100, goal: null },
  dialog: null,
  builder: builder.INITIAL,
  compare: compare.INITIAL,
  data: data.INITIAL,
  evaluation: evaluation.INITIAL,
  examples: examples.INITIAL,
  settings: settings.INITIAL,
  upload: upload.INITIAL,
};

/**
 * Whether the page plays, or its run is trained without it: by a page beside it, or since before it was loaded.
 * @param {State} state
 */
export const isPlaying = ({ play, progress }) => play.on || (progress.status === "running" && !play.pausing);

/** Whether it plays by what the server trains, and not by steps within an iteration. @param {State["play"]} play */
export const goesByIterations = ({ unit }) => unit === "iteration" || unit === "epoch";

/**
 * Whether news were overtaken by what is known.
 * @param {Progress} news @param {State["progress"]} known
 */
export const isLate = (news, known) => news.source === known.source && news.sequence <= known.sequence;

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

/** A gradient check is of one iteration and holds no longer. @param {State} state @param {Shown} shown */
const checksAfter = (state, shown) =>
  state.shown?.moment.iteration === shown.moment.iteration ? state.checks : INITIAL.checks;

/**
 * The open cell goes along with the steps through its tensor: the window slides.
 * @param {State} state @param {Shown} next @returns {State["large"]}
 */
function followed({ run, shown, large }, { moment, window }) {
  if (!run || !large || !shown || !window || shown.moment.position === moment.position) return large;
  const { segment, cell } = stepAt(run, moment.position);
  const isOurs = segment.name === large.name && !segment.accumulates;
  return isOurs && large.cell !== cell ? { name: large.name, cell } : large;
}

/** @param {State} state @param {Progress} news whether news leave out losses that this page never got */
export const isGap = (state, news) => news.run === state.run?.id && news.since > state.progress.computed;

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

/** The run, the moment, and how training goes. @param {State} state @param {Action} action @returns {State} */
function reduceRun(state, action) {
  switch (action.type) {
    case "open": {
      const { run, progress, moment, example, large, guide } = action;
      const play = { ...state.play, on: false, pausing: false, goal: null };
      const start = extended(INITIAL.progress, progress);
      return {
        ...state,
        ...FRESH,
        play,
        run,
        moment: clamp(run, moment),
        example,
        large,
        guide,
        progress: start,
      };
    }
    case "guide":
      return { ...state, guide: action.guide };
    case "want": {
      if (!state.run) return state;
      return { ...state, moment: clamp(state.run, action.moment), close: action.close, problem: null };
    }
    case "example":
      return { ...state, example: action.example };
    case "show": {
      if (action.shown.iteration.run !== state.run?.id) return state;
      const large = followed(state, action.shown);
      const lit = large === state.large ? state.lit : [];
      const checks = checksAfter(state, action.shown);
      return { ...state, shown: action.shown, large, lit, chain: null, cone: null, checks };
    }
    case "progress":
      if (action.progress.run !== state.run?.id) return state;
      return { ...state, progress: extended(state.progress, action.progress) };
    case "play":
      return { ...state, play: { ...state.play, ...action.play } };
    case "connection":
      if (state.connection === action.connection) return state;
      // What was told while the server was away is over when it is back.
      return { ...state, connection: action.connection, problem: null };
    default:
      return state;
  }
}

/** The open cell, and what the server says of it. @param {State} state @param {Action} action @returns {State} */
function reduceExplanations(state, action) {
  switch (action.type) {
    case "large": {
      const { large, trail = [] } = action;
      const page = { ...state.page, offset: 0 };
      const slide = { ...state.slide, offset: 0 };
      return { ...state, large, trail, page, slide, chain: null, lit: [] };
    }
    case "explained":
      return { ...state, explanation: action.explanation };
    case "page":
      return { ...state, page: { ...state.page, ...action.page } };
    case "slide":
      return { ...state, slide: { ...state.slide, ...action.slide } };
    case "slid":
      return { ...state, slid: action.slid };
    case "chain":
      return { ...state, chain: action.chain };
    case "cone":
      return { ...state, cone: action.cone };
    case "check": {
      const checks = new Map(state.checks);
      if (action.check) checks.set(action.layer, action.check);
      else checks.delete(action.layer);
      return { ...state, checks };
    }
    case "lit":
      return { ...state, lit: action.lit };
    case "hover":
      return { ...state, hover: action.hover, cone: null };
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

/** @param {State} state @param {DialogName} dialog */
export const isOpen = (state, dialog) => state.dialog === dialog;

/** What the server refused in a dialog, as a sentence. @param {State} state @param {DialogName} dialog @returns {string | null} */
export const refusalOf = ({ refusal }, dialog) => (refusal?.dialog === dialog ? refusal.message : null);

/**
 * The first iteration that an edit can change: the one on the stage has been computed already.
 * @param {State} state
 */
export function nextIteration({ moment, run, progress }) {
  const end = progress.stopped?.iteration ?? run?.iterations ?? 1;
  return Math.min(moment.iteration + 1, end - 1);
}

/** @param {readonly Tensor[]} tensors @returns {Tensors} */
export const decoded = (tensors) =>
  new Map(
    tensors.map(({ name, data, computed: mask, minimum, maximum, nonfinite }) => [
      name,
      { cells: decode(data), mask: mask ? decode(mask) : null, minimum, maximum, nonfinite },
    ]),
  );

/** @param {Run} run @returns {readonly TensorInfo[]} */
export const tensorsOf = (run) => run.layers.flatMap((layer) => layer.tensors);

/** @param {Run} run @param {string} name @returns {TensorInfo | undefined} */
export const infoOf = (run, name) => tensorsOf(run).find((tensor) => tensor.name === name);

/** @param {Run} run @param {string} name @returns {boolean} whether the windows of a convolution make it */
export function isSlid(run, name) {
  const writer = run.segments.find(({ phase, writes }) => phase !== "update" && writes.includes(name));
  const layer = run.layers.find((layer) => layer.name === writer?.layer);
  const tensor = name.slice(name.lastIndexOf(".") + 1);
  return layer?.kind === "conv2d" && ["out", "dw", "dout"].includes(tensor);
}

/** @param {TensorInfo} info @returns {number} its cells */
export const sizeOf = ({ shape }) => shape.reduce((a, b) => a * b, 1);

/** @param {State} state @returns {boolean} whether the wanted moment is looked at from close by */
export function isClose({ run, moment, close }) {
  if (!run) return false;
  const { segment, cell } = stepAt(run, moment.position);
  return close || cell < segment.cells - 1;
}

/** @param {State} state @returns {boolean} whether the wanted moment has sums that are not whole yet, or is close by */
export const needsWindow = (state) =>
  isClose(state) || (state.run !== null && isPending(state.run, state.moment.position));

/**
 * A tensor at the moment shown: its numbers and how far they are computed.
 * @param {State} state @param {string} name
 * @returns {{ values: Values | null, done: "all" | "none" | number | Numbers }} a number: the first so many
 * cells; an array: 1 for each cell that is computed
 */
export function tensorAt({ run, shown }, name) {
  if (!run || !shown) return { values: null, done: "none" };
  const done = computed(run, shown.moment.position, name);
  if (done !== "partial") return { values: shown.tensors.get(name) ?? null, done };
  const values = shown.partial.get(name) ?? null;
  return { values, done: values?.mask ?? "none" };
}

/** @param {State} state @param {string} name @param {number} cell @returns {number | null} null: not computed yet */
export function valueAt(state, name, cell) {
  const { values, done } = tensorAt(state, name);
  if (!values || done === "none" || cell >= values.cells.length) return null;
  if (typeof done === "number" ? cell >= done : done !== "all" && !done[cell]) return null;
  return values.cells[cell];
}

/** @param {State} state @returns {import("../wire.js").Example | undefined} the example on the stage */
export const exampleOf = ({ shown }) => shown?.iteration.examples[shown.example];

/** @param {State} state @returns {import("../wire.js").Evaluation | undefined} the latest one at the moment shown */
export function evaluationOf({ progress, run, shown }) {
  if (!shown || !run) return undefined;
  // At the end of an iteration its update is done, and with it the evaluation that follows.
  const done = shown.moment.iteration + (shown.moment.position === run.positions ? 1 : 0);
  return evaluationAt(progress, done);
}

/** @param {State["progress"]} progress @param {number} iteration @returns {import("../wire.js").Evaluation | undefined} */
export const evaluationAt = ({ evaluations }, iteration) =>
  evaluations.findLast((evaluation) => evaluation.iteration <= iteration);
