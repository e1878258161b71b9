import assert from "node:assert/strict";
import { test } from "node:test";
import { begun, continued, EMPTY, paint, undone } from "../../../../static/js/views/draw/strokes.js";

test("a stroke begins, continues, and is undone as a whole", () => {
  const one = continued(begun(EMPTY, [0.1, 0.2], 0.05), [0.3, 0.4]);
  const two = begun(one, [0.5, 0.5], 0.1);
  assert.deepEqual(one, [
    {
      width: 0.05,
      points: [
        [0.1, 0.2],
        [0.3, 0.4],
      ],
    },
  ]);
  assert.deepEqual(undone(two), one);
  assert.deepEqual(undone(EMPTY), EMPTY);
  assert.deepEqual(continued(EMPTY, [0, 0]), EMPTY, "without a stroke there is nothing to go on with");
});

test("strokes are drawn in pixels of the pad, over its paper", () => {
  /** @type {unknown[]} */
  const calls = [];
  const context = /** @type {any} */ (
    new Proxy(
      {},
      {
        get:
          (_, name) =>
          (/** @type {unknown[]} */ ...args) =>
            calls.push([name, ...args]),
      },
    )
  );
  paint(context, 100, [{ width: 0.1, points: [[0.5, 0.25]] }], { paper: "white", ink: "black" });
  assert.deepEqual(calls, [
    ["fillRect", 0, 0, 100, 100],
    ["beginPath"],
    ["moveTo", 50, 25],
    ["lineTo", 50.01, 25],
    ["stroke"],
  ]);
});
