import assert from "node:assert/strict";
import { test } from "node:test";
import { onChange } from "../../../static/js/graphics/changes.js";

test("the first call draws, and later ones only when a value differs", () => {
  /** @type {unknown[][]} */
  const drawn = [];
  const draw = onChange((/** @type {unknown[]} */ ...values) => void drawn.push(values));
  const list = [1];
  draw(list, undefined);
  draw(list, undefined);
  draw([1], undefined);
  draw(list, "dark");
  assert.deepEqual(drawn, [
    [[1], undefined],
    [[1], undefined],
    [[1], "dark"],
  ]);
});
