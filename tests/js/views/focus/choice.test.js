import assert from "node:assert/strict";
import { test } from "node:test";
import { pageOf } from "../../../../static/js/views/focus/choice.js";

test("maps that all fit are on one page, and of more than fit the page holds the current one", () => {
  assert.deepEqual(pageOf(8, 5, { width: 640, height: 52 }), { first: 0, count: 8 });
  assert.deepEqual(pageOf(20, 17, { width: 640, height: 52 }), { first: 16, count: 8 });
  assert.deepEqual(pageOf(8, 7, { width: 260, height: 52 }), { first: 4, count: 4 });
});

test("where there is height for two rows, twice as many maps fit", () => {
  assert.equal(pageOf(8, 0, { width: 260, height: 100 }).count, 8);
});
