import { find, openPage, mounted, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountAnswer } from "../../../../static/js/views/cards/answer.js";
import { mountPicture } from "../../../../static/js/views/cards/picture.js";
import { AFTER, stateAt, WHOLE_RUN, playingState, shaded } from "../../states.js";

const RUN = { ...WHOLE_RUN, classes: ["1", "8"] };

/** @param {number} position @param {Parameters<typeof stateAt>[1]} [how] */
function sided(position, how) {
  openPage();
  const state = stateAt(position, { run: RUN, ...how });
  const { update, asked } = mounted((app) => {
    const parts = [mountPicture(find("#picture"), app), mountAnswer(find("#answer"), app)];
    return (now) => parts.forEach((draw) => draw(now));
  }, state);
  return { update, state, asked };
}

const verdict = () => [textOf("#verdict"), find("#verdict").className];
/** @param {string} kind @returns {string[]} the classes whose rows are so */
const rowsThatAre = (kind) => textsOf(`#bars .${kind} b`);

test("an answer is right when the likeliest class is the true one, and else both are named", () => {
  sided(AFTER.loss, { label: 1 });
  assert.deepEqual(verdict(), ["says 1, it is an 8", "wrong"]);
  assert.deepEqual([rowsThatAre("best"), rowsThatAre("true")], [["1"], ["8"]]);
  sided(AFTER.loss, { label: 0 });
  assert.deepEqual(verdict(), ["says 1: right", "right"]);
  sided(AFTER.loss, { label: 1, numbers: { "loss.probabilities": [0.25, 0.75] } });
  assert.deepEqual(verdict(), ["says 8: right", "right"]);
});

test("before the probabilities are computed there is no answer, no bar and no loss", () => {
  const { update } = sided(AFTER.conv);
  assert.deepEqual(verdict(), ["not computed yet", "quiet"]);
  assert.deepEqual(textsOf("#bars .number"), ["", ""]);
  assert.deepEqual(rowsThatAre("unknown"), ["1", "8"]);
  assert.equal(textOf("#loss"), "not computed yet");
  update(stateAt(AFTER.loss, { run: RUN }));
  assert.deepEqual(textsOf("#bars .number"), ["75.0 %", "25.0 %"]);
  assert.deepEqual(
    [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#bars .track i"))].map(
      ({ style }) => style.width,
    ),
    ["75%", "25%"],
  );
  assert.equal(textOf("#loss"), "1.5");
});

test("beside the chances stands what they should be, 1 for the true class", () => {
  sided(AFTER.loss, { label: 1 });
  const goals = [...document.querySelectorAll("#bars .goal")].map((goal) => goal.getAttribute("aria-label"));
  assert.deepEqual(goals, ["what it should be: 0", "what it should be: 1"]);
});

test("numbers that are not finite are named, and the bars and the verdict of the step before are removed", () => {
  const { update } = sided(AFTER.loss);
  const finite = stateAt(AFTER.loss, { run: RUN });
  const numbers = { "loss.probabilities": [NaN, Infinity], "loss.loss": [NaN] };
  const state = stateAt(AFTER.loss, { run: RUN, numbers });
  const shown = /** @type {any} */ (state.shown);
  update(finite);
  update({ ...state, shown: { ...shown, iteration: { ...shown.iteration, loss: null } } });
  assert.deepEqual(textsOf("#bars .number"), ["not finite", "not finite"]);
  const bars = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#bars .track i"))];
  assert.deepEqual(
    bars.map(({ style }) => style.width),
    ["0%", "0%"],
  );
  assert.deepEqual(verdict(), ["not finite: the run has diverged", "wrong"]);
  assert.equal(textOf("#loss"), "not finite");
  assert.match(textOf("#batch-loss"), /not finite/);
});

test("outputs without classes are shown beside their targets", () => {
  const run = { ...RUN, id: "regression", classes: [], answer: "dense.out" };
  const { state, update } = sided(AFTER.loss, { run });
  const shown = /** @type {any} */ (state.shown);
  const examples = [{ index: 3, label: null, truth: null }];
  update({ ...state, shown: { ...shown, iteration: { ...shown.iteration, examples, targets: [1, -1] } } });
  assert.deepEqual(verdict(), ["output → target", "quiet"]);
  assert.deepEqual(textsOf("#bars .number"), ["2 → 1", "−1 → −1"]);
  assert.deepEqual(rowsThatAre("below"), ["1"], "a negative answer");
});

test("a wrong label is named, and the buttons cycle through the slots of a batch", () => {
  const { state, update, asked } = sided(AFTER.loss);
  const shown = /** @type {any} */ (state.shown);
  const examples = [
    { index: 12, label: 0, truth: 1 },
    { index: 13, label: 1, truth: 1 },
  ];
  update({ ...state, shown: { ...shown, iteration: { ...shown.iteration, examples } } });
  assert.equal(textOf("#example-about"), "A 1: training example 12, in truth an 8");
  assert.equal(textOf("#batch-loss"), "mean of the batch 1.25");
  find("#slot-back").click();
  find("#slot-on").click();
  assert.deepEqual(asked, [
    ["showExample", 1],
    ["showExample", 1],
  ]);
});

test("the accuracy is the latest at the moment shown, with its number of examples", () => {
  const { state, update } = sided(AFTER.loss);
  assert.equal(textOf("#accuracy"), "–");
  const evaluations = /** @type {any} */ ([
    { iteration: 2, accuracy: 0.5, loss: 1 },
    { iteration: 4, accuracy: 0.9, loss: 1 },
  ]);
  update({ ...state, progress: { ...state.progress, evaluations } });
  assert.equal(textOf("#accuracy"), "50.0 %");
  assert.equal(textOf("#accuracy-at"), "on 2 test examples, after 2 steps");
  const end = stateAt(AFTER.update, { run: RUN });
  update({ ...end, progress: { ...end.progress, evaluations } });
  assert.equal(textOf("#accuracy"), "90.0 %");
});

/** A state with training example 77 looked at. @param {{ looked_at: object | null, examples?: object[] }} iteration */
function looking({ looked_at, examples = [{ index: 12, label: 1, truth: 1 }] }) {
  const { state, update, asked } = sided(AFTER.loss);
  const shown = /** @type {any} */ (state.shown);
  const iteration = { ...shown.iteration, examples, looked_at };
  update({ ...state, look: 77, shown: { ...shown, look: 77, iteration } });
  return { asked };
}

test("an example that is not in the batch is shown and not trained on, until a person trains on it", () => {
  sided(AFTER.loss);
  assert.equal(find("#look").hidden, true);
  const { asked } = looking({ looked_at: { index: 77, label: 0, truth: 0 } });
  assert.equal(textOf("#example-about"), "A 1: training example 77");
  assert.equal(textOf("#look-about"), "Not in this batch: shown, but not trained on.");
  assert.deepEqual([find("#look").hidden, find("#train-on-it").hidden], [false, false]);
  assert.deepEqual([find("#batch-loss").hidden, textOf("#batch-loss")], [false, "mean of the batch 1.25"]);
  assert.equal(textOf("#pinned"), "Pinned");
  find("#stop-looking").click();
  assert.deepEqual(asked, [["pin", false]]);
});

test("an example that is not pinned, nor would be when the page plays, can be pinned", () => {
  const { state, update, asked } = sided(AFTER.loss);
  assert.equal(find("#pin").hidden, true);
  update({ ...state, pins: false });
  assert.equal(find("#pin").hidden, false);
  find("#pin").click();
  assert.deepEqual(asked, [["pin", true]]);
});

test("an example that is looked at and is in the batch has the words of its slot", () => {
  looking({ looked_at: null, examples: [{ index: 77, label: 1, truth: 1 }] });
  assert.equal(textOf("#example-about"), "An 8: training example 77");
  assert.equal(textOf("#look-about"), "In this batch, and trained on.");
  assert.deepEqual([find("#look").hidden, find("#train-on-it").hidden], [false, true]);
});

test("beside an example that is not in the batch lie the batch's first example and its last", () => {
  const examples = [12, 13, 14].map((index) => ({ index, label: 1, truth: 1 }));
  const { asked } = looking({ looked_at: { index: 77, label: 0, truth: 0 }, examples });
  const slot = /** @type {HTMLInputElement} */ (find("#slot"));
  assert.deepEqual([slot.value, textOf("#slots")], ["", "of 3"]);
  find("#slot-on").click();
  find("#slot-back").click();
  assert.deepEqual(asked, [
    ["showExample", 0],
    ["showExample", 2],
  ]);
});

test("no answer is read from shades, and the panel says when there is one", () => {
  openPage();
  const state = playingState([shaded("loss.probabilities", [0, 254])], RUN);
  mounted((app) => {
    const parts = [mountPicture(find("#picture"), app), mountAnswer(find("#answer"), app)];
    return (now) => parts.forEach((draw) => draw(now));
  }, state);
  assert.deepEqual(verdict(), ["number shown when paused", "quiet"]);
  assert.deepEqual(textsOf("#bars .number"), ["", ""]);
});
