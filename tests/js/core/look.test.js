import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleOf, isBesideBatch } from "../../../static/js/core/state.js";
import { fakeServer, page, sleep } from "../page.js";
import { WHOLE_RUN } from "../states.js";
import { until } from "../until.js";

/** A page at iteration 3 that looks at a training example. @param {number} [look] */
async function looking(look = 77) {
  const server = fakeServer();
  const { createRun } = server.transport;
  server.transport.createRun = async (recipe) => ({ ...(await createRun(recipe)), layers: WHOLE_RUN.layers });
  const here = await page(server, "?at=3");
  here.effects.lookAt(look);
  await until(() => here.store.get().shown?.look === look);
  return { ...here, server, state: here.store.get };
}

test("looking at an example changes no recipe, no moment and no address but its own", async () => {
  const here = await page(fakeServer(), "?at=3");
  const { run, moment } = here.store.get();
  here.effects.lookAt(77);
  await until(() => here.store.get().shown?.look === 77);
  const state = here.store.get();
  assert.deepEqual([state.run, state.moment], [run, moment]);
  assert.deepEqual([exampleOf(state)?.index, isBesideBatch(state)], [77, true]);
  assert.deepEqual(here.pushed, []);
});

test("it stays in view from step to step, in the batch or not", async () => {
  const { effects, state } = await looking(4);
  effects.step("iteration", 1);
  await until(() => state().shown?.moment.iteration === 4);
  assert.deepEqual([exampleOf(state())?.index, isBesideBatch(state())], [4, false]);
  effects.step("iteration", 1);
  await until(() => state().shown?.moment.iteration === 5);
  assert.deepEqual([exampleOf(state())?.index, isBesideBatch(state())], [4, true]);
});

test("a slot of the batch, and another run, end the look", async () => {
  const { effects, state } = await looking();
  effects.showExample(0);
  await until(() => state().shown?.look === null);
  assert.equal(exampleOf(state())?.index, 3);
  effects.lookAt(77);
  await effects.newRun({ seed: 9 });
  assert.equal(state().look, null);
});

test("another learning rate from here on keeps the example in view", async () => {
  const { effects, state } = await looking();
  await effects.edit({ kind: "learning_rate", iteration: 4, value: 0.5 });
  await until(() => state().shown?.moment.iteration === 4);
  assert.deepEqual([state().look, exampleOf(state())?.index], [77, 77]);
});

test("to train on it is an edit of the next iteration, which shows the slot", async () => {
  const { effects, state } = await looking();
  await effects.trainOnExample(77);
  assert.deepEqual(state().run?.recipe.edits, [{ kind: "example", iteration: 4, slot: 0, example: 77 }]);
  assert.deepEqual([state().look, state().moment.iteration], [null, 4]);
});

test("an address opens the example", async () => {
  const { store, player } = await page(fakeServer(), "?at=3&look=77");
  assert.equal(store.get().shown?.look, 77);
  await until(() => player()?.look === 77);
});

test("an example that the server does not have is refused in a sentence, and the batch is shown", async () => {
  const server = fakeServer();
  // The player is told of the example before the stage knows that there is none.
  server.delays.set("reach", sleep(20));
  const here = await page(server, "#at=2");
  await until(() => here.at() === 2);
  here.effects.lookAt(100);
  await until(() => here.store.get().problem !== null);
  const { look, shown, problem } = here.store.get();
  assert.deepEqual([look, shown?.look, problem], [null, null, "There is no such example."]);
  await until(() => here.player()?.moment.iteration === 2);
  assert.deepEqual([here.player()?.look, here.store.get().connection], [null, "live"]);
});

test("a term of its own pass stays with it, and one of the batch's gradient leads to the batch", async () => {
  const { effects, state, store } = await looking();
  store.dispatch({ type: "large", large: { name: "conv.out", cell: 0 } });
  effects.follow({ name: "input.out", cell: 0, example: 0 });
  assert.equal(state().look, 77);
  effects.goBack(0);
  assert.equal(state().look, 77);
  store.dispatch({ type: "large", large: { name: "conv.dw", cell: 0 } });
  effects.follow({ name: "conv.dout", cell: 0, example: 0 });
  assert.equal(state().look, null);
  effects.goBack(0);
  assert.deepEqual([state().look, state().large?.name], [77, "conv.dw"]);
});

test("every question of the page is about the example", async () => {
  const { effects, server, store, state } = await looking();
  /** @type {{ [name: string]: unknown }} */
  const choices = {};
  for (const name of ["getExplanation", "getGradientPath", "getNudge", "getLens", "getDependencies"])
    /** @type {any} */ (server.transport)[name] = async (
      /** @type {string} */ _run,
      /** @type {number} */ _n,
      /** @type {unknown} */ choice,
    ) => {
      choices[name] = choice;
      return { count: 1, shares: [] };
    };
  const cells = Float64Array.of(1, 2);
  const tensors = new Map(
    ["conv.w", "conv.dw"].map((name) => [name, { cells, mask: null, minimum: 1, maximum: 2, nonfinite: 0 }]),
  );
  store.dispatch({ type: "show", shown: { .../** @type {any} */ (state().shown), tensors } });
  effects.enlarge({ name: "conv.w", cell: 0 });
  await effects.nudge(0.1, null);
  effects.openTab("path");
  store.dispatch({ type: "dialog", open: "lens" });
  store.dispatch({ type: "hover", hover: { name: "conv.w", cell: 0, x: 0, y: 0 } });
  await until(() => Object.keys(choices).length === 5);
  for (const choice of Object.values(choices)) assert.deepEqual(choice, { example: 0, look: 77 });
});

test("the example on the stage stays while the page plays by steps, and is told to the player", async () => {
  const { effects, store, player } = await page(fakeServer(), "?at=3");
  effects.setPlay({ unit: "iteration" });
  assert.equal(store.get().look, null);
  effects.togglePlay();
  assert.equal(store.get().look, 3);
  await until(() => player()?.playing);
  assert.equal(player()?.look, 3);
  effects.togglePlay();
  assert.equal(store.get().look, 3, "it stays when the page pauses");
});

test("playing by cells, layers or phases pins nothing, until the unit becomes the step", async () => {
  const { effects, store } = await page(fakeServer(), "?at=3/forward/conv");
  effects.setPlay({ unit: "layer", speed: 0.25 });
  effects.togglePlay();
  assert.equal(store.get().look, null);
  effects.setPlay({ unit: "iteration" });
  assert.equal(store.get().look, 3);
});

test("an example that a person unpins is not pinned again, until a person pins or chooses one", async () => {
  const { effects, store } = await page(fakeServer(), "?at=3");
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  effects.pin(false);
  assert.equal(store.get().look, null);
  effects.togglePlay();
  effects.togglePlay();
  assert.equal(store.get().look, null);
  effects.togglePlay();
  await until(() => store.get().shown?.isLive === false);
  effects.pin(true);
  assert.equal(store.get().look, 3);
  effects.pin(false);
  effects.lookAt(77);
  assert.deepEqual([store.get().look, store.get().pins], [77, true]);
});
