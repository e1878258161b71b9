import assert from "node:assert/strict";
import { test } from "node:test";
import { partOfUpdate, rateAt, tickOf } from "../../../../static/js/views/focus/update.js";

/** @param {readonly number[]} shape */
const tensor = (shape) => /** @type {any} */ ({ name: "conv1.w", shape });

test("of filters with one channel a page of eight is shown, of those with several the channels of the current one", () => {
  assert.deepEqual(partOfUpdate(tensor([20, 1, 3, 3]), 0), { start: 0, shape: [8, 3, 3] });
  assert.deepEqual(partOfUpdate(tensor([20, 1, 3, 3]), 17 * 9), { start: 16 * 9, shape: [4, 3, 3] });
  assert.deepEqual(partOfUpdate(tensor([16, 6, 5, 5]), 2 * 150 + 3), { start: 300, shape: [6, 5, 5] });
  assert.deepEqual(partOfUpdate(tensor([10, 64]), 100), { start: 0, shape: [10, 64] });
});

test("the slider has learning rates of two digits, and finds each of them again", () => {
  for (let tick = 0; tick <= 100; tick++) {
    const rate = rateAt(tick);
    assert.equal(rate, Number(rate.toPrecision(2)));
    assert.ok(Math.abs(tickOf(rate) - tick) <= 1);
  }
  assert.equal(tickOf(1e-9), 0);
  assert.equal(tickOf(1e9), 100);
});
