import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted } from "../../../static/js/graphics/fit.js";
import { mosaic } from "../../../static/js/graphics/mosaic.js";

const BOXES = [
  { width: 84, height: 340 },
  { width: 560, height: 320 },
  { width: 120, height: 120 },
];
const SHAPES = [[10], [64], [8, 8], [1, 8, 8], [8, 4, 4], [16, 2, 2], [6, 24, 24], [64, 32, 32], [10, 64]];

test("what is drawn of a tensor fits its box, with the largest cells that do", () => {
  for (const box of BOXES)
    for (const shape of SHAPES) {
      const fit = fitted(shape, box);
      const { width, height } = mosaic(fit.shape, fit.layout);
      assert.ok(width <= box.width && height <= box.height, `${shape} in ${JSON.stringify(box)}`);
      const larger = mosaic(fit.shape, { ...fit.layout, cell: fit.layout.cell + 1 });
      assert.ok(larger.width > box.width || larger.height > box.height, `${shape} could be larger`);
    }
});

test("maps that would be too small to tell apart are left out, and those drawn are the first ones", () => {
  const { maps, cells, shape } = fitted([64, 32, 32], { width: 84, height: 340 });
  assert.ok(maps < 64);
  assert.equal(cells, maps * 32 * 32);
  assert.deepEqual(shape.slice(-2), [32, 32]);
});

test("cells do not grow beyond the largest size asked for", () => {
  assert.equal(fitted([1, 3, 3], { width: 400, height: 400 }, { largest: 38 }).layout.cell, 38);
});
