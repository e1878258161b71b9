import assert from "node:assert/strict";
import { test } from "node:test";
import { createStream } from "../../../static/js/core/effects/stream.js";
import { Refusal } from "../../../static/js/core/refusals.js";
import { ownClock } from "../clock.js";
import { settle } from "../until.js";

const UNREACHABLE = new Refusal("unreachable", "The server does not answer.");

/**
 * A stream with a clock that the test moves, and what happens to it.
 * @param {import("node:test").TestContext} context
 */
function watched(context) {
  const clock = ownClock();
  /** @type {any[]} */
  const sources = [];
  /** @type {unknown[]} */
  const told = [];
  let isThere = true;
  let isHung = false;
  /** How often all requests that wait were ended. */
  let ended = 0;
  context.mock.method(Math, "random", () => 1);
  /** @type {any} */
  const transport = {
    listen(/** @type {string} */ path, /** @type {any} */ on) {
      const source = { path, on, isClosed: false };
      sources.push(source);
      return () => (source.isClosed = true);
    },
    giveUp: () => void ended++,
  };
  const stream = createStream(
    transport,
    {
      path: () => "events",
      on: { progress: (news) => told.push(news), frame: () => {} },
      prepare: async () => {
        if (!isThere) throw UNREACHABLE;
        if (isHung) await new Promise(() => {});
      },
      lost: () => told.push("lost"),
      live: () => told.push("live"),
      refused: (error) => told.push(/** @type {Refusal} */ (error).code),
    },
    clock,
  );
  return {
    stream,
    sources,
    told,
    newest: () => sources[sources.length - 1],
    serverIsThere: (/** @type {boolean} */ yes) => (isThere = yes),
    serverHangs: (/** @type {boolean} */ yes) => (isHung = yes),
    ended: () => ended,
    advance: clock.advance,
  };
}

/** @param {ReturnType<typeof watched>} page */
async function open({ stream, newest }) {
  stream.open();
  await settle();
  newest().on.opened();
}

test("a stream that breaks is tried again, after pauses that grow to three seconds", async (context) => {
  const page = watched(context);
  await open(page);
  page.newest().on.lost(UNREACHABLE);
  assert.deepEqual(page.told, ["live", "lost"]);
  for (const [count, seconds] of [0.5, 1, 2, 3, 3].entries()) {
    await page.advance(seconds - 0.25);
    assert.equal(page.sources.length, count + 1, "before the pause has ended");
    await page.advance(0.25);
    assert.equal(page.sources.length, count + 2);
    page.newest().on.lost(UNREACHABLE);
  }
  await page.advance(3);
  page.newest().on.opened();
  assert.equal(page.told.at(-1), "live");
  page.newest().on.lost(UNREACHABLE);
  const { length } = page.sources;
  await page.advance(0.5);
  assert.equal(page.sources.length, length + 1, "after a success, the pauses begin anew");
  page.stream.close();
});

test("pauses are random, so that pages do not reconnect together", async (context) => {
  const page = watched(context);
  context.mock.method(Math, "random", () => 0);
  await open(page);
  page.newest().on.lost(UNREACHABLE);
  await page.advance(0.25);
  assert.equal(page.sources.length, 2);
  page.stream.close();
});

test("the page opens no stream while the server does not answer", async (context) => {
  const page = watched(context);
  await open(page);
  page.serverIsThere(false);
  page.newest().on.lost(UNREACHABLE);
  await page.advance(10);
  assert.equal(page.sources.length, 1);
  page.serverIsThere(true);
  await page.advance(3);
  assert.equal(page.sources.length, 2);
  page.stream.close();
});

test("after four seconds of silence the connection is lost, and all waiting requests end; a live stream stays", async (context) => {
  const page = watched(context);
  await open(page);
  for (let times = 0; times < 6; times++) {
    await page.advance(3);
    page.newest().on.alive({});
  }
  await page.advance(4);
  assert.deepEqual([page.sources.length, page.told, page.ended()], [1, ["live"], 0]);
  await page.advance(0.5);
  assert.deepEqual([page.sources[0].isClosed, page.told, page.ended()], [true, ["live", "lost"], 1]);
  await page.advance(0.5);
  assert.equal(page.sources.length, 2);
  page.stream.close();
});

test("an attempt without an answer ends, and the next one follows", async (context) => {
  const page = watched(context);
  await open(page);
  page.serverHangs(true);
  await page.advance(5);
  assert.equal(page.ended(), 1);
  await page.advance(11);
  assert.equal(page.ended(), 2, "an attempt that asks");
  page.serverHangs(false);
  await page.advance(1);
  assert.equal(page.sources.length, 2);
  await page.advance(10.5);
  assert.deepEqual([page.ended(), page.sources[1].isClosed], [3, true], "an attempt that listens");
  await page.advance(2);
  page.newest().on.opened();
  assert.equal(page.told.at(-1), "live");
  page.stream.close();
});

test("after sleep of the computer the page reads the events that have arrived, or soon says that the connection is lost", async (context) => {
  const page = watched(context);
  await open(page);
  await page.advance(0.5, 8 * 3600);
  page.newest().on.alive({});
  await page.advance(1);
  assert.deepEqual(page.told, ["live"]);
  await page.advance(1, 8 * 3600);
  assert.deepEqual(page.told, ["live", "lost"]);
  await page.advance(0.5);
  assert.equal(page.sources.length, 2);
  page.stream.close();
});

test("a page in the background, whose timers rarely run, notices a silent stream, too", async (context) => {
  const page = watched(context);
  await open(page);
  await page.advance(0.5, 60);
  await page.advance(0.5, 60);
  assert.deepEqual(page.told, ["live", "lost"]);
  page.stream.close();
});

test("a page that comes into view again looks after its stream only where that was silent for long", async (context) => {
  const page = watched(context);
  await open(page);
  await page.advance(2);
  page.stream.check();
  await settle();
  assert.equal(page.sources.length, 1);
  await page.advance(1);
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

test("if a server refuses another stream, the page says so, and tries again after at most five seconds", async (context) => {
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
