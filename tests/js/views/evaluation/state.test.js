import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { refusalOf } from "../../../../static/js/core/state.js";
import { evaluatedAfter, isCurrent, splitIn } from "../../../../static/js/views/evaluation/state.js";
import { phaseEnd } from "../../../../static/js/core/timeline.js";
import { RUN, typed } from "../../fixture.js";
import { fakeServer, page } from "../../page.js";
import { settle, until } from "../../until.js";

/** @typedef {import("../../../../static/js/wire.js").Survey} Survey */

const PART = { done: 2, total: 2, accuracy: 0.5, loss: 1, wrong: 1, confusion: typed([1, 0, 1, 0]) };

/**
 * A page whose server evaluates in a given number of polls.
 * @param {number} [polls] @param {import("node:test").MockTimers} [clock] that stops when the dialog opens
 * @param {string} [at] the moment of the page
 */
async function evaluating(polls = 0, clock, at = "0") {
  const server = fakeServer();
  const { transport } = server;
  /** @type {any[]} */
  const asked = [];
  /** @type {Survey["status"]} */
  let ended = "done";
  let left = polls;
  const survey = (/** @type {string} */ run, /** @type {number} */ iteration) =>
    /** @type {Survey} */ ({
      run,
      iteration,
      status: left > 0 ? "running" : ended,
      parts: [
        { part: "test", ...PART },
        { part: "train", ...PART },
      ],
    });
  transport.beginEvaluation = async (run, iteration) => {
    asked.push(["begin", run, iteration]);
    left = polls;
    return survey(run, iteration);
  };
  transport.getEvaluation = async (run, iteration) => {
    asked.push(["poll", run, iteration]);
    left--;
    return survey(run, iteration);
  };
  transport.cancelEvaluation = async (run, iteration) => {
    asked.push(["cancel", run, iteration]);
    left = 0;
    ended = "cancelled";
    return survey(run, iteration);
  };
  transport.getAnswers = async (run, part, which) => {
    asked.push(["answers", run, which.iteration, part, which.label, which.answer, which.start]);
    return /** @type {any} */ ({ part, start: which.start, answers: [] });
  };
  const here = await page(server, `?at=${at}`);
  clock?.enable({ apis: ["setTimeout"] });
  here.store.dispatch({ type: "dialog", open: "evaluation" });
  await until(() => {
    const { page, survey } = here.store.get().evaluation;
    return page ?? survey?.status === "running";
  });
  return { ...here, server, asked, evaluation: () => here.store.get().evaluation };
}

const FIRST = "run 7 []";

test("opening the dialog begins an evaluation, and the first page has the mistakes on the test split", async () => {
  const { asked, evaluation, store } = await evaluating();
  assert.deepEqual(asked, [
    ["begin", FIRST, 1],
    ["answers", FIRST, 1, "test", null, null, 0],
  ]);
  assert.equal(splitIn(evaluation())?.part, "test");
  assert.equal(evaluation().page?.part, "test");
  assert.ok(isCurrent(store.get()));
});

test("the network is evaluated as it is at the moment shown, whatever else of the run is computed", async () => {
  for (const [at, after] of /** @type {[string, number][]} */ ([
    ["6", 7],
    ["6/loss", 6],
    ["6/update/conv/delta_w/0", 6],
  ])) {
    const { asked, effects, store } = await evaluating(0, undefined, at);
    assert.deepEqual(asked[0].slice(2), [after]);
    assert.equal(store.get().evaluation.survey?.iteration, after);
    effects.seek({ iteration: 2, position: 1 });
    await until(() => store.get().shown?.moment.iteration === 2);
    assert.ok(!isCurrent(store.get()), "the survey is of another moment");
    await effects.evaluation.begin();
    assert.deepEqual(asked.findLast(([verb]) => verb === "begin")[2], 2);
  }
});

test("a run that has diverged is evaluated at its last finite moment", async () => {
  const { store } = await evaluating();
  const { progress } = store.get();
  const diverged = { iteration: 0, tensor: "conv.w", message: "" };
  assert.equal(evaluatedAfter({ ...store.get(), progress: { ...progress, diverged } }), 0);
});

test("the evaluation of the present network is shown again, and more training leads to a new one", async () => {
  const { asked, at, store, effects } = await evaluating();
  const reopen = async () => {
    const before = asked.length;
    store.dispatch({ type: "dialog", close: "evaluation" });
    store.dispatch({ type: "dialog", open: "evaluation" });
    await until(() => asked.length > before);
    await settle();
    return asked.filter(([verb]) => verb === "begin").length;
  };
  assert.equal(await reopen(), 1);
  effects.seek({ iteration: 1 });
  await until(() => at() === 1);
  assert.equal(await reopen(), 2);
});

test("a run that opens behind the dialog is evaluated, and the evaluation of the run before is gone", async () => {
  const { asked, evaluation, go, server } = await evaluating();
  server.delays.set("run 4 []", settle());
  await go("?seed=4");
  await until(() => evaluation().page && asked.length > 2);
  assert.equal(evaluation().survey?.run, "run 4 []");
  assert.deepEqual(asked.slice(2), [
    ["begin", "run 4 []", 0],
    ["answers", "run 4 []", 0, "test", null, null, 0],
  ]);
});

test("a late answer about the run before is dropped", async () => {
  const { evaluation, effects, go, server } = await evaluating();
  /** @type {(page: any) => void} */
  let answer = () => {};
  server.transport.getAnswers = () => new Promise((resolve) => (answer = resolve));
  const late = effects.evaluation.select({ label: 1, answer: 0 });
  const answerLate = answer;
  await go("?seed=4");
  answerLate({ part: "test", start: 0, answers: [] });
  await late;
  assert.equal(evaluation().page, null);
  assert.deepEqual(evaluation().filter, { label: null, answer: null });
});

test("an evaluation is followed only while its dialog is open", async (t) => {
  const clock = t.mock.timers;
  const { asked, store } = await evaluating(1000, clock);
  const polls = () => asked.filter(([verb]) => verb === "poll").length;
  for (const count of [1, 2]) {
    clock.tick(1000);
    await until(() => polls() === count);
    await settle();
  }
  store.dispatch({ type: "dialog", close: "evaluation" });
  for (let second = 0; second < 3; second++) {
    clock.tick(1000);
    await settle();
  }
  assert.equal(polls(), 2);
});

test("a cancelled evaluation says so, and the answers so far can be shown", async () => {
  const { effects, evaluation, asked } = await evaluating(1000);
  assert.equal(evaluation().survey?.status, "running");
  await effects.evaluation.cancel();
  assert.equal(evaluation().survey?.status, "cancelled");
  assert.ok(asked.some(([verb, , iteration]) => verb === "cancel" && iteration === 1));
  await effects.evaluation.showSplit("train");
  assert.deepEqual(asked.at(-1), ["answers", FIRST, 1, "train", null, null, 0]);
});

test("a report that was on its way while the evaluation was cancelled does not begin it again", async () => {
  const { effects, evaluation, store } = await evaluating(1000);
  const late = evaluation().survey;
  await effects.evaluation.cancel();
  assert.ok(late?.status === "running");
  store.dispatch({ type: "survey", survey: late });
  assert.equal(evaluation().survey?.status, "cancelled");
});

test("pages move by their size, and a new filter begins at the first page", async () => {
  const { effects, asked } = await evaluating();
  await effects.evaluation.turn(40);
  await effects.evaluation.turn(40);
  await effects.evaluation.turn(-40);
  await effects.evaluation.select({ label: 1, answer: 0 });
  await effects.evaluation.turn(-40);
  assert.deepEqual(
    asked.slice(2).map(([, , , , ...which]) => which),
    [
      [null, null, 40],
      [null, null, 80],
      [null, null, 40],
      [1, 0, 0],
      [1, 0, 0],
    ],
  );
});

test("the dialog shows a refusal until the next attempt", async () => {
  const { effects, store, server } = await evaluating();
  const { beginEvaluation } = server.transport;
  server.transport.beginEvaluation = async () => {
    throw new Refusal("full", "There is no room.");
  };
  await effects.evaluation.begin();
  assert.equal(refusalOf(store.get(), "evaluation"), "There is no room.");
  assert.equal(store.get().evaluation.survey, null);
  server.transport.beginEvaluation = beginEvaluation;
  await effects.evaluation.begin();
  assert.equal(refusalOf(store.get(), "evaluation"), null);
  assert.equal(store.get().evaluation.survey?.status, "done");
});

test("a chosen example is looked at, the dialog closes, and the run stays as it is", async () => {
  const { effects, store } = await evaluating();
  const { run } = store.get();
  effects.evaluation.choose(3);
  assert.deepEqual([store.get().dialog, store.get().look], [null, 3]);
  assert.equal(store.get().run, run);
  assert.deepEqual(
    store.get().moment,
    { iteration: 1, position: phaseEnd(RUN, "loss") },
    "with these weights",
  );
});

test("before an update the example is looked at in the iteration shown, whose weights were evaluated", async () => {
  const { effects, store } = await evaluating(0, undefined, "6/backward");
  const { moment } = store.get();
  effects.evaluation.choose(3);
  assert.deepEqual([store.get().look, store.get().moment], [3, moment]);
});
