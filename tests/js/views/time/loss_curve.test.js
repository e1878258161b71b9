import { find, openPage, mounted, textOf, textsOf } from "../../dom.js";
import { drawingOf } from "../../canvas.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  gather,
  roundUp,
  scaleOf,
  smoothed,
  spanOf,
  ticksOf,
} from "../../../../static/js/views/time/curve_scale.js";
import { withRoom } from "../../../../static/js/views/time/curve_marks.js";
import { mountLossCurve } from "../../../../static/js/views/time/loss_curve.js";
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

test("axes have round numbers, and that of the steps ends beyond those computed and within the run", () => {
  assert.deepEqual([0.3, 1, 1.1, 4, 7, 10].map(roundUp), [0.5, 1, 2, 5, 10, 10]);
  assert.deepEqual(ticksOf(4, 3), [0, 2, 4]);
  assert.deepEqual(ticksOf(500, 10), [0, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500]);
  assert.deepEqual(
    [1, 30, 450, 500, 4990].map((computed) => spanOf(computed, 5000)),
    [20, 50, 500, 1000, 4999],
  );
  assert.equal(spanOf(1, 1), 1);
});

test("the place of a step and the step at a place agree, up to the last computed one", () => {
  const scale = scaleOf({ width: 488, height: 136 }, 5, 10);
  for (const iteration of [0, 2, 4]) assert.equal(scale.iterationAt(scale.x(iteration)), iteration);
  assert.deepEqual([scale.iterationAt(-50), scale.iterationAt(480)], [0, 4]);
});

test("marks whose words would meet others have no words", () => {
  const scale = scaleOf({ width: 488, height: 136 }, 101, 101);
  const marks = [0, 4, 40, 98].map((iteration) => ({ iteration, words: "best" }));
  assert.deepEqual(withRoom(marks, scale, [190, 230]), [true, false, false, true]);
  assert.deepEqual(withRoom(marks, scale, [0, 0]), [true, false, true, true]);
});

/** @param {Partial<State>} changes */
async function curved(changes) {
  openPage();
  const canvas = /** @type {HTMLCanvasElement} */ (find("#curve"));
  // The axis of the ten steps is 360 pixels long, and that of the losses 100 high.
  Object.defineProperties(canvas, { clientWidth: { value: 448 }, clientHeight: { value: 136 } });
  const state = { ...stateAt(AFTER.loss), ...changes };
  const { asked } = mounted((app) => mountLossCurve(find("#run"), app), state);
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
    ["0", "2", "4", "0", "5", "you are here"],
  );
  const [here] = texts.filter(({ text }) => text === "you are here");
  assert.ok(here.y < Math.min(...curve.map(({ y0 }) => y0)) - 4, "above the curve");
  assert.equal(textOf("#curve-text"), "step 3 · epoch 1 · loss 1.25");
});

test("a loss that is not finite is left out of the curve and named", async () => {
  const { progress } = stateAt(AFTER.loss);
  const { canvas } = await curved({
    progress: { ...progress, losses: Float64Array.of(2, 1.5, NaN, Infinity, 1) },
  });
  const { lines } = drawingOf(canvas);
  assert.ok(lines.every(({ y0, y1 }) => Number.isFinite(y0 + y1)));
  assert.equal(textOf("#curve-text"), "step 3 · epoch 1 · loss ∞");
});

test("before the loss is computed the moment shown has no loss", async () => {
  await curved({ ...stateAt(AFTER.conv) });
  assert.equal(textOf("#curve-text"), "step 3 · epoch 1");
});

test("a press on the curve goes to that iteration, and keys go forward and back", async () => {
  const { canvas, asked } = await curved({});
  canvas.dispatchEvent(new PointerEvent("pointerdown", { clientX: 40 + 80, clientY: 10 }));
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
  const { canvas, asked } = await curved({ progress: { ...progress, evaluations, stopped } });
  const { lines, texts } = drawingOf(canvas);
  const [accuracy] = lines.filter(({ style }) => style === "--accuracy");
  assert.deepEqual([accuracy.x0, accuracy.y0, accuracy.x1, accuracy.y1], [40, 118, 200, 18]);
  assert.deepEqual(
    texts.slice(-3).map(({ text }) => text),
    ["0 %", "100 %", "you are here"],
  );
  assert.deepEqual(textsOf("#marks button"), ["best: 100.0 %", "★ lowest loss"]);
  find("#marks button").click();
  assert.deepEqual(asked.at(-1), ["seek", { iteration: 3, position: AFTER.update }]);
  assert.equal(
    textOf("#curve-text"),
    "step 3 · epoch 1 · loss 1.25 · accuracy 0.0 %, measured after 0 steps · ★ lowest loss",
  );
});

test("edits are marks with a word, and a click goes there; those ahead have none", async () => {
  const { run } = stateAt(AFTER.loss);
  const edits = /** @type {any} */ ([
    { kind: "learning_rate", iteration: 1, value: 0.01 },
    { kind: "picture", iteration: 2, slot: 0 },
    { kind: "picture", iteration: 3, slot: 0 },
    { kind: "example", iteration: 7, slot: 0, example: 12 },
  ]);
  const recipe = /** @type {any} */ ({ ...run?.recipe, edits });
  const { asked } = await curved({ run: /** @type {any} */ ({ ...run, recipe }) });
  assert.deepEqual(textsOf("#marks button"), ["rate 0.01", "your picture put in"]);
  find("#marks button").click();
  assert.deepEqual(asked.at(-1), ["seek", { iteration: 1 }]);
  assert.equal(find("#marks button").title, "rate 0.01: go to step 1");
});
