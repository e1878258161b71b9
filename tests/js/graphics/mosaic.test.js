import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAt, cellCorner, mosaic, outline } from "../../../static/js/graphics/mosaic.js";

test("the cell under a point is the cell drawn there, for every cell of every kind of tensor", () => {
  const options = { cell: 3, across: 2, gap: 2, wrap: 4 };
  for (const shape of [[5, 2, 3], [2, 3, 2, 2], [3, 7], [10], [1, 1, 1]]) {
    const m = mosaic(shape, options);
    const total = shape.reduce((a, b) => a * b, 1);
    for (let cell = 0; cell < total; cell++) {
      const { x, y } = cellCorner(m, cell);
      assert.ok(x >= 0 && y >= 0 && x + m.cell <= m.width && y + m.cell <= m.height);
      assert.equal(cellAt(m, x, y, total), cell);
      assert.equal(cellAt(m, x + m.cell - 0.5, y + m.cell - 0.5, total), cell);
    }
  }
});

test("between the maps, beside them, and past the last cell there is no cell", () => {
  const m = mosaic([3, 2, 2], { cell: 4, across: 2, gap: 3 });
  assert.equal(cellAt(m, 9, 1, 12), null);
  assert.equal(cellAt(m, -1, 1, 12), null);
  assert.equal(cellAt(m, 12, 12, 12), null, "the fourth place of three maps");
  const vector = mosaic([10], { cell: 4, across: 1, gap: 0, wrap: 4 });
  assert.equal(cellAt(vector, 14, 10, 10), null, "the last row of a vector is not full");
});

test("an outline runs around a set of cells, not through it, and not across maps", () => {
  const m = mosaic([2, 3, 3], { cell: 1, across: 2, gap: 1 });
  assert.equal(outline(m, [0]).length, 4);
  assert.equal(outline(m, [0, 1, 3, 4]).length, 8);
  assert.equal(outline(m, [8, 9]).length, 8, "the last cell of a map and the first of the next do not touch");
});

test("rows drawn as curves have the given height, and their cells are found over all of it", () => {
  const m = mosaic([2, 1, 20], { cell: 2, across: 1, gap: 3, high: 10 });
  assert.deepEqual([m.width, m.height], [40, 23]);
  assert.deepEqual(cellCorner(m, 21), { x: 2, y: 13 });
  assert.equal(cellAt(m, 3, 9, 40), 1);
  assert.equal(cellAt(m, 3, 11, 40), null);
  assert.equal(cellAt(m, 3, 22, 40), 21);
  assert.deepEqual(outline(m, [0])[1], [0, 10, 2, 10]);
});
