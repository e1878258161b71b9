import assert from "node:assert/strict";
import { test } from "node:test";
import { createEffects, withEdit } from "../../../static/js/core/effects.js";
import { INITIAL, isPlaying, reduce } from "../../../static/js/core/state.js";
import { createStore } from "../../../static/js/core/store.js";
import { Refusal } from "../../../static/js/core/refusals.js";
import { RUN, typed } from "../fixture.js";

/** @typedef {import("../../../static/js/core/effects.js").Transport} Transport */
/** @typedef {import("../../../static/js/wire.js").Progress} Progress */

const DEFAULTS = { ...RUN.recipe, seed: 7 };
const moments = { sleep: (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

/** A server in memory: its runs are numbers of computed iterations, and it can forget them. */
function fakeServer() {
  /** @type {Map<string, number>} */
  const runs = new Map();
  /** @type {[string, any, string][]} */
  const heard = [];
  /** @type {Map<string, Progress["status"]>} */
  const statuses = new Map();
  let sequence = 0;
  let end = Infinity;
  /** @type {{ progress: (news: Progress) => void }[]} */
  const listeners = [];
  /** @type {Map<string, Promise<unknown>>} */
  const delays = new Map();
  /** What the next command of a kind is refused with. @type {Map<string, Refusal>} */
  const refusals = new Map();
  /** @param {string} verb */
  const meet = async (verb) => {
    await delays.get(verb);
    const refusal = refusals.get(verb);
    refusals.delete(verb);
    if (refusal) throw refusal;
  };
  /** @param {string} run */
  const computed = (run) => {
    const count = runs.get(run);
    if (count === undefined) throw new Refusal("no_such_run", "no such run");
    return count;
  };
  /** @param {string} run @param {number} since @returns {Progress} */
  const progress = (run, since) => {
    const count = computed(run);
    const losses = typed(Array.from({ length: Math.max(0, count - since) }, (_, i) => 1 / (since + i + 1)));
    return {
      run,
      source: "server",
      sequence: ++sequence,
      status: statuses.get(run) ?? "paused",
      computed: count,
      since: Math.min(since, count),
      losses,
      evaluations: [],
      diverged: null,
      stopped: null,
    };
  };
  /** @type {any} */
  const transport = {
    getRecipe: async () => DEFAULTS,
    getPresets: async () => [],
    getOptions: async () => /** @type {any} */ ({}),
    /** @param {any} recipe */
    createRun: async (recipe) => {
      const id = `run ${recipe.seed} ${JSON.stringify(recipe.edits)}`;
      await delays.get(id);
      if (!runs.has(id)) runs.set(id, 0);
      return { ...RUN, id, recipe };
    },
    /** @param {string} run @param {number} since */
    getTimeline: async (run, since) => progress(run, since),
    /** @param {string} run @param {number} iteration @param {number} example */
    getIteration: async (run, iteration, example) => {
      await meet("read");
      if (iteration >= computed(run)) throw new Refusal("not_computed", "not computed");
      const examples = [{ index: iteration, label: 1, truth: 1 }];
      return { run, iteration, epoch: 0, example, examples, learning_rate: 0.1, loss: 1, tensors: [] };
    },
    getWindow: async () => ({ reads: [], writes: [], partial: [] }),
    /** @param {string} run @param {string} verb @param {any} body */
    command: async (run, verb, body) => {
      heard.push([verb, body, run]);
      await meet(verb);
      const since = computed(run);
      if (verb === "seek") {
        if (body.iteration >= end) throw new Refusal("diverged", "The run diverged.");
        runs.set(run, Math.max(since, body.iteration + 1));
      }
      if (verb === "run") statuses.set(run, "running");
      if (verb === "pause") statuses.set(run, "paused");
      return progress(run, since);
    },
    keepCollection: async () => ({ name: "own:0" }),
    /** @param {string} _run @param {number} _since @param {any} on */
    listen: (_run, _since, on) => {
      listeners.push(on);
      return () => {};
    },
  };
  return {
    transport: /** @type {Transport} */ (transport),
    heard,
    delays,
    refusals,
    trained: () => heard.filter(([verb]) => verb !== "seek").map(([verb, , run]) => `${verb} ${run}`),
    progress,
    /** @param {Progress} news */
    tell: (news) => listeners.at(-1)?.progress(news),
    forget: () => runs.clear(),
    /** @param {number} iteration */
    endAt: (iteration) => (end = iteration),
  };
}

/** @param {ReturnType<typeof fakeServer>} server @param {string} [search] */
async function page(server, search = "") {
  const store = createStore(INITIAL, reduce);
  /** @type {string[]} */
  const pushed = [];
  const effects = createEffects(store, server.transport, {
    pushState: (_, __, address) => void pushed.push(String(address)),
    replaceState: () => {},
    search: () => search,
  });
  await effects.openAddress();
  await moments.sleep(5);
  return { store, effects, pushed, at: () => store.get().shown?.moment.iteration };
}

test("what a restarted server forgot of a run, it computes again, and the page goes on in both directions", async () => {
  const server = fakeServer();
  const { store, effects, at } = await page(server, "?at=8");
  assert.equal(at(), 8);
  server.forget();
  effects.seek({ iteration: 2 });
  await moments.sleep(5);
  assert.equal(at(), 2);
  assert.equal(store.get().problem, null);
  effects.seek({ iteration: 7 });
  await moments.sleep(5);
  assert.equal(at(), 7);
  assert.equal(store.get().progress.computed, 9);
});

test("of two runs opened at once, the one asked for last is shown", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server);
  server.delays.set("run 1 []", moments.sleep(30));
  const slow = effects.newRun({ seed: 1 });
  const quick = effects.newRun({ seed: 2 });
  await Promise.all([slow, quick]);
  await moments.sleep(5);
  assert.equal(store.get().run?.recipe.seed, 2);
  assert.equal(store.get().shown?.iteration.run, "run 2 []");
});

test("a new run can be gone back from, opening an address leaves the history alone", async () => {
  const server = fakeServer();
  const { effects, pushed } = await page(server);
  assert.deepEqual(pushed, []);
  await effects.newRun({ seed: 5 });
  assert.equal(pushed.length, 1);
  await effects.openAddress();
  assert.equal(pushed.length, 1);
});

test("play at the frontier trains at the newest speed, and a new run pauses the old one first", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  effects.setPlay({ speed: 5 });
  effects.togglePlay();
  await moments.sleep(60);
  for (const speed of [10, 20, 50]) effects.setPlay({ speed });
  await moments.sleep(20);
  const rates = server.heard.filter(([verb]) => verb === "run").map(([, body]) => body.rate);
  assert.deepEqual(rates.at(-1), 50);
  assert.equal(store.get().play.speed, 50);
  await effects.newRun({ seed: 3 });
  assert.equal(store.get().play.on, false);
  assert.equal(server.heard.at(-2)?.[0] ?? "", "pause");
  effects.togglePlay();
  await moments.sleep(20);
  assert.equal(store.get().play.on, true, "the new run plays from its own beginning");
  effects.togglePlay();
});

test("an event that was overtaken by the reply to a command does not end the play", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const now = server.progress(store.get().run?.id ?? "", 0);
  assert.equal(now.status, "paused");
  const late = { ...now, computed: 0, losses: typed([]) };
  effects.trainTo(0.97);
  await moments.sleep(20);
  assert.equal(store.get().progress.status, "running");
  server.tell(late);
  server.tell(now);
  await moments.sleep(60);
  assert.equal(server.heard.at(-1)?.[0], "run", "the server is not taken for one that has begun anew");
  assert.equal(store.get().progress.status, "running");
  assert.ok(store.get().play.on);
  effects.togglePlay();
  await moments.sleep(20);
  assert.equal(server.heard.at(-1)?.[0], "pause");
});

test("what is played and paused in haste is heard in that order, each command once the one before is answered", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const run = store.get().run?.id;
  for (const verb of ["run", "pause"]) server.delays.set(verb, moments.sleep(60));
  for (let times = 0; times < 3; times++) {
    effects.trainTo(0.97);
    await moments.sleep(5);
    if (times < 2) effects.togglePlay();
  }
  assert.deepEqual(server.trained(), [`run ${run}`]);
  await moments.sleep(150);
  assert.deepEqual(
    server.trained(),
    ["run", "pause", "run", "pause", "run"].map((verb) => `${verb} ${run}`),
  );
  assert.ok(store.get().play.on);
  effects.togglePlay();
});

test("a run that is slow to answer keeps nobody from another, and is paused when it does", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const first = store.get().run?.id;
  server.delays.set("run", moments.sleep(60));
  effects.trainTo(0.97);
  await effects.newRun({ seed: 3 });
  assert.deepEqual(server.trained(), [`run ${first}`]);
  assert.notEqual(store.get().run?.id, first);
  await moments.sleep(90);
  assert.deepEqual(server.trained(), [`run ${first}`, `pause ${first}`]);
});

test("played while another run is opening, the one before is paused, and the new one plays", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const first = store.get().run?.id;
  server.delays.set("run 3 []", moments.sleep(30));
  const opened = effects.newRun({ seed: 3 });
  effects.trainTo(0.97);
  await opened;
  effects.trainTo(0.97);
  await moments.sleep(60);
  const second = store.get().run?.id;
  assert.deepEqual(server.trained(), [`run ${first}`, `pause ${first}`, `run ${second}`]);
  assert.ok(store.get().play.on);
  effects.togglePlay();
});

test("a command that is refused is told, and those after it are heard", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  server.refusals.set("run", new Refusal("too_many_running", "Pause one first."));
  effects.togglePlay();
  await moments.sleep(60);
  assert.deepEqual([store.get().problem, store.get().play.on], ["Pause one first.", false]);
  effects.trainTo(0.97);
  await moments.sleep(60);
  assert.equal(store.get().progress.status, "running");
  server.refusals.set("pause", new Refusal("unreachable", "The server does not answer."));
  effects.togglePlay();
  await moments.sleep(60);
  assert.deepEqual([store.get().problem, store.get().play.on], ["The server does not answer.", false]);
});

test("a run that trains already when its page is loaded can be paused there, and then played", async () => {
  const server = fakeServer();
  const before = await page(server, "?at=0");
  const run = before.store.get().run?.id;
  before.effects.trainTo(0.97);
  await moments.sleep(20);
  const { store, effects } = await page(server, "?at=0");
  assert.deepEqual([isPlaying(store.get()), store.get().play.on], [true, false]);
  server.delays.set("pause", moments.sleep(20));
  effects.togglePlay();
  assert.ok(!isPlaying(store.get()), "at once, not when it is answered");
  await moments.sleep(50);
  assert.deepEqual(server.trained(), [`run ${run}`, `pause ${run}`]);
  assert.ok(!isPlaying(store.get()));
  effects.togglePlay();
  assert.ok(store.get().play.on);
  for (const { togglePlay } of [effects, before.effects]) togglePlay();
});

test("when a number cannot be had, the play ends in the page and on the server", async () => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0");
  const run = store.get().run?.id ?? "";
  effects.trainTo(0.97);
  await moments.sleep(20);
  server.refusals.set("read", new Refusal("unreachable", "The server does not answer."));
  await server.transport.command(run, "seek", { iteration: 5 });
  server.tell(server.progress(run, 1));
  await moments.sleep(90);
  assert.deepEqual([store.get().problem, store.get().play.on], ["The server does not answer.", false]);
  assert.deepEqual(server.trained(), [`run ${run}`, `pause ${run}`]);
});

test("who goes elsewhere before a pause is answered stays there", async () => {
  const server = fakeServer();
  const { effects, at } = await page(server, "?at=8");
  effects.trainTo(0.97);
  await moments.sleep(20);
  server.delays.set("pause", moments.sleep(30));
  effects.togglePlay();
  effects.seek({ iteration: 2 });
  await moments.sleep(60);
  assert.equal(at(), 2);
});

test("a moment that cannot be reached is explained, and the last one that can be is shown", async () => {
  const server = fakeServer();
  server.endAt(4);
  const { store, effects, at } = await page(server, "?at=3");
  effects.seek({ iteration: 6 });
  await moments.sleep(10);
  assert.equal(store.get().problem, "The run diverged.");
  assert.equal(at(), 3);
  assert.equal(store.get().moment.iteration, 3);
});

test("an accuracy that was reached already is gone to, and nothing is trained", async () => {
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
  await moments.sleep(5);
  assert.equal(at(), 3);
  assert.ok(server.heard.every(([verb]) => verb !== "run"));
});

test("a few digits of one's own are trained on alone in batches of no more than they are", async () => {
  const { store, effects } = await page(fakeServer());
  const two = [1, 7].map((label) => ({ dataset: "drawn", picture: "ADw", label }));
  const chosen = () => [store.get().run?.recipe.dataset, store.get().run?.recipe.batch_size];
  await effects.newRun({ batch_size: 8 });
  await effects.collect(two, false);
  assert.deepEqual(chosen(), ["own:0", 8]);
  await effects.collect(two, true);
  assert.deepEqual(chosen(), ["own:0", 2]);
});

test("the lens looks at the open number and the step that made it, else at the moment's own step", async () => {
  const server = fakeServer();
  /** @type {unknown[][]} */
  const asked = [];
  /** @type {any} */ (server.transport).getLens = async (
    /** @type {string} */ _run,
    /** @type {number} */ iteration,
    /** @type {number} */ example,
    /** @type {any} */ segment,
    /** @type {unknown[]} */ ...rest
  ) => {
    asked.push([iteration, example, segment.phase, segment.layer, ...rest]);
    return {};
  };
  const { effects } = await page(server, "?at=2/backward/conv/dout/1");
  const found = await effects.lens();
  assert.deepEqual(found?.tensors, ["conv.dw", "conv.db", "input.dout"]);
  effects.enlarge({ name: "conv.dw", cell: 3 });
  await effects.lens();
  await effects.lens("input.dout");
  effects.enlarge({ name: "conv.out", cell: 3 });
  await effects.lens();
  const moment = [2, 0, "backward", "conv", 1];
  assert.deepEqual(asked, [
    [...moment, null, null],
    [...moment, "conv.dw", 3],
    [...moment, "input.dout", null],
    [2, 0, "forward", "conv", 3, "conv.out", 3],
  ]);
});

test("an edit replaces what it makes void", () => {
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
