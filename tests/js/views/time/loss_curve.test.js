import { drawingOf, find, openPage, mounted, textOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { gather, mountLossCurve, smoothed } from "../../../../static/js/views/time/loss_curve.js";
import { AFTER, stateAt } from "../../states.js";

/** @typedef {import("../../../../static/js/core/state.js").State} State */

test("the curve keeps the highest and the lowest loss of every column", () => {
  const losses = Float64Array.from({ length: 1000 }, (_, i) => (i === 500 ? 99 : 1 / (i + 1)));
  const columns = gather(losses, 37);
  assert.equal(columns.length, 37);
  assert.equal(Math.max(...columns.map(({ high }) => high)), 99);
  assert.equal(Math.min(...columns.map(({ low }) => low)), 1 / 1000);
  assert.deepEqual(gather(Float64Array.of(2, 4), 100), [
    { low: 2, high: 2, mean: 2 },
    { low: 4, high: 4, mean: 4 },
  ]);
  assert.deepEqual(smoothed([3, 3, 3]), [3, 3, 3]);
});

/** @param {Partial<State>} changes */
async function curved(changes) {
  openPage();
  const canvas = /** @type {HTMLCanvasElement} */ (find("#curve"));
  Object.defineProperties(canvas, { clientWidth: { value: 216 }, clientHeight: { value: 136 } });
  const state = { ...stateAt(AFTER.loss), ...changes };
  const { asked } = mounted((app) => mountLossCurve(canvas, app), state);
  return { canvas, asked, state };
}

test("the curve falls from left to right as the losses do, and the moment shown is marked on it", async () => {
  const { canvas } = await curved({});
  const { lines, texts } = drawingOf(canvas);
  const curve = lines.filter(({ style, width }) => style === "--ink" && width === 1.5);
  assert.equal(curve.length, 4);
  assert.ok(curve.every(({ x0, y0, x1, y1 }) => x1 > x0 && y1 > y0));
  const [marker] = lines.filter(({ style, width }) => style === "--ink" && width === 1);
  assert.ok(Math.abs(marker.x0 - curve[3].x0) < 1, "iteration 3 of 0 to 4");
  assert.deepEqual(
    texts.map(({ text }) => text),
    ["0", "axis to 3.8", "4"],
  );
  assert.equal(textOf("#curve-text"), "step 3 · epoch 1 · loss 1.25");
});

test("a loss that is not finite is left out of the curve and named", async () => {
  const { progress } = stateAt(AFTER.loss);
  const { canvas } = await curved({
    progress: { ...progress, losses: Float64Array.of(2, 1.5, NaN, Infinity, 1) },
  });
  assert.deepEqual(
    drawingOf(canvas).texts.map(({ text }) => text)[1],
    "axis to 3",
    "the largest finite loss and a half",
  );
  assert.equal(textOf("#curve-text"), "step 3 · epoch 1 · loss ∞");
});

test("before the loss is computed the moment shown has no loss", async () => {
  await curved({ ...stateAt(AFTER.conv) });
  assert.equal(textOf("#curve-text"), "step 3 · epoch 1");
});

test("a press on the curve goes to that iteration, and keys go forward and back", async () => {
  const { canvas, asked } = await curved({});
  canvas.dispatchEvent(new PointerEvent("pointerdown", { clientX: 8 + 100, clientY: 10 }));
  for (const key of ["ArrowLeft", "End", "Home", "PageDown"])
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key }));
  assert.deepEqual(
    asked.map(([, target]) => target),
    [2, 2, 4, 0, 4].map((iteration) => ({ iteration })),
  );
});

test("evaluations have their own line, and a star marks the lowest loss of a stopped run", async () => {
  const { progress } = stateAt(AFTER.loss);
  const evaluations = /** @type {any} */ ([
    { iteration: 0, accuracy: 0, loss: 1 },
    { iteration: 4, accuracy: 1, loss: 1 },
  ]);
  const stopped = /** @type {any} */ ({ iteration: 5, best: 4, message: "" });
  const { canvas } = await curved({ progress: { ...progress, evaluations, stopped } });
  const { lines, texts } = drawingOf(canvas);
  const [accuracy] = lines.filter(({ style }) => style === "--accuracy");
  assert.deepEqual([accuracy.x0, accuracy.y0, accuracy.x1, accuracy.y1], [8, 120, 208, 20]);
  assert.ok(texts.some(({ text }) => text === "★"));
  assert.equal(textOf("#curve-text"), "step 3 · epoch 1 · loss 1.25 · accuracy 0.0 % · ★ lowest loss");
});
