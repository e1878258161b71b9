import assert from "node:assert/strict";
import test from "node:test";
import {
  added,
  exported,
  imported,
  numbersOf,
  without,
} from "../../../../static/js/views/draw/collection_store.js";
import { latest } from "../../../../static/js/core/latest.js";
import { painted, shifted } from "../../../../static/js/views/draw/pixel_edits.js";
import { begun, continued, EMPTY, paint, undone } from "../../../../static/js/views/draw/strokes.js";

test("a stroke begins, goes on and is undone as a whole", () => {
  const one = continued(begun(EMPTY, [0.1, 0.2], 0.05), [0.3, 0.4]);
  const two = begun(one, [0.5, 0.5], 0.1);
  assert.deepEqual(one, [
    {
      width: 0.05,
      points: [
        [0.1, 0.2],
        [0.3, 0.4],
      ],
    },
  ]);
  assert.deepEqual(undone(two), one);
  assert.deepEqual(undone(EMPTY), EMPTY);
  assert.deepEqual(continued(EMPTY, [0, 0]), EMPTY, "without a stroke there is nothing to go on with");
});

test("strokes are drawn in pixels of the pad, after its paper", () => {
  /** @type {unknown[]} */
  const calls = [];
  const context = /** @type {any} */ (
    new Proxy(
      {},
      {
        get:
          (_, name) =>
          (/** @type {unknown[]} */ ...args) =>
            calls.push([name, ...args]),
      },
    )
  );
  paint(context, 100, [{ width: 0.1, points: [[0.5, 0.25]] }], { paper: "white", ink: "black" });
  assert.deepEqual(calls, [
    ["fillRect", 0, 0, 100, 100],
    ["beginPath"],
    ["moveTo", 50, 25],
    ["lineTo", 50.01, 25],
    ["stroke"],
  ]);
});

test("a square is painted around a cell, in all channels, and ends at the border", () => {
  const cells = new Float32Array(2 * 2 * 3);
  assert.deepEqual([...painted(cells, [2, 2, 3], 4, 1)], [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
  assert.deepEqual([...painted(cells, [2, 2, 3], 0, 1, 3)], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]);
  assert.ok(
    cells.every((cell) => cell === 0),
    "what was given stays",
  );
});

test("an image is moved by cells; what leaves it is lost", () => {
  const cells = Float32Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual([...shifted(cells, [1, 2, 3], 0, 1)], [0, 1, 2, 0, 4, 5]);
  assert.deepEqual([...shifted(cells, [1, 2, 3], -1, 0)], [4, 5, 6, 0, 0, 0]);
  assert.deepEqual([...shifted(cells, [1, 2, 3], 5, 5, 9)], [9, 9, 9, 9, 9, 9]);
});

test("of the questions that wait only the newest is answered", async () => {
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
  await new Promise((resolve) => setTimeout(resolve));
  go[1]();
  await done;
  assert.deepEqual(answered, [1, 3]);
});

test("whoever waits until all is answered waits for the newest question too", async () => {
  /** @type {(number | boolean)[]} */
  const told = [];
  const ask = latest(
    async (/** @type {number} */ question) => {
      await new Promise((resolve) => setTimeout(resolve));
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

test("after a question that fails the next one is answered", async () => {
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

const SEVEN = { dataset: "digits", picture: "ADwAuAA4AAA", label: 7 };

test("a collection is exported as one file and comes back, each digit once", () => {
  const both = added([SEVEN], [{ ...SEVEN, label: 1 }, SEVEN]);
  assert.deepEqual(
    both.map(({ label }) => label),
    [7, 1],
  );
  assert.deepEqual(imported(exported(both)), both);
  assert.deepEqual(without(both, both[0]), [both[1]]);
});

test("a file that is none is told, and so is which digit in it is damaged", () => {
  assert.throws(() => imported("no JSON"), /no file of digits/);
  assert.throws(() => imported('{"format":"something","digits":[]}'), /no file of digits/);
  const damaged = exported([SEVEN, { ...SEVEN, picture: "<script>" }]);
  assert.throws(() => imported(damaged), /Digit 2 in the file is damaged/);
  const noDigit = exported([SEVEN, { ...SEVEN, label: 77 }]);
  assert.throws(() => imported(noDigit), /Digit 2 in the file is damaged/, "a label that is no digit");
});

test("the text of a picture is read as half-precision numbers", () => {
  assert.deepEqual([...numbersOf(SEVEN.picture)], [1, -0.5, 0.5, 0]);
  assert.equal(numbersOf("AQA")[0], 2 ** -24, "the smallest number above zero");
});
