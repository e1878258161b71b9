import assert from "node:assert/strict";
import { test } from "node:test";
import { latest } from "../../../static/js/core/latest.js";
import { settle } from "../until.js";

test("only the newest of the waiting questions is answered", async () => {
  /** @type {number[]} */
  const answered = [];
  /** @type {(() => void)[]} */
  const go = [];
  const ask = latest(async (/** @type {number} */ question) => {
    answered.push(question);
    await new Promise((resolve) => go.push(() => resolve(undefined)));
  });
  const done = ask(1);
  void ask(2);
  void ask(3);
  go[0]();
  await settle();
  go[1]();
  await done;
  assert.deepEqual(answered, [1, 3]);
});

test("settled waits for the newest question too", async () => {
  /** @type {(number | boolean)[]} */
  const told = [];
  const ask = latest(
    async (/** @type {number} */ question) => {
      await settle();
      told.push(question);
    },
    (isBusy) => told.push(isBusy),
  );
  await ask.settled();
  void ask(1);
  const all = ask.settled();
  void ask(2);
  await all;
  assert.deepEqual(told, [true, 1, 2, false]);
});

test("a question after a failed one is answered", async () => {
  /** @type {number[]} */
  const answered = [];
  const ask = latest(async (/** @type {number} */ question) => {
    if (question === 1) throw new Error("no");
    answered.push(question);
  });
  await assert.rejects(ask(1));
  await ask(2);
  assert.deepEqual(answered, [2]);
});
