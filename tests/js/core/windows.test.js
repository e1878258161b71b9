import assert from "node:assert/strict";
import { test } from "node:test";
import { readerOf, windowCells } from "../../../static/js/core/windows.js";

/** @param {number} size @param {number} stride @returns {any} */
const window = (size, stride) => ({ size: [size, size], stride: [stride, stride] });

test("a window's cells are those of its own channel, row by row", () => {
  assert.deepEqual(windowCells(window(2, 2), [2, 4, 4], [2, 2, 2], 5), [18, 19, 22, 23]);
});

test("the window of a global pool is the whole map of its channel", () => {
  const cells = windowCells(window(2, 2), [3, 2, 2], [3], 1);
  assert.deepEqual(cells, [4, 5, 6, 7]);
  assert.equal(readerOf(window(2, 2), [3, 2, 2], [3], 9), 2);
});

test("the reader of a cell has it in its window, also where windows overlap", () => {
  for (let cell = 0; cell < 16; cell++) {
    const reader = readerOf(window(2, 1), [1, 4, 4], [1, 3, 3], cell);
    assert.ok(windowCells(window(2, 1), [1, 4, 4], [1, 3, 3], reader).includes(cell));
  }
});
