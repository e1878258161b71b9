import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { fakeServer, page } from "../../page.js";
import { until } from "../../until.js";

/** A page with the example picker open. */
async function picking() {
  const server = fakeServer();
  /** @type {any[]} */
  const asked = [];
  server.transport.getExamples = async (recipe, split, start, count) => {
    asked.push([/** @type {any} */ (recipe).seed, split, start, count]);
    return /** @type {any} */ ({ start, total: 200, labels: [] });
  };
  const here = await page(server, "?at=0");
  here.store.dispatch({ type: "dialog", open: "examples" });
  await until(() => here.store.get().examples.page);
  return { ...here, server, asked, picker: () => here.store.get().examples };
}

test("the picker lists the open run's training examples, and opens at its last page", async () => {
  const { effects, asked, store } = await picking();
  await effects.examples.turn(60);
  await effects.examples.turn(60);
  await effects.examples.turn(-60);
  store.dispatch({ type: "dialog", close: "examples" });
  store.dispatch({ type: "dialog", open: "examples" });
  await until(() => asked.length === 5);
  assert.deepEqual(
    asked,
    [0, 60, 120, 60, 60].map((start) => [7, "train", start, 60]),
  );
});

test("after the browser's Back the picker shows the first examples of the open run", async () => {
  const { effects, asked, go, picker } = await picking();
  await effects.examples.turn(60);
  await go("?seed=4");
  assert.deepEqual(asked.at(-1), [4, "train", 0, 60]);
  assert.equal(picker().page?.start, 0);
});

test("a chosen example is looked at, and the run stays as it is", async () => {
  const { effects, store } = await picking();
  const { run } = store.get();
  effects.examples.choose(77);
  assert.deepEqual([store.get().dialog, store.get().look], [null, 77]);
  assert.equal(store.get().run, run);
});

test("without examples the picker closes, and the page says why", async () => {
  const { effects, store, server } = await picking();
  server.transport.getExamples = async () => {
    throw new Refusal("unreachable", "The server does not answer.");
  };
  await effects.examples.turn(60);
  assert.deepEqual([store.get().dialog, store.get().problem], [null, "The server does not answer."]);
});
