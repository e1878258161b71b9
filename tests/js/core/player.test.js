import assert from "node:assert/strict";
import { test } from "node:test";
import { speedOf } from "../../../static/js/core/speed.js";
import { isPlaying } from "../../../static/js/core/state.js";
import { Refusal } from "../../../static/js/core/refusals.js";
import { RUN } from "../fixture.js";
import { fakeServer, fakeTab, page, sleep } from "../page.js";
import { until } from "../until.js";

const END = RUN.positions;

test("a page tells its player what it wishes: where it is, what is open, and how it plays", async () => {
  const server = fakeServer();
  const { effects, identity, player, run } = await page(server, "?at=2");
  await until(() => player()?.moment.iteration === 2);
  assert.match(identity.id(), /^[0-9a-f]{32}$/);
  effects.setPlay({ unit: "layer", speed: 5 });
  effects.enlarge({ name: "conv.out", cell: 3 });
  effects.step("iteration", 1);
  await until(() => player()?.view);
  const { sequence } = /** @type {import("../../../static/js/wire.js").Player} */ (player());
  assert.deepEqual(player(), {
    id: identity.id(),
    sequence,
    run: run(),
    moment: { iteration: 3, position: END },
    example: 0,
    look: null,
    view: { name: "conv.out", cell: 3 },
    unit: "layer",
    speed: 5,
    goal: null,
    playing: false,
    others: 0,
    leading: null,
    leaders: [],
    followers: 0,
  });
});

test("frames that move the page are no wishes of its own", async () => {
  const server = fakeServer();
  const { effects, run, player } = await page(server, "?at=0");
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  await until(() => player()?.playing);
  await sleep(200);
  const before = server.asked("put").length;
  for (let iteration = 1; iteration < 6; iteration++) server.train(run(), iteration);
  await sleep(200);
  assert.equal(server.asked("put").length, before);
  effects.setPlay({ speed: 50 });
  await until(() => player()?.speed === 50);
  assert.equal(server.asked("put").at(-1).moment.iteration, 5);
});

test("a frame from before the newest wish, and one after the pause, leave the page where it is", async () => {
  const server = fakeServer();
  const { effects, at, run, identity, player } = await page(server, "?at=8");
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  await until(() => player()?.playing);
  server.train(run(), 9);
  effects.seek({ iteration: 2 });
  effects.togglePlay();
  server.send(`player ${identity.id()}`, "frame", server.frame(run(), 9));
  await until(() => player()?.moment.iteration === 2);
  await until(() => at() === 2);
  effects.togglePlay();
  server.send(`player ${identity.id()}`, "frame", server.frame(run(), 9));
  await sleep(5);
  assert.equal(at(), 2);
});

test("what other pages do in the run shows as a number and nowhere else", async () => {
  const server = fakeServer();
  const { store, identity, run } = await page(server, "?at=2");
  server.change(identity.id(), { others: 1, leaders: ["a"] });
  server.train(run(), 7);
  server.send(`player ${identity.id()}`, "progress", { ...server.progress(run(), 0), status: "running" });
  await sleep(5);
  const { players, moment, progress } = store.get();
  assert.deepEqual([players.others, players.leaders, moment.iteration, progress.computed], [1, ["a"], 2, 8]);
  assert.deepEqual([progress.status, isPlaying(store.get())], ["running", false]);
});

test("a reload is the same player, and keeps unit, speed and goal and that it plays", async () => {
  const server = fakeServer();
  const tab = fakeTab();
  const before = await page(server, "?at=0", tab);
  before.effects.setPlay({ unit: "epoch", speed: 20 });
  before.effects.togglePlay();
  await until(() => before.player()?.playing);
  before.identity.leave();
  const after = await page(server, "?at=0", tab);
  assert.equal(after.identity.id(), before.identity.id());
  const { play } = after.store.get();
  assert.deepEqual([play.unit, speedOf(play), play.on], ["epoch", 20, true]);
  assert.ok(after.player()?.playing);
});

test("a reload of another run keeps unit and speed, and does not play", async () => {
  const server = fakeServer();
  const tab = fakeTab();
  const before = await page(server, "?at=0", tab);
  before.effects.setPlay({ unit: "epoch", speed: 20 });
  before.effects.togglePlay();
  await until(() => before.player()?.playing);
  before.identity.leave();
  const after = await page(server, "?seed=9", tab);
  assert.deepEqual([after.store.get().play.unit, after.store.get().play.on], ["epoch", false]);
  await until(() => after.player()?.playing === false);
});

test("a duplicated tab is a new player that does what the first one did", async () => {
  const server = fakeServer();
  const tab = fakeTab();
  const first = await page(server, "?at=0", tab);
  first.effects.setPlay({ unit: "iteration", speed: 50 });
  first.effects.togglePlay();
  await until(() => first.player()?.playing);
  const second = await page(server, "?at=0", fakeTab(new Map(tab.kept)));
  assert.notEqual(second.identity.id(), first.identity.id());
  await until(() => second.player()?.playing);
  assert.equal(second.player()?.speed, 50);
  second.effects.togglePlay();
  await until(() => second.player()?.playing === false);
  assert.ok(first.player()?.playing);
});

test("a player of another browser is left to it: the page becomes a new one", async () => {
  const server = fakeServer();
  const tab = fakeTab(
    new Map([
      ["player", "a".repeat(32)],
      ["player-left", ""],
    ]),
  );
  server.refusals.set("put", new Refusal("not_yours", "This player belongs to another browser."));
  const { store, identity, player } = await page(server, "?at=0", tab);
  await until(() => player());
  assert.notEqual(identity.id(), "a".repeat(32));
  assert.equal(tab.kept.get("player"), identity.id());
  assert.equal(store.get().problem, null);
});

test("a wish that the server refuses is told once, and ends playing", async () => {
  const server = fakeServer();
  const { store, effects, player } = await page(server, "?at=0");
  await until(() => player());
  const before = server.asked("put").length;
  server.refusals.set("put", new Refusal("full", "This server is full."));
  effects.setPlay({ unit: "iteration" });
  effects.togglePlay();
  await until(() => store.get().problem);
  await sleep(50);
  assert.deepEqual([store.get().problem, store.get().play.on], ["This server is full.", false]);
  assert.ok(server.asked("put").length <= before + 2);
  effects.togglePlay();
  await until(() => player()?.playing);
});

test("of many wishes in short time only the newest are told, one after the other", async () => {
  const server = fakeServer();
  const { effects, player } = await page(server, "?at=0");
  await until(() => player());
  server.delays.set("put", sleep(30));
  const before = server.asked("put").length;
  for (const speed of [10, 20, 50, 100, 200]) effects.setPlay({ speed });
  await until(() => player()?.speed === 200);
  assert.deepEqual(
    server
      .asked("put")
      .slice(before)
      .map(({ speed }) => speed),
    [10, 200],
  );
});

test("a page whose player another page takes over becomes a new player, and does not take it back", async () => {
  const server = fakeServer();
  const { identity, player } = await page(server, "?at=0");
  await until(() => player());
  const before = identity.id();
  server.send(`player ${before}`, "ended", {});
  await until(() => player() && identity.id() !== before);
  await until(() => server.streams().join() === `player ${identity.id()}`);
});
