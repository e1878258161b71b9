import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../static/js/core/refusals.js";
import { RUN } from "../fixture.js";
import { fakeServer, page, sleep } from "../page.js";
import { until } from "../until.js";

const END = RUN.positions;

/**
 * Two pages: the first can be followed, the second follows it.
 * @param {string} [search] where the second one stands
 */
async function followed(search = "?at=2") {
  const server = fakeServer();
  const leader = await page(server, "?seed=4&at=6");
  await leader.effects.players.lead("POST");
  const token = leader.store.get().players.leading ?? "";
  const follower = await page(server, search);
  await until(() => follower.player());
  server.refusals.delete(`leader ${token}`);
  /** What the leader does, as its followers hear it. @param {object} [changes] */
  const says = (changes = {}) => {
    const { run, moment, example, look, view, unit, playing } = /** @type {any} */ (leader.player());
    const { recipe } = /** @type {any} */ (leader.store.get().run);
    for (const path of server.streams().filter((path) => path.startsWith("leader")))
      server.send(path, "leader", { recipe, run, moment, example, look, view, unit, playing, ...changes });
  };
  /** @param {any} data @param {"frame" | "ended"} name */
  const sends = (name, data) => {
    for (const path of server.streams().filter((path) => path.startsWith("leader")))
      server.send(path, name, data);
  };
  return { server, leader, follower, token, says, sends };
}

test("a follower shows the leader's run, moment, example and open cell, and its own player waits", async () => {
  const { server, leader, follower, token, says } = await followed();
  const mine = { ...follower.player() };
  await follower.effects.players.follow(token);
  await until(() => server.streams().some((path) => path.startsWith("leader")));
  says({ view: { name: "conv.out", cell: 2 } });
  await until(() => follower.run() === leader.run() && follower.at() === 6);
  assert.deepEqual(follower.store.get().large, { name: "conv.out", cell: 2 });
  assert.equal(decodeURI(follower.address()), `#follow=${token}`);
  says({ moment: { iteration: 3, position: 2 }, view: null });
  await until(() => follower.at() === 3);
  await sleep(200);
  assert.deepEqual(follower.player(), mine, "nothing was told to it");
  assert.ok(!server.streams().includes(`player ${follower.identity.id()}`));
});

test("while the leader plays by iterations, frames move its followers, which ask for nothing", async () => {
  const { server, leader, follower, token, says, sends } = await followed();
  await follower.effects.players.follow(token);
  await until(() => server.streams().some((path) => path.startsWith("leader")));
  says({ playing: true, unit: "iteration" });
  await until(() => follower.at() === 6);
  await until(() => server.streams().includes(`leader ${token} *`));
  const before = server.asked("reach").length;
  sends("frame", server.frame(leader.run(), 7));
  says({ playing: true, unit: "iteration", moment: { iteration: 8, position: END } });
  sends("frame", server.frame(leader.run(), 9));
  assert.equal(follower.at(), 9);
  assert.ok(!follower.store.get().play.on);
  await sleep(20);
  assert.equal(server.asked("reach").length, before);
  says({ moment: { iteration: 9, position: END } });
  await until(() => follower.store.get().shown?.isLive === false);
});

test("a follower that tries to move is told how to stop following, and stays", async () => {
  const { leader, follower, token, says } = await followed();
  await follower.effects.players.follow(token);
  await until(() => (says(), follower.at() === 6));
  const { effects, store } = follower;
  for (const act of [
    () => effects.step("cell", 1),
    () => effects.seek({ iteration: 1 }),
    () => effects.togglePlay(),
    () => effects.trainTo(),
  ]) {
    store.dispatch({ type: "following", following: { isTold: false } });
    act();
    assert.ok(store.get().players.following?.isTold);
  }
  await sleep(5);
  assert.deepEqual([follower.run(), follower.at(), store.get().play.on], [leader.run(), 6, false]);
});

test("a page that stops following is back at its own run and moment, and its player goes on", async () => {
  const { server, follower, token, says } = await followed("?seed=5&at=2/backward/conv/dout/1");
  const mine = follower.run();
  const { moment } = follower.store.get();
  await follower.effects.players.follow(token);
  await until(() => (says(), follower.at() === 6));
  await follower.effects.players.leave();
  await until(() => follower.run() === mine && follower.at() === 2);
  assert.deepEqual(follower.store.get().shown?.moment, moment);
  assert.equal(follower.address(), "#seed=5&at=2/backward/conv/dout/1");
  assert.equal(follower.store.get().players.following, null);
  await until(() => server.streams().includes(`player ${follower.identity.id()}`));
  assert.ok(!server.streams().some((path) => path.startsWith("leader")));
});

test("a leader that goes away leaves its followers at their own places", async () => {
  const { follower, token, says, sends } = await followed();
  const mine = follower.run();
  await follower.effects.players.follow(token);
  await until(() => (says(), follower.at() === 6));
  sends("ended", {});
  await until(() => follower.run() === mine && follower.at() === 2);
  assert.equal(follower.store.get().problem, "The page you followed has closed.");
});

test("after a restart of the server the leader leads again, and its followers wait for it", async () => {
  const { server, leader, follower, token, says } = await followed();
  await follower.effects.players.follow(token);
  await until(() => (says(), follower.at() === 6));
  server.die();
  const missing = new Refusal("no_such_leader", "nobody");
  server.refusals.set(`leader ${token}`, missing);
  await until(() => follower.store.get().connection === "lost");
  server.start();
  leader.effects.checkConnection(true);
  await until(() => leader.player()?.leading === token);
  assert.equal(leader.store.get().players.leading, token);
  assert.equal(follower.store.get().players.following?.token, token);
  server.refusals.delete(`leader ${token}`);
  await until(() => {
    follower.effects.checkConnection(true);
    says({ moment: { iteration: 3, position: 2 } });
    return follower.at() === 3;
  });
  assert.equal(follower.store.get().problem, null);
});

test("an address to follow that nobody leads any more says so and opens a page", async () => {
  const server = fakeServer();
  server.refusals.set("leader x", new Refusal("no_such_leader", "nobody"));
  const { store, at, address } = await page(server, "#follow=x");
  await until(() => at() === 0);
  assert.equal(store.get().problem, "The page you followed has closed.");
  assert.ok(!address().includes("follow"));
});

test("an address to follow follows at once; who stops there stays where the leader was", async () => {
  const { server, leader, token, says } = await followed();
  const { store, effects, at, run, player, address } = await page(server, `#follow=${token}`);
  await until(() => (says(), at() === 6));
  assert.equal(player(), undefined, "it has no player before it moves by itself");
  await effects.players.leave();
  await until(() => player()?.run === leader.run());
  assert.deepEqual([run(), at(), store.get().players.following], [leader.run(), 6, null]);
  assert.match(address(), /^#seed=4&at=6/);
});

test("a follower that opens a run of its own follows no longer", async () => {
  const { server, follower, token, says } = await followed();
  await follower.effects.players.follow(token);
  await until(() => (says(), follower.at() === 6));
  await follower.effects.newRun({ seed: 11 });
  assert.equal(follower.store.get().players.following, null);
  await until(() => follower.player()?.run === follower.run());
  assert.ok(!server.streams().some((path) => path.startsWith("leader")));
  says();
  assert.equal(follower.store.get().run?.recipe.seed, 11);
});

test("what the leader does while its run is opened is shown after that", async () => {
  const { server, leader, follower, token, says } = await followed();
  server.delays.set(leader.run(), sleep(30));
  await follower.effects.players.follow(token);
  await until(() => server.streams().some((path) => path.startsWith("leader")));
  says();
  await sleep(10);
  says({ moment: { iteration: 1, position: 2 }, view: { name: "conv.dw", cell: 1 } });
  await until(() => follower.at() === 1);
  assert.deepEqual(follower.store.get().large, { name: "conv.dw", cell: 1 });
});
