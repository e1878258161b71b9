import assert from "node:assert/strict";
import { test } from "node:test";
import { withEdit } from "../../../static/js/core/effects/runs.js";
import { isPlaying } from "../../../static/js/core/state.js";
import { Refusal } from "../../../static/js/core/refusals.js";
import { typed } from "../fixture.js";
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

test("playing at the last computed iteration trains at the newest speed, and a new run first pauses the old one", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  effects.setPlay({ speed: 5 });
  effects.togglePlay();
  await sleep(60);
  for (const speed of [10, 20, 50]) effects.setPlay({ speed });
  await sleep(20);
  const rates = server.heard.filter(([verb]) => verb === "run").map(([, body]) => body.rate);
  assert.deepEqual(rates.at(-1), 50);
  assert.equal(store.get().play.speed, 50);
  await effects.newRun({ seed: 3 });
  assert.equal(store.get().play.on, false);
  assert.equal(server.heard.at(-2)?.[0] ?? "", "pause");
  effects.togglePlay();
  await sleep(20);
  assert.equal(store.get().play.on, true, "the new run plays from its own beginning");
  effects.togglePlay();
});

test("an event older than the reply to a command does not end playing", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const now = server.progress(store.get().run?.id ?? "", 0);
  assert.equal(now.status, "paused");
  const late = { ...now, computed: 0, losses: typed([]) };
  effects.trainTo(0.97);
  await sleep(20);
  assert.equal(store.get().progress.status, "running");
  server.tell(late);
  server.tell(now);
  await sleep(60);
  assert.equal(server.heard.at(-1)?.[0], "run", "the server is not taken for one that has begun anew");
  assert.equal(store.get().progress.status, "running");
  assert.ok(store.get().play.on);
  effects.togglePlay();
  await sleep(20);
  assert.equal(server.heard.at(-1)?.[0], "pause");
});

test("commands to play and pause are sent in order, each after the one before is answered", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const run = store.get().run?.id;
  for (const verb of ["run", "pause"]) server.delays.set(verb, sleep(60));
  for (let times = 0; times < 3; times++) {
    effects.trainTo(0.97);
    await sleep(5);
    if (times < 2) effects.togglePlay();
  }
  assert.deepEqual(server.trained(), [`run ${run}`]);
  await sleep(150);
  assert.deepEqual(
    server.trained(),
    ["run", "pause", "run", "pause", "run"].map((verb) => `${verb} ${run}`),
  );
  assert.ok(store.get().play.on);
  effects.togglePlay();
});

test("a slow run does not block the next one, and is paused when it answers", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const first = store.get().run?.id;
  server.delays.set("run", sleep(60));
  effects.trainTo(0.97);
  await effects.newRun({ seed: 3 });
  assert.deepEqual(server.trained(), [`run ${first}`]);
  assert.notEqual(store.get().run?.id, first);
  await sleep(90);
  assert.deepEqual(server.trained(), [`run ${first}`, `pause ${first}`]);
});

test("playing while another run opens pauses the old run and plays the new one", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const first = store.get().run?.id;
  server.delays.set("run 3 []", sleep(30));
  const opened = effects.newRun({ seed: 3 });
  effects.trainTo(0.97);
  await opened;
  effects.trainTo(0.97);
  await sleep(60);
  const second = store.get().run?.id;
  assert.deepEqual(server.trained(), [`run ${first}`, `pause ${first}`, `run ${second}`]);
  assert.ok(store.get().play.on);
  effects.togglePlay();
});

test("a refused command is shown, and later commands are sent", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  server.refusals.set("run", new Refusal("too_many_running", "Pause one first."));
  effects.togglePlay();
  await sleep(60);
  assert.deepEqual([store.get().problem, store.get().play.on], ["Pause one first.", false]);
  effects.trainTo(0.97);
  await sleep(60);
  assert.equal(store.get().progress.status, "running");
  server.refusals.set("pause", new Refusal("unreachable", "The server does not answer."));
  effects.togglePlay();
  await sleep(60);
  assert.deepEqual([store.get().problem, store.get().play.on], ["The server does not answer.", false]);
});

test("a run that trains before its page is loaded can be paused there, and then played", async () => {
  const server = fakeServer();
  const before = await page(server, "?at=0");
  const run = before.store.get().run?.id;
  before.effects.trainTo(0.97);
  await sleep(20);
  const { store, effects } = await page(server, "?at=0");
  assert.deepEqual([isPlaying(store.get()), store.get().play.on], [true, false]);
  server.delays.set("pause", sleep(20));
  effects.togglePlay();
  assert.ok(!isPlaying(store.get()), "at once, not when it is answered");
  await sleep(50);
  assert.deepEqual(server.trained(), [`run ${run}`, `pause ${run}`]);
  assert.ok(!isPlaying(store.get()));
  effects.togglePlay();
  assert.ok(store.get().play.on);
  for (const { togglePlay } of [effects, before.effects]) togglePlay();
});

test("when numbers cannot be loaded, playing ends on the page and on the server", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const run = store.get().run?.id ?? "";
  effects.trainTo(0.97);
  await sleep(20);
  server.refusals.set("read", new Refusal("unreachable", "The server does not answer."));
  await server.transport.command(run, "seek", { iteration: 5 });
  server.tell(server.progress(run, 1));
  await sleep(90);
  assert.deepEqual([store.get().problem, store.get().play.on], ["The server does not answer.", false]);
  assert.deepEqual(server.trained(), [`run ${run}`, `pause ${run}`]);
});

test("a person who goes elsewhere before a pause is answered stays there", async () => {
  const server = fakeServer();
  const { effects, at } = await page(server, "?at=8");
  effects.trainTo(0.97);
  await sleep(20);
  server.delays.set("pause", sleep(30));
  effects.togglePlay();
  effects.seek({ iteration: 2 });
  await sleep(60);
  assert.equal(at(), 2);
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
  assert.ok(server.heard.every(([verb]) => verb !== "run"));
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
});
