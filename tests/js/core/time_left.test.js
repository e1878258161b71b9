import assert from "node:assert/strict";
import { test } from "node:test";
import { createTimeLeft } from "../../../static/js/core/time_left.js";
import { WORDS } from "../../../static/js/words/en.js";

/** A countdown whose clock a test sets. */
function timed() {
  let now = 0;
  const left = createTimeLeft(() => now);
  return (/** @type {number} */ at, /** @type {string | null} */ what, /** @type {number} */ done) => {
    now = at;
    return left(what, done, 100);
  };
}

test("the time left follows from the rate of the last seconds, once it is known", () => {
  const at = timed();
  assert.equal(at(0, "a", 0), null);
  assert.equal(at(0.5, "a", 5), null, "after half a second no rate is known");
  assert.equal(at(1, "a", 10), 9);
  assert.equal(at(2, "a", 20), 8);
  for (let now = 3; now <= 20; now++) at(now, "a", 20 + (now - 2));
  assert.equal(at(21, "a", 39), 61, "slower than in the beginning");
});

test("no time is told of what has ended, stands still or is nearly done, and another thing is measured anew", () => {
  const at = timed();
  at(0, "a", 0);
  assert.equal(at(2, "a", 99), null);
  assert.equal(at(3, "b", 50), null);
  assert.equal(at(5, "b", 50), null);
  assert.equal(at(6, null, 50), null);
  assert.equal(at(7, "b", 50), null);
  at(9, "b", 60);
  assert.equal(at(9.1, "b", 3), null, "it began anew");
});

test("the time left is told in round words", () => {
  assert.deepEqual(
    [2.2, 38, 89, 100, 600].map((seconds) => WORDS.timeLeft(seconds)),
    ["about 3 s left", "about 40 s left", "about 90 s left", "about 2 min left", "about 10 min left"],
  );
});
