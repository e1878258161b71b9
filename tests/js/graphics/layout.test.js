import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnShape, layoutOf } from "../../../static/js/graphics/layout.js";
import { mosaic } from "../../../static/js/graphics/mosaic.js";

/** @param {number[]} shape @returns {any} */
const weights = (...shape) => ({ lane: "parameters", shape });
const UNITS = [3, 6, 12];
/** The parameters of LeNet-5, of a tiny VGG and of the first networks. */
const SHAPES = [
  [6, 1, 5, 5],
  [16, 6, 5, 5],
  [120, 400],
  [84, 120],
  [10, 84],
  [8, 1, 3, 3],
  [16, 8, 3, 3],
];

for (const unit of UNITS)
  for (const shape of SHAPES)
    test(`at unit ${unit} parameters of ${shape.join("x")} leave room for the gradients below them`, () => {
      const info = weights(...shape);
      const { height, width } = mosaic(drawnShape(info), layoutOf(info, unit));
      assert.ok(height <= 54 * unit, `${height} pixels high`);
      assert.ok(width <= 354 * unit, `${width} pixels wide`);
    });

test("a row of kernels holds whole filters", () => {
  for (const filters of [16, 64, 200]) {
    const { across } = layoutOf(weights(filters, 12, 3, 3), 3);
    assert.equal(across % 12, 0);
  }
});

test("a small kernel keeps its large cells", () => {
  assert.equal(layoutOf(weights(1, 1, 3, 3), 3).cell, 6);
  assert.equal(layoutOf(weights(8, 1, 3, 3), 3).cell, 3);
});
