import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cellAt,
  cellByKey,
  cellCorner,
  mosaic,
  nearestCell,
  outline,
  sharpMosaic,
} from "../../../static/js/graphics/mosaic.js";

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

test("cells and gaps are whole device pixels, and never larger than wanted", () => {
  for (const ratio of [1, 1.1, 1.25, 1.5, 1.75, 2, 2.625, 3])
    for (const cell of [1, 2, 3, 5, 7, 12, 13, 26])
      for (const gap of [0, 1, 3, 4]) {
        const m = sharpMosaic([4, 5, 5], { cell, across: 2, gap }, ratio);
        const name = `${cell} with ${gap} at ${ratio}`;
        assert.ok(Number.isInteger(m.cell) && Number.isInteger(m.gap), name);
        assert.ok(m.cell <= cell * ratio + 1e-6 && m.cell > cell * ratio - 1, name);
        assert.ok(gap === 0 ? m.gap === 0 : m.gap > 0, name);
        // Every edge of a cell is an edge of a pixel of the canvas.
        for (let at = 0; at < 100; at++) {
          const { x, y } = cellCorner(m, at);
          assert.deepEqual([x % m.unitX, y % m.unitY], [0, 0], name);
        }
        assert.deepEqual([m.width % m.unitX, m.height % m.unitY], [0, 0], name);
      }
});

test("fine cells are one pixel of a canvas each", () => {
  for (const cell of [1, 2, 3, 4, 5]) {
    const m = sharpMosaic([4, 5, 5], { cell, across: 2, gap: 3 }, 1);
    assert.deepEqual([m.unitX, m.unitY], [cell, cell]);
  }
  const single = sharpMosaic([28, 28], { cell: 13, across: 1, gap: 3 }, 1);
  assert.deepEqual([single.unitX, single.unitY], [13, 13]);
  assert.equal(sharpMosaic([1, 20], { cell: 0.3, across: 1, gap: 0 }, 1).cell, 1, "a cell is never lost");
});

test("the nearest cell is the one under a point, or the closest one in its map", () => {
  const m = mosaic([3, 2, 2], { cell: 4, across: 2, gap: 3 });
  for (let cell = 0; cell < 12; cell++) {
    const { x, y } = cellCorner(m, cell);
    assert.equal(nearestCell(m, x + 2, y + 2, 12), cell);
  }
  assert.equal(nearestCell(m, 9, 1, 12), 1, "between two maps");
  assert.equal(nearestCell(m, -9, -9, 12), 0);
  assert.equal(nearestCell(m, 99, 5, 12), 7);
  assert.equal(nearestCell(m, 99, 99, 12), 11, "the fourth place of three maps");
  const vector = mosaic([10], { cell: 4, across: 1, gap: 0, wrap: 4 });
  assert.equal(nearestCell(vector, 14, 10, 10), 9, "the last row of a vector is not full");
});

test("arrows go to the neighbour, also in the next map, and stop at the edges", () => {
  // Three maps of two by two: 0 and 1 side by side, 2 below.
  const m = mosaic([3, 2, 2], { cell: 4, across: 2, gap: 3 });
  /** @param {number} cell @param {string} key */
  const go = (cell, key) => cellByKey(m, cell, key, 12);
  assert.deepEqual(
    ["ArrowRight", "ArrowDown"].map((key) => go(0, key)),
    [1, 2],
  );
  assert.deepEqual([go(1, "ArrowRight"), go(4, "ArrowLeft")], [4, 1], "into the map beside");
  assert.deepEqual([go(2, "ArrowDown"), go(8, "ArrowUp")], [8, 2], "into the map below");
  for (const [cell, key] of /** @type {const} */ ([
    [0, "ArrowLeft"],
    [0, "ArrowUp"],
    [5, "ArrowRight"],
    [7, "ArrowDown"],
    [9, "ArrowRight"],
    [11, "ArrowDown"],
    [0, "PageUp"],
    [8, "PageDown"],
  ]))
    assert.equal(go(cell, key), cell, `${key} from ${cell}`);
  assert.deepEqual([go(3, "Home"), go(2, "End"), go(1, "PageDown"), go(9, "PageUp")], [2, 3, 5, 5]);
  assert.equal(go(0, "x"), null);
  const vector = mosaic([10], { cell: 4, across: 1, gap: 0, wrap: 4 });
  assert.equal(cellByKey(vector, 7, "ArrowDown", 10), 7, "the last row is not full");
  assert.equal(cellByKey(vector, 8, "End", 10), 9);
});
