import assert from "node:assert/strict";
import { test } from "node:test";
import { courseQuestion, filterOf, pictureAt, pieceOf } from "../../../static/js/core/course.js";
import { stateAt } from "../states.js";

/** @param {readonly number[]} shape */
const weights = (shape) => /** @type {any} */ ({ name: "conv.w", layer: "conv", shape });

test("filters of one channel are shown together; of filters with several channels, one is shown", () => {
  assert.deepEqual(pieceOf(weights([8, 1, 3, 3]), 5), { map: null, start: 0, shape: [8, 1, 3, 3] });
  assert.deepEqual(pieceOf(weights([16, 8, 3, 3]), 5), { map: 5, start: 360, shape: [8, 3, 3] });
});

test("all of a small matrix is shown, and the current row of a large one", () => {
  assert.deepEqual(pieceOf(weights([10, 64]), 3), { map: null, start: 0, shape: [10, 64] });
  assert.deepEqual(pieceOf(weights([10, 784]), 3), { map: 3, start: 2352, shape: [784] });
});

test("the current filter is that of the chosen weight or of the chosen output, and the pointer does not change it", () => {
  const state = stateAt(0);
  const own = weights([1, 1, 2, 2]);
  const over = { ...state, hover: { name: "conv.w", cell: 3, x: 0, y: 0 } };
  assert.equal(filterOf(over, own), 0);
  const four = weights([4, 1, 2, 2]);
  const pinned = { name: "conv.w", cell: 13 };
  assert.equal(filterOf({ ...state, focus: { ...state.focus, pinned } }, four), 3);
});

test("a course covers all computed steps, and is requested only while it is shown", () => {
  const state = stateAt(0, { changes: { depth: "explore" } });
  const open = {
    ...state,
    focusSide: /** @type {const} */ ("course"),
    focus: { ...state.focus, layer: "conv" },
  };
  const question = courseQuestion({ ...open, progress: { ...state.progress, computed: 120 } });
  assert.deepEqual([question?.name, question?.map, question?.iteration], ["conv.w", null, 119]);
  assert.equal(courseQuestion({ ...open, focusSide: "step" }), null);
  assert.equal(courseQuestion({ ...open, depth: "everything" }), null);
  assert.equal(courseQuestion({ ...open, play: { ...open.play, on: true, unit: "epoch" } }), null);
});

test("a step belongs to the last picture at or before it", () => {
  assert.equal(pictureAt([0, 10, 20], 0), 0);
  assert.equal(pictureAt([0, 10, 20], 19), 1);
  assert.equal(pictureAt([0, 10, 20], 500), 2);
});
