import { find, mounted, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountAnswer } from "../../../../static/js/views/cards/answer.js";
import { AFTER, stateAt, WHOLE_RUN } from "../../states.js";

const RUN = { ...WHOLE_RUN, classes: ["1", "8"] };
const EXAMPLES = [
  { index: 4, label: 0, truth: 0 },
  { index: 7, label: 0, truth: 0 },
  { index: 9, label: 1, truth: 1 },
];
const input = new Float64Array(9);
const ANSWERS = [
  { input, label: 0, best: 0, size: 0.95, loss: 0.05 },
  { input, label: 0, best: 1, size: 0.8, loss: 1.6 },
  { input, label: 1, best: -1, size: NaN, loss: NaN },
];

/** A card of a batch. @param {number} position @param {object} [how] of the slice @param {object[]} [examples] */
function card(position, how = {}, examples = EXAMPLES) {
  openPage();
  const state = stateAt(position, { run: RUN });
  const shown = /** @type {any} */ (state.shown);
  const batch = { isListed: true, answers: ANSWERS, ...how };
  const all = { ...state, batch, shown: { ...shown, iteration: { ...shown.iteration, examples } } };
  return { state: all, ...mounted((app) => mountAnswer(find("#answer"), app), all) };
}

test("each example of the batch has its answer, a mark in words, and its loss, above the mean", () => {
  card(AFTER.loss);
  assert.deepEqual(textsOf("#batch button .text"), [
    "1, 95 % 0.05 ✓ right",
    "8, 80 % 1.6 ✗ it is a 1",
    "not finite no answer",
  ]);
  assert.deepEqual(
    [...document.querySelectorAll("#batch .text :last-child")].map(({ className }) => className),
    ["right", "wrong", "quiet"],
  );
  assert.equal(textOf("#batch-loss"), "mean of the batch 1.25");
  assert.deepEqual(
    ["#bars", "#verdict", "#own-loss", "#batch"].map((part) => find(part).hidden),
    [true, true, true, false],
  );
});

test("a click shows an example, whose row is the pressed one", () => {
  const { asked, update, state } = card(AFTER.loss);
  const pressed = () =>
    [...document.querySelectorAll("#batch button")].map((row) => row.getAttribute("aria-pressed"));
  assert.deepEqual(pressed(), ["true", "false", "false"]);
  find("#batch li:nth-child(2) button").click();
  assert.deepEqual(asked, [["showExample", 1]]);
  update({ ...state, shown: /** @type {any} */ ({ ...state.shown, example: 1 }) });
  assert.deepEqual(pressed(), ["false", "true", "false"]);
});

test("the rows are one stop of the Tab key, and the arrow keys walk through them", () => {
  card(AFTER.loss);
  const rows = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("#batch button")]);
  assert.deepEqual(
    rows.map((row) => row.tabIndex),
    [0, -1, -1],
  );
  rows[0].focus();
  find("#batch").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", cancelable: true }));
  assert.equal(document.activeElement, rows[1]);
});

test("the switch lists the batch, and is there for batches of several examples that have classes", () => {
  const { asked } = card(AFTER.loss, { isListed: false });
  assert.deepEqual([find("#bars").hidden, find("#batch").hidden], [false, true]);
  find("#whose button:last-child").click();
  assert.deepEqual(asked, [["batch.list", true]]);
  card(AFTER.loss, {}, EXAMPLES.slice(0, 1));
  assert.deepEqual(
    ["#whose", "#batch", "#bars"].map((part) => find(part).hidden),
    [true, true, false],
  );
});

test("before the loss is computed the list says so, and then that it is coming", () => {
  const { update } = card(AFTER.conv, { answers: null });
  assert.deepEqual(textsOf("#batch li"), ["not computed yet"]);
  update(card(AFTER.loss, { answers: null }).state);
  assert.deepEqual(textsOf("#batch li"), ["computing …"]);
});
