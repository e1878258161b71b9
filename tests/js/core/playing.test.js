import assert from "node:assert/strict";
import { test } from "node:test";
import { isLive } from "../../../static/js/core/state.js";
import { RUN } from "../fixture.js";
import { fakeServer, page, sleep } from "../page.js";
import { until } from "../until.js";

const END = RUN.positions;

test("while the server plays, the page draws its frames and sends no requests; at rest it requests the exact numbers", async () => {
  const server = fakeServer();
  const { store, effects, at, run, player } = await page(server, "?at=0");
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  await until(() => player()?.playing);
  assert.deepEqual(server.wishes.get(player()?.id ?? "")?.names, ["*"]);
  const before = server.asked("reach").length;
  for (const iteration of [1, 2, 3]) server.train(run(), iteration);
  assert.deepEqual([at(), store.get().moment], [3, { iteration: 3, position: END }]);
  assert.ok(store.get().shown?.isLive);
  await sleep(200);
  assert.equal(server.asked("reach").length, before);
  effects.togglePlay();
  await until(() => store.get().shown?.isLive === false);
  assert.equal(server.asked("reach").at(-1).iteration, 3);
  assert.equal(at(), 3);
  await until(() => player()?.playing === false);
  assert.deepEqual(player()?.moment, { iteration: 3, position: END });
  assert.deepEqual(server.wishes.get(player()?.id ?? "")?.names, []);
});

test("playing ends where the player has ended, even if this event comes before the answer to the command", async () => {
  const server = fakeServer();
  const { store, effects, identity, at, run, player } = await page(server, "?at=0");
  const ended = { playing: false, moment: { iteration: 5, position: END } };
  effects.trainTo(0.97);
  await until(() => player()?.playing);
  server.train(run(), 6);
  server.change(identity.id(), ended);
  await until(() => at() === 5 && !store.get().shown?.isLive);
  assert.deepEqual([store.get().play.on, store.get().play.goal], [false, null]);

  effects.setPlay({ unit: "iteration" });

  effects.togglePlay();
  server.delays.set("put", sleep(30));
  await until(() => server.asked("put").at(-1).playing);
  // An event from before the command, and then the end of the new playback.
  server.send(`player ${identity.id()}`, "player", { ...player(), playing: false, sequence: 0 });
  await sleep(5);
  assert.ok(store.get().play.on);
  await until(() => player()?.playing);
  server.change(identity.id(), { playing: false, moment: { iteration: 7, position: END } });
  await until(() => at() === 7);
  assert.ok(!store.get().play.on);
});

test("an event that is older than the answer to a command does not end playing", async () => {
  const server = fakeServer();
  const { store, effects, identity, player } = await page(server, "?at=0");
  const before = player();
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  await until(() => player()?.playing);
  server.send(`player ${identity.id()}`, "player", before);
  await sleep(5);
  assert.ok(store.get().play.on);
});

test("a training goal is played by iterations whatever the unit, which stays as it was chosen", async () => {
  const server = fakeServer();
  const { store, effects, player } = await page(server, "?at=0");
  effects.setPlay({ unit: "cell" });
  effects.trainTo(0.9);
  await until(() => player()?.playing);
  assert.deepEqual([player()?.unit, player()?.goal], ["iteration", 0.9]);
  assert.ok(isLive(store.get()));
  assert.equal(store.get().play.unit, "cell");
  effects.togglePlay();
  await until(() => player()?.playing === false);
  assert.equal(player()?.unit, "cell");
});

test("playing by layers is the page's own: it steps, computes what it needs, and tells where it is", async () => {
  const server = fakeServer();
  const { store, effects, at, player } = await page(server, "?at=0/forward/conv");
  effects.setPlay({ unit: "layer", speed: 500 });
  effects.togglePlay();
  await until(() => (at() ?? 0) >= 2);
  effects.togglePlay();
  const { moment } = store.get();
  await until(() => player()?.moment.iteration === moment.iteration && !player()?.playing);
  assert.deepEqual(player()?.moment, moment);
  assert.ok(server.wishes.get(player()?.id ?? "")?.names.length === 0);
});

test("after sleep the page continues where it was, and does not catch up", async (context) => {
  const server = fakeServer();
  const { store, effects } = await page(server, "?at=0/forward/input");
  let now = 0;
  context.mock.method(performance, "now", () => now);
  effects.setPlay({ unit: "cell", speed: 10 });
  effects.togglePlay();
  await until(() => store.get().moment.position === 2);
  now += 8 * 3600 * 1000;
  await until(() => store.get().moment.position > 2);
  await sleep(250);
  effects.togglePlay();
  assert.ok(store.get().moment.position <= 2 + 5, "at most the steps of half a second");
});

test("a frame that comes before the answer to the command that moved the player is drawn", async () => {
  const server = fakeServer();
  const { effects, at, run, identity, player } = await page(server, "?at=8");
  await until(() => player());
  server.delays.set("put", sleep(20));
  effects.seek({ iteration: 3 });
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  server.send(`player ${identity.id()}`, "frame", server.frame(run(), 3));
  assert.notEqual(at(), 3);
  await until(() => at() === 3);
});
