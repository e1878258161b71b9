import assert from "node:assert/strict";
import { test } from "node:test";
import { onChange } from "../../../static/js/graphics/changes.js";

test("something is drawn at first, and again when one of its values is another", () => {
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
