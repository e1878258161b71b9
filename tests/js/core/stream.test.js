import assert from "node:assert/strict";
import { test } from "node:test";
import { createStream } from "../../../static/js/core/effects/stream.js";
import { Refusal } from "../../../static/js/core/refusals.js";
import { settle } from "../until.js";

const UNREACHABLE = new Refusal("unreachable", "The server does not answer.");

/**
 * A stream with a clock that the test moves, and what happens to it.
 * @param {import("node:test").TestContext} context
 */
function watched(context) {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let now = 0;
  context.mock.method(performance, "now", () => now);
  /** @type {any[]} */
  const sources = [];
  /** @type {unknown[]} */
  const told = [];
  let isThere = true;
  /** @type {any} */
  const transport = {
    listen(/** @type {string} */ path, /** @type {any} */ on) {
      const source = { path, on, isClosed: false };
      sources.push(source);
      return () => (source.isClosed = true);
    },
  };
  const stream = createStream(transport, {
    path: () => "events",
    on: { progress: (news) => told.push(news), frame: () => {} },
    prepare: async () => {
      if (!isThere) throw UNREACHABLE;
    },
    lost: () => told.push("lost"),
    live: () => told.push("live"),
    refused: (error) => told.push(/** @type {Refusal} */ (error).code),
  });
  return {
    stream,
    sources,
    told,
    newest: () => sources[sources.length - 1],
    serverIsThere: (/** @type {boolean} */ yes) => (isThere = yes),
    /** @param {number} seconds @param {number} [slept] seconds in which no timer runs */
    async advance(seconds, slept = 0) {
      now += 1000 * slept;
      for (let passed = 0; passed < seconds; passed++) {
        now += 1000;
        context.mock.timers.tick(1000);
        await settle();
      }
    },
  };
}

/** @param {ReturnType<typeof watched>} page */
async function open({ stream, newest }) {
  stream.open();
  await settle();
  newest().on.opened();
}

test("a stream that breaks is tried again each second until the server answers", async (context) => {
  const page = watched(context);
  await open(page);
  page.serverIsThere(false);
  page.newest().on.lost(UNREACHABLE);
  assert.deepEqual(page.told, ["live", "lost"]);
  await page.advance(10);
  assert.equal(page.sources.length, 1, "nobody listens to a server that does not answer");
  page.serverIsThere(true);
  await page.advance(1);
  assert.equal(page.sources.length, 2);
  page.newest().on.opened();
  assert.equal(page.told.at(-1), "live");
  page.stream.close();
});

test("a stream that is silent for twenty seconds is opened anew; one that says that it is alive stays", async (context) => {
  const page = watched(context);
  await open(page);
  for (let times = 0; times < 6; times++) {
    await page.advance(5);
    page.newest().on.alive({});
  }
  assert.equal(page.sources.length, 1);
  await page.advance(20);
  assert.equal(page.sources.length, 1);
  await page.advance(1);
  assert.deepEqual([page.sources.length, page.sources[0].isClosed], [2, true]);
  page.stream.close();
});

test("after the sleep of a computer the stream is opened anew at once", async (context) => {
  const page = watched(context);
  await open(page);
  await page.advance(1, 8 * 3600);
  assert.equal(page.sources.length, 2);
  page.stream.close();
});

test("a page that comes into view again looks after its stream only where that was silent for long", async (context) => {
  const page = watched(context);
  await open(page);
  await page.advance(6);
  page.stream.check();
  await settle();
  assert.equal(page.sources.length, 1);
  await page.advance(2);
  page.stream.check();
  await settle();
  assert.equal(page.sources.length, 2);
  page.newest().on.opened();
  page.stream.check(true);
  await settle();
  assert.equal(page.sources.length, 3, "the network is another");
  page.stream.close();
});

test("a network that is back does not wait for the next attempt", async (context) => {
  const page = watched(context);
  await open(page);
  page.newest().on.lost(UNREACHABLE);
  assert.equal(page.sources.length, 1);
  page.stream.check(true);
  await settle();
  assert.equal(page.sources.length, 2);
  page.stream.close();
});

test("a server without a place for one more stream says so, and is asked again after five seconds", async (context) => {
  const page = watched(context);
  page.stream.open();
  await settle();
  page.newest().on.lost(new Refusal("full", "All places are taken."));
  assert.deepEqual(page.told, ["full", "lost"]);
  await page.advance(4);
  assert.equal(page.sources.length, 1);
  await page.advance(1);
  assert.equal(page.sources.length, 2);
  page.stream.close();
});

test("what an earlier attempt hears late is dropped", async (context) => {
  const page = watched(context);
  await open(page);
  page.stream.open();
  await settle();
  page.sources[0].on.progress("late");
  page.sources[0].on.lost(UNREACHABLE);
  page.newest().on.progress("new");
  assert.deepEqual(page.told, ["live", "new"]);
  page.stream.close();
});

test("a stream that is closed tries nothing any more", async (context) => {
  const page = watched(context);
  await open(page);
  page.newest().on.lost(UNREACHABLE);
  page.stream.close();
  page.stream.check(true);
  await page.advance(60);
  assert.equal(page.sources.length, 1);
});
