import assert from "node:assert/strict";
import { test } from "node:test";
import { pageOf } from "../../../../static/js/views/focus/choice.js";

test("maps are on one page if all fit; otherwise the page with the current one is shown", () => {
  assert.deepEqual(pageOf(8, 5, { width: 640, height: 52 }), { first: 0, count: 8 });
  assert.deepEqual(pageOf(20, 17, { width: 640, height: 52 }), { first: 16, count: 8 });
  assert.deepEqual(pageOf(8, 7, { width: 260, height: 52 }), { first: 4, count: 4 });
});

test("where there is height for two rows, twice as many maps fit", () => {
  assert.equal(pageOf(8, 0, { width: 260, height: 100 }).count, 8);
});
