/** The loss curve of the run. Dragging along it goes through the run. */

import { one, say } from "../../graphics/dom.js";
import { PARTS, percent, short } from "../../graphics/format.js";
import { evaluationAt, evaluationOf } from "../../core/state.js";
import { phaseEnd } from "../../core/timeline.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */

const EDGE = { left: 8, right: 8, top: 20, bottom: 16 };

/**
 * The losses in as many columns as there are pixels: the range and the mean of each column.
 * @param {Float64Array} losses @param {number} columns
 * @returns {{ low: number, high: number, mean: number }[]}
 */
export function gather(losses, columns) {
  const count = Math.min(columns, losses.length);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * losses.length) / count);
    const part = losses.subarray(from, Math.max(from + 1, Math.floor(((i + 1) * losses.length) / count)));
    const finite = part.filter(Number.isFinite);
    const mean = finite.reduce((sum, loss) => sum + loss, 0) / finite.length;
    return { low: Math.min(...finite), high: Math.max(...finite), mean };
  });
}

/** The running mean of the losses, which shows their trend. @param {number[]} values @returns {number[]} */
export function smoothed(values) {
  const reach = Math.floor(values.length / 40);
  return values.map((_, i) => {
    const near = values.slice(Math.max(0, i - reach), i + reach + 1).filter(Number.isFinite);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

/**
 * The places of a curve on its canvas, in CSS pixels.
 * @param {{ width: number, height: number }} size @param {number} computed iterations so far
 */
function scaleOf({ width, height }, computed) {
  const last = Math.max(0, computed - 1);
  const span = Math.max(1, last);
  const inner = width - EDGE.left - EDGE.right;
  return {
    width,
    height,
    inner,
    bottom: height - EDGE.bottom,
    tall: height - EDGE.bottom - EDGE.top,
    /** @param {number} iteration */
    x: (iteration) => EDGE.left + (Math.min(iteration, span) / span) * inner,
    /** @param {number} x @returns {number} the iteration there */
    iterationAt: (x) => Math.min(last, Math.max(0, Math.round(((x - EDGE.left) / inner) * span))),
    /** @param {number} column @param {number} columns in all */
    columnX: (column, columns) => EDGE.left + (columns > 1 ? column / (columns - 1) : 0) * inner,
  };
}

/** @typedef {ReturnType<typeof scaleOf>} Scale */
/** @typedef {{ context: CanvasRenderingContext2D, scale: Scale, colour: (name: string) => string }} Sheet what is drawn on */

/** The losses: their range in each column, and their running mean. @param {Sheet} sheet @param {Float64Array} losses @returns {number} the loss at the top */
function drawLosses({ context, scale, colour }, losses) {
  const columns = gather(losses, Math.max(1, Math.floor(scale.inner)));
  const smooth = smoothed(columns.map(({ mean }) => mean));
  // Losses of single examples are far above their mean. Those above the picture are marked at its top.
  const top = Math.max(1e-9, ...smooth.filter(Number.isFinite)) * 1.5;
  /** @param {number} loss */
  const y = (loss) => scale.bottom - Math.min(1, loss / top) * scale.tall;
  /** @param {number} column */
  const x = (column) => scale.columnX(column, columns.length);
  context.fillStyle = colour("--curve-range");
  columns.forEach(({ low, high }, i) => {
    context.fillRect(x(i) - 0.5, y(high), 1.2, Math.max(1, y(low) - y(high)));
    if (high > top) context.fillRect(x(i) - 1, EDGE.top - 3, 2, 2);
  });
  context.strokeStyle = colour("--ink");
  context.lineWidth = 1.5;
  context.beginPath();
  smooth.forEach((mean, i) => context.lineTo(x(i), y(mean)));
  context.stroke();
  return top;
}

/** @param {Sheet} sheet @param {State["progress"]["evaluations"]} evaluations */
function drawAccuracy({ context, scale, colour }, evaluations) {
  context.strokeStyle = colour("--accuracy");
  context.beginPath();
  for (const { iteration, accuracy } of evaluations)
    context.lineTo(scale.x(iteration), scale.bottom - accuracy * scale.tall);
  context.stroke();
}

/** The ends of both axes, and a pencil at each edit. @param {Sheet} sheet @param {State} state @param {number} top */
function drawNotes({ context, scale, colour }, { run, progress }, top) {
  context.fillStyle = colour("--quiet");
  context.font = `13px ${getComputedStyle(context.canvas).fontFamily}`;
  for (const { iteration } of run?.recipe.edits ?? []) {
    if (iteration < progress.computed) context.fillText("✎", scale.x(iteration) - 5, EDGE.top);
  }
  context.textAlign = "left";
  context.fillText("0", EDGE.left, scale.height - 3);
  if (progress.computed > 0) context.fillText(`axis to ${short(top, 2)}`, EDGE.left, EDGE.top - 3);
  if (progress.computed <= 1) return;
  context.textAlign = "right";
  const end = (progress.computed - 1).toLocaleString("en");
  context.fillText(end, scale.width - EDGE.right, scale.height - 3);
}

/** A vertical line. @param {Sheet} sheet @param {number} x @param {string} name of its colour */
function drawLine({ context, scale, colour }, x, name) {
  context.strokeStyle = colour(name);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, 4);
  context.lineTo(Math.round(x) + 0.5, scale.bottom);
  context.stroke();
}

/** The lowest loss of a run that was stopped early. @param {Sheet} sheet @param {number} iteration */
function drawStar(sheet, iteration) {
  const { context, scale, colour } = sheet;
  const x = scale.x(iteration);
  drawLine(sheet, x, "--accuracy");
  context.fillStyle = colour("--accuracy");
  const isRight = x > scale.width / 2;
  context.textAlign = isRight ? "right" : "left";
  context.fillText("★", x + (isRight ? -3 : 4), scale.bottom - 2);
}

/** The moment shown, as a handle. @param {Sheet} sheet @param {number} iteration */
function drawHandle(sheet, iteration) {
  const { context, scale, colour } = sheet;
  drawLine(sheet, scale.x(iteration), "--ink");
  context.beginPath();
  context.fillStyle = colour("--ink");
  context.arc(scale.x(iteration), scale.bottom, 5, 0, 7);
  context.fill();
}

/** The iteration with the lowest loss. @param {NonNullable<State["progress"]["stopped"]>} stopped */
const bestOf = ({ best }) => Math.max(0, best - 1);

/** @param {HTMLCanvasElement} canvas @param {State} state @param {number | null} pointed an iteration */
function paint(canvas, state, pointed) {
  const { progress, shown } = state;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const scale = scaleOf({ width, height }, progress.computed);
  const sheet = { context, scale, colour: (/** @type {string} */ name) => style.getPropertyValue(name) };
  const top = drawLosses(sheet, progress.losses);
  drawAccuracy(sheet, progress.evaluations);
  drawNotes(sheet, state, top);
  if (progress.stopped) drawStar(sheet, bestOf(progress.stopped));
  if (pointed !== null) drawLine(sheet, scale.x(pointed), "--quiet");
  if (shown) drawHandle(sheet, shown.moment.iteration);
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
  const parts = [`step ${iteration}`];
  if (run) parts.push(`epoch ${Math.floor(iteration / run.iterations_per_epoch) + 1}`);
  if (loss !== undefined) parts.push(`loss ${short(loss)}`);
  if (tested) parts.push(`accuracy ${percent(tested.accuracy)}`);
  if (progress.stopped && iteration === bestOf(progress.stopped)) parts.push("★ lowest loss");
  return { iteration, text: parts.join(" · ") };
}

/** @param {HTMLCanvasElement} canvas @param {App} app @returns {(state: State) => void} */
export function mountLossCurve(canvas, { store, effects }) {
  const readout = one("#curve-text");
  const key = one("#run .key.accuracy");
  /** @type {State | null} */
  let last = null;
  /** The iteration under the pointer. @type {number | null} */
  let pointed = null;

  /** @param {PointerEvent} event */
  const iterationAt = (event) => {
    const size = { width: canvas.clientWidth, height: canvas.clientHeight };
    const x = event.clientX - canvas.getBoundingClientRect().left;
    return scaleOf(size, last?.progress.computed ?? 0).iterationAt(x);
  };
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
  new ResizeObserver(draw).observe(canvas);

  function draw() {
    if (!last) return;
    paint(canvas, last, pointed);
    const { run, progress } = last;
    key.hidden = run?.evaluated_examples === 0;
    if (run) say(key, `${PARTS[run.monitored]} accuracy`);
    const { iteration, text } = readoutOf(last, pointed);
    say(readout, text);
    canvas.setAttribute("aria-valuemax", String(Math.max(0, progress.computed - 1)));
    canvas.setAttribute("aria-valuenow", String(iteration));
    canvas.setAttribute("aria-valuetext", text);
  }

  return (state) => {
    last = state;
    draw();
  };
}
