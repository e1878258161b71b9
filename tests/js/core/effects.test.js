import assert from "node:assert/strict";
import { test } from "node:test";
import { withEdit } from "../../../static/js/core/effects/runs.js";
import { fakeServer, page, sleep } from "../page.js";

test("a restarted server computes the run again, and the page goes on in both directions", async () => {
  const server = fakeServer();
  const { store, effects, at } = await page(server, "?at=8");
  assert.equal(at(), 8);
  server.forget();
  effects.seek({ iteration: 2 });
  await sleep(5);
  assert.equal(at(), 2);
  assert.equal(store.get().problem, null);
  effects.seek({ iteration: 7 });
  await sleep(5);
  assert.equal(at(), 7);
  assert.equal(store.get().progress.computed, 9);
});

test("the last of two runs opened at once is shown", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server);
  server.delays.set("run 1 []", sleep(30));
  const slow = effects.newRun({ seed: 1 });
  const quick = effects.newRun({ seed: 2 });
  await Promise.all([slow, quick]);
  await sleep(5);
  assert.equal(store.get().run?.recipe.seed, 2);
  assert.equal(store.get().shown?.iteration.run, "run 2 []");
});

test("a new run adds an entry to the history, and opening an address does not", async () => {
  const server = fakeServer();
  const { effects, pushed } = await page(server);
  assert.deepEqual(pushed, []);
  await effects.newRun({ seed: 5 });
  assert.equal(pushed.length, 1);
  await effects.openAddress();
  assert.equal(pushed.length, 1);
});

test("a moment that cannot be reached is explained, and the last reachable one is shown", async () => {
  const server = fakeServer();
  server.endAt(4);
  const { store, effects, at } = await page(server, "?at=3");
  effects.seek({ iteration: 6 });
  await sleep(10);
  assert.equal(store.get().problem, "The run diverged.");
  assert.equal(at(), 3);
  assert.equal(store.get().moment.iteration, 3);
});

test("an accuracy that was already reached is shown without training", async () => {
  const server = fakeServer();
  const { store, effects, at } = await page(server, "?at=8");
  const news = await server.transport.getTimeline(store.get().run?.id ?? "", 9);
  const evaluations = /** @type {any} */ ([
    { iteration: 2, accuracy: 0.9 },
    { iteration: 4, accuracy: 0.98 },
  ]);
  store.dispatch({ type: "progress", progress: { ...news, evaluations } });
  const { trainTo } = effects; // alone, as a view gets it
  trainTo(0.97);
  await sleep(5);
  assert.equal(at(), 3);
  assert.ok(!store.get().play.on);
});

test("collected digits alone are trained on in batches of at most their number", async () => {
  const { store, effects } = await page(fakeServer());
  const two = [1, 7].map((label) => ({ dataset: "drawn", picture: "ADw", label }));
  const chosen = () => [store.get().run?.recipe.dataset, store.get().run?.recipe.batch_size];
  await effects.newRun({ batch_size: 8 });
  await effects.newRunOnDigits(two, false);
  assert.deepEqual(chosen(), ["own:0", 8]);
  await effects.newRunOnDigits(two, true);
  assert.deepEqual(chosen(), ["own:0", 2]);
});

test("an edit replaces the edits that it overrides", () => {
  /** @param {number} iteration @param {number} value */
  const rate = (iteration, value) => ({ kind: /** @type {const} */ ("learning_rate"), iteration, value });
  /** @param {number} iteration @param {number} slot @param {number} example */
  const swap = (iteration, slot, example) => ({
    kind: /** @type {const} */ ("example"),
    iteration,
    slot,
    example,
  });
  assert.deepEqual(withEdit([rate(5, 1), rate(50, 2)], rate(11, 3)), [rate(5, 1), rate(11, 3)]);
  assert.deepEqual(withEdit([rate(11, 1)], rate(11, 3)), [rate(11, 3)]);
  const swaps = [swap(3, 0, 9), swap(3, 1, 9), swap(60, 0, 1)];
  assert.deepEqual(withEdit(swaps, swap(3, 0, 4)), [swap(3, 1, 9), swap(60, 0, 1), swap(3, 0, 4)]);
  assert.deepEqual(withEdit(swaps, rate(1, 1)), [...swaps, rate(1, 1)]);
  const drawn = /** @type {const} */ ({ kind: "picture", iteration: 3, slot: 0, picture: "ADw", label: 7 });
  assert.deepEqual(withEdit([swap(3, 0, 9), rate(1, 1)], drawn), [rate(1, 1), drawn]);
  assert.deepEqual(withEdit([drawn], swap(3, 0, 4)), [swap(3, 0, 4)]);
  /** @param {number} iteration @param {number} cell @param {number} value */
  const set = (iteration, cell, value) => ({
    kind: /** @type {const} */ ("parameter"),
    iteration,
    name: "conv.w",
    cell,
    value,
  });
  const settings = [set(3, 0, 1), set(3, 1, 1), set(5, 0, 1)];
  assert.deepEqual(withEdit(settings, set(3, 0, 2)), [set(3, 1, 1), set(5, 0, 1), set(3, 0, 2)]);
  assert.deepEqual(withEdit(settings, swap(3, 0, 4)), [...settings, swap(3, 0, 4)]);
  assert.deepEqual(withEdit([drawn, rate(3, 1)], set(3, 0, 2)), [drawn, rate(3, 1), set(3, 0, 2)]);
});
