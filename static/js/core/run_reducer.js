/** The run, the moment, what is on the stage, and how training goes. All pure. */

import { limitsByKind } from "../graphics/tensors.js";
import { shownFrom } from "./frames.js";
import { exampleOf, isLate, isLive } from "./state.js";
import { decode } from "./typed_arrays.js";
import { clamp, stepAt } from "./timeline.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("./state.js").Shown} Shown */
/** @typedef {import("../wire.js").Progress} Progress */

/** The progress of a run before any news of it. @type {State["progress"]} */
export const NO_PROGRESS = {
  source: "",
  sequence: 0,
  computed: 0,
  losses: new Float64Array(),
  evaluations: [],
  diverged: null,
  stopped: null,
  status: "paused",
};

/** The part of the state that belongs to a run. It starts anew with each run that is opened. */
export const FRESH = {
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
  state.shown?.moment.iteration === shown.moment.iteration ? state.checks : FRESH.checks;

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
export function reduceRun(state, action) {
  switch (action.type) {
    case "open": {
      const { run, progress, moment, example, look = null, large, guide } = action;
      const play = { ...state.play, on: false, goal: null };
      const start = extended(NO_PROGRESS, progress);
      return {
        ...state,
        ...FRESH,
        heldColours: { ...state.heldColours, limits: null },
        play,
        run,
        moment: clamp(run, moment),
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
      return { ...state, moment, close: action.close, problem: null };
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
    case "hold colours":
      return holding({ ...state, heldColours: { isOn: action.isOn, limits: null } });
    case "connection":
      if (state.connection === action.connection) return state;
      // A problem that was shown while the connection was lost is over.
      return { ...state, connection: action.connection, problem: null };
    default:
      return state;
  }
}
