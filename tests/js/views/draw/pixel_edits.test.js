import assert from "node:assert/strict";
import { test } from "node:test";
import { painted, shifted } from "../../../../static/js/views/draw/pixel_edits.js";

test("a square is painted around a cell in all channels and is clipped at the border", () => {
  const cells = new Float32Array(2 * 2 * 3);
  assert.deepEqual([...painted(cells, [2, 2, 3], 4, 1)], [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
  assert.deepEqual([...painted(cells, [2, 2, 3], 0, 1, 3)], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]);
  assert.ok(
    cells.every((cell) => cell === 0),
    "what was given stays",
  );
});

test("an image moves by whole cells, and cells that leave it are lost", () => {
  const cells = Float32Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual([...shifted(cells, [1, 2, 3], 0, 1)], [0, 1, 2, 0, 4, 5]);
  assert.deepEqual([...shifted(cells, [1, 2, 3], -1, 0)], [4, 5, 6, 0, 0, 0]);
  assert.deepEqual([...shifted(cells, [1, 2, 3], 5, 5, 9)], [9, 9, 9, 9, 9, 9]);
});
