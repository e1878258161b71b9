/** The loss curve of the run. Dragging along it goes through the run. */

import { onChange } from "../../graphics/changes.js";
import { one, say } from "../../graphics/dom.js";
import { grouped, PARTS, percent, short } from "../../graphics/format.js";
import { evaluationAt, evaluationOf, isLive } from "../../core/state.js";
import { createTimeLeft } from "../../core/time_left.js";
import { iterationsDone, phaseEnd } from "../../core/timeline.js";
import { WORDS } from "../../words/en.js";
import { mountMarks } from "./curve_marks.js";
import { EDGE, gather, roundUp, scaleOf, smoothed, ticksOf } from "./curve_scale.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("./curve_scale.js").Scale} Scale */
/** @typedef {{ context: CanvasRenderingContext2D, scale: Scale, family: string, colour: (name: string) => string }} Sheet what is drawn on */

/** Losses of single batches are far above their mean. The axis ends above the mean by this factor. */
const HEADROOM = 1.25;

/** A curve that is narrower has no words beside its handle. */
const NARROW = 400;

/** Both axes: losses at the left, accuracies at the right, steps below. @param {Sheet} sheet @param {number} top the largest loss of the axis @param {boolean} isTested */
function drawAxes({ context, scale, family, colour }, top, isTested) {
  context.font = `11px ${family}`;
  context.textAlign = "right";
  for (const loss of ticksOf(top, scale.tall > 60 ? 3 : 2)) {
    const y = Math.round(scale.y(loss / top));
    context.fillStyle = colour("--faint");
    context.fillRect(EDGE.left, y, scale.right - EDGE.left, 1);
    context.fillStyle = colour("--quiet");
    context.fillText(short(loss), EDGE.left - 6, y + 4);
  }
  const steps = ticksOf(scale.span, Math.max(2, Math.min(10, Math.floor(scale.width / 120))));
  context.textAlign = "center";
  for (const step of steps) {
    context.fillStyle = colour("--faint");
    context.fillRect(Math.round(scale.x(step)), scale.bottom, 1, 4);
    context.fillStyle = colour("--quiet");
    context.fillText(grouped(step), scale.x(step), scale.height - 3);
  }
  if (!isTested) return;
  context.textAlign = "left";
  context.fillStyle = colour("--accuracy");
  for (const part of [0, 1]) context.fillText(WORDS.share(part), scale.right + 6, scale.y(part) + 4);
}

/** The losses: their range in each column, and their running mean. @param {Sheet} sheet @param {ReturnType<typeof gather>} columns @param {readonly number[]} smooth @param {number} top */
function drawLosses({ context, scale, colour }, columns, smooth, top) {
  /** @param {number} column */
  const x = (column) => EDGE.left + (columns.length > 1 ? column / (columns.length - 1) : 0) * scale.done;
  context.strokeStyle = context.fillStyle = colour("--curve-range");
  context.lineWidth = 1;
  context.beginPath();
  columns.forEach(({ low, high }, i) => {
    for (const loss of low === high ? [low] : [low, high])
      if (Number.isFinite(loss)) context.lineTo(x(i), scale.y(loss / top));
    if (high > top) context.fillRect(x(i) - 1, EDGE.top - 3, 2, 2);
  });
  context.stroke();
  context.strokeStyle = colour("--ink");
  context.lineWidth = 1.5;
  context.beginPath();
  smooth.forEach((mean, i) => Number.isFinite(mean) && context.lineTo(x(i), scale.y(mean / top)));
  context.stroke();
}

/** @param {Sheet} sheet @param {State["progress"]["evaluations"]} evaluations */
function drawAccuracy({ context, scale, colour }, evaluations) {
  context.strokeStyle = colour("--accuracy");
  context.beginPath();
  for (const { iteration, accuracy } of evaluations) context.lineTo(scale.x(iteration), scale.y(accuracy));
  context.stroke();
}

/** Where there is no curve yet, what will be here. @param {Sheet} sheet */
function drawEmpty({ context, scale, family, colour }) {
  context.font = `13px ${family}`;
  context.textAlign = "center";
  context.fillStyle = colour("--quiet");
  context.fillText(WORDS.noCurve, scale.width / 2, EDGE.top + scale.tall / 2 + 4);
}

/** A vertical line. @param {Sheet} sheet @param {number} x @param {string} name of its colour */
function drawLine({ context, scale, colour }, x, name) {
  context.strokeStyle = colour(name);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, 2);
  context.lineTo(Math.round(x) + 0.5, scale.bottom);
  context.stroke();
}

/**
 * The moment shown, as a handle with its words beside it, above the curve.
 * @param {Sheet} sheet @param {number} iteration @returns {[number, number]} from where to where the words stand
 */
function drawHandle(sheet, iteration) {
  const { context, scale, family, colour } = sheet;
  const x = scale.x(iteration);
  drawLine(sheet, x, "--ink");
  context.beginPath();
  context.fillStyle = colour("--ink");
  context.arc(x, scale.bottom, 5, 0, 7);
  context.fill();
  if (scale.width < NARROW) return [x, x];
  const isLeft = x > scale.width - 120;
  context.font = `13px ${family}`;
  context.textAlign = isLeft ? "right" : "left";
  context.fillStyle = colour("--quiet");
  const words = WORDS.youAreHere;
  context.fillText(words, x + (isLeft ? -6 : 6), 12);
  const { width } = context.measureText(words);
  return isLeft ? [x - width - 12, x] : [x, x + width + 12];
}

/**
 * The size of a canvas and its style, which the browser lays out the page for: they are read where they can have changed.
 * @param {HTMLCanvasElement} canvas
 */
function lookOf(canvas) {
  const style = getComputedStyle(canvas);
  /** @type {Map<string, string>} */
  const colours = new Map();
  return {
    width: canvas.clientWidth,
    height: canvas.clientHeight,
    ratio: window.devicePixelRatio || 1,
    family: style.fontFamily,
    /** @param {string} name of a custom property */
    colour(name) {
      const colour = colours.get(name) ?? style.getPropertyValue(name);
      colours.set(name, colour);
      return colour;
    },
  };
}

/** @param {HTMLCanvasElement} canvas @param {ReturnType<typeof lookOf>} look @param {State} state @param {number | null} pointed an iteration */
function paint(canvas, { width, height, ratio, family, colour }, state, pointed) {
  const { progress, run, shown } = state;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  const scale = scaleOf({ width, height }, progress.computed, run?.iterations ?? 1);
  const sheet = { context, scale, family, colour };
  const columns = gather(progress.losses, Math.max(1, Math.floor(scale.done)));
  const smooth = smoothed(columns.map(({ mean }) => mean));
  const highest = Math.max(1e-9, ...smooth.filter(Number.isFinite)) * HEADROOM;
  const unit = roundUp(highest / 4);
  const top = unit * Math.ceil(highest / unit);
  drawAxes(sheet, top, progress.evaluations.length > 0);
  drawLosses(sheet, columns, smooth, top);
  drawAccuracy(sheet, progress.evaluations);
  if (progress.computed < 2) drawEmpty(sheet);
  if (pointed !== null) drawLine(sheet, scale.x(pointed), "--quiet");
  /** @type {[number, number]} */
  const taken = shown ? drawHandle(sheet, shown.moment.iteration) : [0, 0];
  return { scale, taken };
}

/**
 * The numbers at an iteration, in words.
 * @param {State} state @param {number | null} pointed an iteration, null for the moment shown
 */
function readoutOf(state, pointed) {
  const { progress, run, shown } = state;
  const iteration = pointed ?? shown?.moment.iteration ?? 0;
  const isHere = pointed === null;
  // At the moment shown, the loss appears once it is computed.
  const hasLoss = !isHere || (run && shown && shown.moment.position >= phaseEnd(run, "loss"));
  const loss = hasLoss ? progress.losses[iteration] : undefined;
  const tested = isHere ? evaluationOf(state) : evaluationAt(progress, iteration);
  const done = isHere && run && shown ? iterationsDone(run, shown.moment) : iteration;
  const text = WORDS.readout({
    step: iteration,
    epoch: run ? Math.floor(iteration / run.iterations_per_epoch) + 1 : null,
    loss: loss === undefined ? null : short(loss),
    accuracy: tested ? percent(tested.accuracy) : null,
    measured: tested && tested.iteration < done ? tested.iteration : null,
    isLowest: progress.stopped !== null && iteration === Math.max(0, progress.stopped.best - 1),
  });
  return { iteration, text };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountLossCurve(root, { store, effects }) {
  const canvas = /** @type {HTMLCanvasElement} */ (one("#curve", root));
  const readout = one("#curve-text", root);
  const [lossKey, key] = [one(".key.loss", root), one(".key.accuracy", root)];
  const [left, timeLeft] = [one("#time-left", root), createTimeLeft()];
  const drawMarks = mountMarks(one("#marks", root), effects);
  /** @type {State | null} */
  let last = null;
  /** @type {Scale | null} */
  let scale = null;
  /** The iteration under the pointer. @type {number | null} */
  let pointed = null;
  /** Null where it has to be read anew. @type {ReturnType<typeof lookOf> | null} */
  let look = null;
  const drawWhereChanged = onChange((/** @type {unknown[]} what the curve depends on */ ..._) => drawAll());
  canvas.setAttribute("aria-label", WORDS.alongTheCurve);
  say(lossKey, WORDS.loss);

  /** @param {PointerEvent} event */
  const iterationAt = (event) => scale?.iterationAt(event.clientX - canvas.getBoundingClientRect().left) ?? 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    effects.seek({ iteration: iterationAt(event) });
  });
  canvas.addEventListener("pointermove", (event) => {
    pointed = iterationAt(event);
    if (canvas.hasPointerCapture(event.pointerId)) effects.seek({ iteration: pointed });
    draw();
  });
  canvas.addEventListener("pointerleave", () => {
    pointed = null;
    draw();
  });
  canvas.addEventListener("keydown", (event) => {
    const { moment, progress } = store.get();
    const by = { ArrowLeft: -1, ArrowRight: 1, PageDown: 10, PageUp: -10 }[event.key];
    const edge = { Home: 0, End: progress.computed - 1 }[event.key];
    if (by === undefined && edge === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const iteration = edge ?? Math.min(progress.computed - 1, moment.iteration + (by ?? 0));
    effects.seek({ iteration });
  });
  const renew = () => {
    look = null;
    draw();
  };
  new ResizeObserver(renew).observe(canvas);
  window.matchMedia("(forced-colors: active)").addEventListener("change", renew);

  function draw() {
    if (!last) return;
    look ??= lookOf(canvas);
    drawWhereChanged(last.progress, last.run, last.shown?.moment, look, pointed);
  }

  function drawAll() {
    if (!last || !look) return;
    const painted = paint(canvas, look, last, pointed);
    scale = painted.scale;
    drawMarks(last, scale, painted.taken);
    const { run, progress } = last;
    key.hidden = run?.evaluated_examples === 0;
    if (run) say(key, WORDS.accuracyOn(PARTS[run.monitored]));
    const { iteration, text } = readoutOf(last, pointed);
    say(readout, text);
    canvas.dataset.span = String(scale.span);
    canvas.setAttribute("aria-valuemax", String(Math.max(0, progress.computed - 1)));
    canvas.setAttribute("aria-valuenow", String(iteration));
    canvas.setAttribute("aria-valuetext", text);
  }

  return (state) => {
    if (state.theme !== last?.theme) look = null;
    last = state;
    draw();
    const { run, play, shown } = state;
    const byEpochs = run && isLive(state) && play.goal === null && play.unit === "epoch";
    const seconds = timeLeft(byEpochs ? run.id : null, shown?.moment.iteration ?? 0, run?.iterations ?? 0);
    say(left, seconds === null ? "" : WORDS.toTheEnd(seconds));
  };
}
