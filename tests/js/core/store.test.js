import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../../static/js/core/store.js";

test("listeners hear only of changes, with the state before", () => {
  const store = createStore(1, (state, /** @type {number} */ by) => state + by);
  /** @type {[number, number][]} */
  const heard = [];
  const stop = store.subscribe((state, before) => heard.push([state, before]));
  store.dispatch(2);
  store.dispatch(0);
  stop();
  store.dispatch(5);
  assert.deepEqual(heard, [[3, 1]]);
});
