import assert from "node:assert/strict";
import { test } from "node:test";
import { gather, smoothed } from "../../../../static/js/views/run/loss_curve.js";

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
