import { find, mounted, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountExamples } from "../../../../static/js/views/examples/dialog.js";
import { typed } from "../../fixture.js";
import { AFTER, stateAt, WHOLE_RUN } from "../../states.js";

/** The picker with two examples of a set of 1,220. @param {object} [changes] to the page of examples */
function picking(changes = {}) {
  openPage("examples");
  const images = { ...typed([0, 1, 2, 3, 4, 5, 6, 7]), shape: "2, 1, 2, 2" };
  const page = /** @type {any} */ ({
    start: 60,
    total: 1220,
    labels: [1, 0],
    numbers: [75, 76],
    signed: false,
    images,
    ...changes,
  });
  const run = { ...WHOLE_RUN, classes: ["cat", "dog"] };
  const state = stateAt(AFTER.loss, { run, changes: { dialog: "examples", examples: { page } } });
  const { asked, update } = mounted((app) => mountExamples(find("#examples"), app), state);
  const canTurn = () => ["previous", "next"].map((name) => !find(`#examples .${name}`).matches(":disabled"));
  return { asked, canTurn, clear: () => update({ ...state, examples: { ...state.examples, page: null } }) };
}

test("each example has its class and its number, and a click chooses it", () => {
  const { asked } = picking();
  assert.deepEqual(textsOf("#examples .thumb span"), ["dog", "cat"]);
  assert.equal(textOf("#examples .range"), "60 to 61 of 1,220");
  const second = find("#examples .thumb:last-child");
  assert.equal(second.title, "training example 76", "fifteen earlier ones are held out");
  second.click();
  assert.deepEqual(asked, [["examples.choose", 76]]);
});

test("an example without a class has its number instead", () => {
  picking({ labels: [null, null] });
  assert.deepEqual(textsOf("#examples .thumb span"), ["75", "76"]);
});

test("the buttons are disabled at the ends and while a page is loading", () => {
  assert.deepEqual(picking().canTurn(), [true, true]);
  assert.deepEqual(picking({ start: 0 }).canTurn(), [false, true]);
  assert.deepEqual(picking({ total: 62 }).canTurn(), [true, false]);
  const { canTurn, clear } = picking();
  clear();
  assert.deepEqual(canTurn(), [false, false]);
  assert.equal(textOf("#examples .range"), "loading …");
});
