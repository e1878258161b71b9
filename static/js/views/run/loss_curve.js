/** The loss curve of the run, which is also the way to drag through it. */

import { one, say } from "../../graphics/dom.js";
import { PARTS, percent, short } from "../../graphics/format.js";
import { evaluationAt, evaluationOf } from "../../core/state.js";
import { phaseEnd } from "../../core/timeline.js";

/** @typedef {import("../../core/state.js").State} State */

const EDGE = { left: 8, right: 8, top: 20, bottom: 16 };

/**
 * The losses, gathered into as many columns as there are pixels: the range and the mean of each.
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

/** @param {HTMLCanvasElement} canvas @param {{ state: () => State, seek: (target: { iteration: number }) => void }} on @returns {(state: State) => void} */
export function mountCurve(canvas, on) {
  const readout = one("#curve-text");
  const key = one("#run .key.accuracy");
  /** @type {State | null} */
  let last = null;
  /** @type {number | null} */
  let pointed = null;

  const span = () => Math.max(1, (last?.progress.computed ?? 1) - 1);
  const inner = () => canvas.clientWidth - EDGE.left - EDGE.right;
  /** @param {PointerEvent} event */
  const iterationAt = (event) => {
    const x = event.clientX - canvas.getBoundingClientRect().left - EDGE.left;
    const known = Math.max(0, (last?.progress.computed ?? 1) - 1);
    return Math.min(known, Math.max(0, Math.round((x / inner()) * span())));
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    on.seek({ iteration: iterationAt(event) });
  });
  canvas.addEventListener("pointermove", (event) => {
    pointed = iterationAt(event);
    if (canvas.hasPointerCapture(event.pointerId)) on.seek({ iteration: pointed });
    if (last) update(last);
  });
  canvas.addEventListener("pointerleave", () => {
    pointed = null;
    if (last) update(last);
  });
  canvas.addEventListener("keydown", (event) => {
    const { moment, progress } = on.state();
    const by = { ArrowLeft: -1, ArrowRight: 1, PageDown: 10, PageUp: -10 }[event.key];
    const edge = { Home: 0, End: progress.computed - 1 }[event.key];
    if (by === undefined && edge === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    on.seek({
      iteration: edge ?? Math.min(progress.computed - 1, moment.iteration + (by ?? 0)),
    });
  });
  new ResizeObserver(() => last && update(last)).observe(canvas);

  /** @param {State} state */
  function update(state) {
    last = state;
    paint();
  }

  function paint() {
    const { progress, shown, run } = /** @type {State} */ (last);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    const style = getComputedStyle(canvas);
    /** @param {string} name */
    const colour = (name) => style.getPropertyValue(name);
    const [bottom, tall] = [height - EDGE.bottom, height - EDGE.bottom - EDGE.top];
    /** @param {number} iteration */
    const x = (iteration) => EDGE.left + (iteration / span()) * inner();
    const columns = gather(progress.losses, Math.max(1, Math.floor(inner())));
    const smooth = smoothed(columns.map(({ mean }) => mean));
    // Single examples' losses are far higher than their mean: what leaves the picture is marked at its top.
    const top = Math.max(1e-9, ...smooth.filter(Number.isFinite)) * 1.5;
    const over = columns.flatMap(({ high }, i) => (high > top ? [i] : []));
    /** @param {number} loss */
    const y = (loss) => bottom - Math.min(1, loss / top) * tall;
    /** @param {number} column */
    const columnX = (column) => x(columns.length > 1 ? (column * span()) / (columns.length - 1) : 0);

    context.fillStyle = colour("--curve-range");
    columns.forEach(({ low, high }, i) =>
      context.fillRect(columnX(i) - 0.5, y(high), 1.2, Math.max(1, y(low) - y(high))),
    );
    for (const i of over) context.fillRect(columnX(i) - 1, EDGE.top - 3, 2, 2);
    context.strokeStyle = colour("--ink");
    context.lineWidth = 1.5;
    context.beginPath();
    smooth.forEach((mean, i) => context.lineTo(columnX(i), y(mean)));
    context.stroke();

    context.strokeStyle = colour("--accuracy");
    context.beginPath();
    for (const { iteration, accuracy } of progress.evaluations) {
      context.lineTo(x(Math.min(iteration, span())), bottom - accuracy * tall);
    }
    context.stroke();

    context.fillStyle = colour("--quiet");
    context.font = `13px ${style.fontFamily}`;
    for (const { iteration } of run?.recipe.edits ?? []) {
      if (iteration < progress.computed) context.fillText("✎", x(iteration) - 5, EDGE.top);
    }
    context.textAlign = "left";
    context.fillText("0", EDGE.left, height - 3);
    if (progress.computed > 0) context.fillText(`axis to ${short(top, 2)}`, EDGE.left, EDGE.top - 3);
    context.textAlign = "right";
    if (progress.computed > 1)
      context.fillText(
        Math.max(0, progress.computed - 1).toLocaleString("en"),
        width - EDGE.right,
        height - 3,
      );

    if (progress.stopped) {
      const best = x(Math.max(0, progress.stopped.best - 1));
      line(context, best, colour("--accuracy"), bottom);
      context.fillStyle = colour("--accuracy");
      context.textAlign = best > width / 2 ? "right" : "left";
      context.fillText("★", best + (best > width / 2 ? -3 : 4), bottom - 2);
    }
    if (pointed !== null) line(context, x(pointed), colour("--quiet"), bottom);
    if (shown) {
      line(context, x(Math.min(shown.moment.iteration, span())), colour("--ink"), bottom);
      context.beginPath();
      context.fillStyle = colour("--ink");
      context.arc(x(Math.min(shown.moment.iteration, span())), bottom, 5, 0, 7);
      context.fill();
    }
    tell();
  }

  /** @param {CanvasRenderingContext2D} context @param {number} x @param {string} colour @param {number} bottom */
  function line(context, x, colour, bottom) {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, 4);
    context.lineTo(Math.round(x) + 0.5, bottom);
    context.stroke();
  }

  /** The numbers under the pointer, or else those of the moment shown. */
  function tell() {
    const state = /** @type {State} */ (last);
    const { progress, run, shown } = state;
    const iteration = pointed ?? shown?.moment.iteration ?? 0;
    const isHere = pointed === null;
    // What the moment shown has not come to yet is not told.
    const hasLoss = !isHere || (run && shown && shown.moment.position >= phaseEnd(run, "loss"));
    const loss = hasLoss ? progress.losses[iteration] : undefined;
    const tested = isHere ? evaluationOf(state) : evaluationAt(progress, iteration);
    key.hidden = run?.evaluated_examples === 0;
    if (run) say(key, `${PARTS[run.monitored]} accuracy`);
    const parts = [`iteration ${iteration}`];
    if (run) parts.push(`epoch ${Math.floor(iteration / run.iterations_per_epoch) + 1}`);
    if (loss !== undefined) parts.push(`loss ${short(loss)}`);
    if (tested) parts.push(`accuracy ${percent(tested.accuracy)}`);
    if (progress.stopped && iteration === Math.max(0, progress.stopped.best - 1)) parts.push("★ lowest loss");
    const text = parts.join(" · ");
    say(readout, text);
    canvas.setAttribute("aria-valuemax", String(Math.max(0, progress.computed - 1)));
    canvas.setAttribute("aria-valuenow", String(iteration));
    canvas.setAttribute("aria-valuetext", text);
  }
  return update;
}

/** A running mean, so that a batch of one still shows where the loss is going. @param {number[]} values */
export function smoothed(values) {
  const reach = Math.floor(values.length / 40);
  return values.map((_, i) => {
    const near = values.slice(Math.max(0, i - reach), i + reach + 1).filter(Number.isFinite);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}
