import assert from "node:assert/strict";
import { test } from "node:test";
import { createBatch } from "../../../static/js/core/effects/batch.js";
import { reduce } from "../../../static/js/core/reducer.js";
import { createStore } from "../../../static/js/core/store.js";
import { typed } from "../fixture.js";
import { AFTER, stateAt, WHOLE_RUN } from "../states.js";
import { sleep } from "../page.js";

const RUN = { ...WHOLE_RUN, classes: ["1", "8"] };
const EXAMPLES = [
  { index: 4, label: 0, truth: 0 },
  { index: 7, label: 0, truth: 0 },
];
const named = (/** @type {string} */ name, /** @type {number[]} */ values) => ({
  name,
  data: typed(values),
  computed: null,
  minimum: 0,
  maximum: 1,
  nonfinite: 0,
});
/** @type {import("../../../static/js/wire.js").Batch} */
const BATCH = {
  iteration: 3,
  examples: EXAMPLES,
  inputs: named("input.out", Array(18).fill(0.5)),
  scores: named("dense.out", [2, 0, 0, 1]),
  probabilities: named("loss.probabilities", [0.9, 0.1, 0.2, 0.8]),
  losses: named("loss.loss", [0.1, 1.6]),
  loss: 0.85,
};

/** A moment of a batch of two. @param {number} position */
function moment(position) {
  const state = stateAt(position, { run: RUN });
  const shown = /** @type {any} */ (state.shown);
  return { ...shown, iteration: { ...shown.iteration, examples: EXAMPLES } };
}

/** A page that rests at a position, and a server that answers when `answer` is called. @param {number} position */
function resting(position) {
  const state = stateAt(position, { run: RUN });
  const store = createStore({ ...state, shown: moment(position) }, reduce);
  /** @type {((error?: unknown) => void)[]} */
  const waiting = [];
  /** @type {unknown[]} */
  const failures = [];
  const transport = {
    getBatch: () =>
      new Promise((resolve, reject) => waiting.push((error) => (error ? reject(error) : resolve(BATCH)))),
  };
  const batch = createBatch(
    /** @type {any} */ ({
      store,
      transport,
      withRun: (/** @type {() => unknown} */ ask) => ask(),
      reportOrWait: (/** @type {unknown} */ error) => void failures.push(error),
    }),
  );
  return {
    store,
    batch,
    waiting,
    failures,
    /** @param {number} index @param {unknown} [error] */
    async answer(index, error) {
      waiting[index](error);
      await sleep(1);
    },
    answers: () => store.get().batch.answers,
  };
}

test("the batch is asked for when it is listed, and its answers name the likeliest class", async () => {
  const page = resting(AFTER.loss);
  assert.equal(page.waiting.length, 0);
  page.batch.list(true);
  await page.answer(0);
  assert.deepEqual(
    page.answers()?.map(({ best, size, loss, label }) => [best, size, loss, label]),
    [
      [0, 0.9, 0.1, 0],
      [1, 0.8, 1.6, 0],
    ],
  );
  assert.equal(page.answers()?.[1].input.length, 9);
});

test("nothing is asked before the loss is computed, and the answers go when the page steps back before it", async () => {
  const page = resting(AFTER.conv);
  page.batch.list(true);
  assert.equal(page.waiting.length, 0);
  page.store.dispatch({ type: "show", shown: moment(AFTER.loss) });
  await page.answer(0);
  assert.equal(page.answers()?.length, 2);
  page.store.dispatch({ type: "show", shown: moment(AFTER.conv) });
  assert.equal(page.answers(), null);
});

test("an answer that comes after the page has stepped back is dropped", async () => {
  const page = resting(AFTER.loss);
  page.batch.list(true);
  page.store.dispatch({ type: "show", shown: moment(AFTER.conv) });
  await page.answer(0);
  assert.equal(page.answers(), null);
});

test("a failure is reported, and the next change asks again", async () => {
  const page = resting(AFTER.loss);
  page.batch.list(true);
  const error = new Error("gone");
  await page.answer(0, error);
  assert.deepEqual(page.failures, [error]);
  page.store.dispatch({ type: "show", shown: moment(AFTER.loss) });
  await page.answer(1);
  assert.equal(page.answers()?.length, 2);
});

test("another run has no answers yet", async () => {
  const page = resting(AFTER.loss);
  page.batch.list(true);
  await page.answer(0);
  const { progress } = stateAt(AFTER.loss);
  page.store.dispatch(
    /** @type {any} */ ({
      type: "open",
      run: { ...RUN, id: "another" },
      progress: { ...progress, losses: typed([]), since: 0, run: "another" },
      moment: { iteration: 0, position: 1 },
      example: 0,
      large: null,
      guide: null,
    }),
  );
  assert.equal(page.answers(), null);
  assert.equal(page.store.get().batch.isListed, true, "the choice stays");
});
