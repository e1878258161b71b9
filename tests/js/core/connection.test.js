import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../static/js/core/refusals.js";
import { fakeServer, page, sleep } from "../page.js";
import { until } from "../until.js";

test("after a restart of the server, the page reconnects, at its moment, and continues to play", async () => {
  const server = fakeServer();
  const { store, effects, at, run, player, identity } = await page(server, "?at=0");
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  await until(() => player()?.playing);
  server.train(run(), 6);
  server.die();
  await until(() => store.get().connection === "lost");
  assert.ok(store.get().play.on);
  await sleep(20);
  server.start();
  await until(() => store.get().connection === "live");
  await until(() => player()?.playing);
  assert.deepEqual([player()?.id, player()?.moment.iteration, at()], [identity.id(), 6, 6]);
  assert.equal(store.get().problem, null);
  server.train(run(), 7);
  await until(() => at() === 7);
});

test("a moment that is requested while the server is away is loaded when it is back", async () => {
  const server = fakeServer();
  const { store, effects, at, player } = await page(server, "?at=2");
  server.die();
  effects.seek({ iteration: 5 });
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  await until(() => store.get().connection === "lost");
  effects.togglePlay();
  await sleep(20);
  assert.deepEqual([at(), store.get().moment.iteration, store.get().problem], [2, 5, null]);
  server.start();
  await until(() => at() === 5);
  await until(() => player()?.moment.iteration === 5);
});

test("after a failed request, the page checks its connection", async () => {
  const server = fakeServer();
  const { store, effects, at } = await page(server, "?at=2");
  server.refusals.set("reach", new Refusal("unreachable", "The server does not answer."));
  effects.seek({ iteration: 4 });
  await until(() => at() === 4);
  assert.deepEqual([store.get().connection, store.get().problem], ["live", null]);
});
