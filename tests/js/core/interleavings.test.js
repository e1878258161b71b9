import assert from "node:assert/strict";
import { test } from "node:test";
import { speedOf } from "../../../static/js/core/speed.js";
import { Refusal } from "../../../static/js/core/refusals.js";
import { isLive } from "../../../static/js/core/state.js";
import { RUN } from "../fixture.js";
import { fakeServer, fakeTab, page } from "../page.js";

const SEEDS = 40;
const ACTIONS = 40;
const TICK = 10;
/** Virtual seconds in which a page must have recovered from all that happened to it. */
const QUIET_SECONDS = 8;

/** @param {number} seed @returns {(below: number) => number} whole numbers from 0 on (mulberry32) */
function randomNumbers(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** @param {number} ms */
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Makes a server slow, and lets it lose questions and answers, and delay its events.
 * @param {ReturnType<typeof fakeServer>} server @param {(below: number) => number} random
 */
function unreliable({ transport }, random) {
  const hazards = { isOver: false };
  const lose = () => {
    if (!hazards.isOver && random(20) === 0) throw new Refusal("unreachable", "lost");
  };
  const wild = /** @type {any} */ (transport);
  for (const name of ["putPlayer", "getPlayer", "reach", "createRun", "getTimeline", "getWindow"]) {
    const ask = wild[name];
    wild[name] = async (/** @type {any[]} */ ...values) => {
      await later(random(30));
      lose();
      const answer = await ask(...values);
      await later(random(30));
      lose();
      return answer;
    };
  }
  const { listen } = wild;
  wild.listen = (/** @type {string} */ path, /** @type {any} */ on) => {
    let before = Promise.resolve();
    const entries = Object.entries(on).map(([name, act]) => [
      name,
      (/** @type {any} */ data) => {
        // Events are late, but in order.
        const now = Promise.all([before, later(random(30))]);
        before = now.then(() => act(data));
      },
    ]);
    return listen(path, Object.fromEntries(entries));
  };
  return hazards;
}

for (let seed = 1; seed <= SEEDS; seed++)
  test(`late and lost answers, events and restarts leave page and player of one mind (${seed})`, async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    let now = 0;
    context.mock.method(performance, "now", () => now);
    /** @param {number} ms */
    const advance = async (ms) => {
      for (const end = now + ms; now < end;) {
        now += TICK;
        context.mock.timers.tick(TICK);
        await new Promise(setImmediate);
      }
    };
    const random = randomNumbers(seed);
    const server = fakeServer();
    const opened = page(server, "?at=0", fakeTab());
    await advance(200);
    const { store, effects, identity, player, run, at } = await opened;
    const hazards = unreliable(server, random);
    const pick = (/** @type {readonly any[]} */ list) => list[random(list.length)];

    /** @type {(() => unknown)[]} */
    const acts = [
      () => effects.step(pick(["cell", "layer", "phase", "iteration"]), pick([1, -1])),
      () => effects.seek({ iteration: random(RUN.iterations), position: 1 + random(RUN.positions) }),
      () => effects.togglePlay(),
      () => effects.togglePlay(),
      () => effects.setPlay({ unit: pick(["cell", "layer", "iteration", "epoch"]) }),
      () => effects.setPlay({ speed: pick([5, 50, null]) }),
      () => effects.trainTo(0.97),
      () => player() && server.train(run(), random(RUN.iterations)),
      () => player() && server.train(run(), random(RUN.iterations)),
      () => {
        const { playing, unit } = player() ?? {};
        if (playing && (unit === "iteration" || unit === "epoch"))
          server.change(identity.id(), { playing: false });
      },
      () => effects.newRun({ seed: random(3) }).catch(effects.report),
      () => {
        server.die();
        setTimeout(server.start, random(1500));
      },
      () => effects.checkConnection(true),
    ];
    for (let count = 0; count < ACTIONS; count++) {
      pick(acts)();
      await advance(TICK * random(12));
    }
    hazards.isOver = true;
    await advance(QUIET_SECONDS * 1000);
    // What plays by the page's own timer never rests.
    if (store.get().play.on && !isLive(store.get())) effects.togglePlay();
    await advance(2000);

    const { play, moment, example, shown, connection } = store.get();
    assert.equal(connection, "live");
    const mine = player();
    assert.deepEqual(
      [mine?.run, mine?.playing, mine?.speed, mine?.goal],
      [run(), play.on, speedOf(play), play.goal],
      "the player does what the page shows",
    );
    assert.equal(shown?.iteration.run, run());
    if (!play.on) {
      assert.deepEqual([mine?.moment, shown?.moment, shown?.isLive], [moment, moment, false]);
      assert.equal(shown?.example, example);
      return;
    }
    server.train(run(), 9);
    await advance(100);
    assert.equal(at(), 9);
  });
