import assert from "node:assert/strict";
import { test } from "node:test";
import { withFirstSight } from "../../../static/js/core/first_sight.js";
import { fakeServer, page, sleep } from "../page.js";

/** A server that sends what a page shows first with the page. */
async function preparedServer() {
  const server = fakeServer();
  const { transport, heard } = server;
  const [recipe, presets] = [await transport.getRecipe(), await transport.getPresets()];
  const run = await transport.createRun(recipe);
  const reached = await transport.reach(run.id, 0, { names: ["*"], example: 0, look: null, since: 0 });
  heard.length = 0;
  return { ...server, transport: withFirstSight(transport, { recipe, presets, run, reached }) };
}

test("a page that came with what it shows first asks for nothing before its picture", async () => {
  const server = await preparedServer();
  const { store } = await page(server);
  const { run, shown, moment, progress } = store.get();
  assert.equal(shown?.iteration.run, run?.id);
  assert.deepEqual(shown?.moment, moment);
  assert.equal(progress.computed, 1);
  assert.deepEqual(
    server.heard.map(([verb]) => verb).filter((verb) => verb !== "put"),
    [],
  );
});

test("a page with another run in its address asks for it", async () => {
  const server = await preparedServer();
  const { store, effects } = await page(server, "?seed=5");
  assert.equal(store.get().shown?.iteration.run, "run 5 []");
  assert.equal(server.asked("create").length, 1);
  assert.equal(server.asked("reach").length, 1);
  await effects.newRun({ seed: 7 });
  await sleep(5);
  assert.equal(server.asked("create").length, 2, "what came with the page is old by then");
  assert.equal(store.get().shown?.iteration.run, "run 7 []");
});

test("a page with another moment in its address asks for that", async () => {
  const server = await preparedServer();
  const { at } = await page(server, "?at=3");
  assert.equal(at(), 3);
  assert.equal(server.asked("create").length, 0);
  assert.deepEqual(
    server.asked("reach").map(({ iteration }) => iteration),
    [3],
  );
});

test("a run that the server has forgotten since is made again", async () => {
  const server = await preparedServer();
  server.forget();
  const { store, effects, at } = await page(server);
  assert.equal(at(), 0);
  effects.seek({ iteration: 4 });
  await sleep(5);
  assert.equal(at(), 4);
  assert.equal(store.get().problem, null);
});

test("without it the server is asked", () => {
  const { transport } = fakeServer();
  assert.equal(withFirstSight(transport, null), transport);
});
