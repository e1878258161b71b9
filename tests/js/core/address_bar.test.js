import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeServer, page, sleep } from "../page.js";
import { until } from "../until.js";
import { Refusal } from "../../../static/js/core/refusals.js";

/** Longer than a page waits before it changes the address. */
const WRITTEN_MS = 250;

/** @param {string} [address] */
async function opened(address) {
  const server = fakeServer();
  const here = await page(server, address);
  await until(() => here.at() !== undefined);
  return { server, ...here };
}

test("a link stays in the address bar until the page moves on, then the address stands after #", async () => {
  for (const link of [
    "",
    "?seed=3&at=2",
    "#seed=3&at=2",
    "?seed=3&at=2&utm_source=mail",
    "?seed=3&view=none/0",
  ]) {
    const here = await opened(link);
    await sleep(WRITTEN_MS);
    assert.equal(here.address(), link);
    here.effects.step("iteration", 1);
    await until(() => here.address() !== link);
    assert.match(here.address(), link ? /^#seed=3&at=\d\// : /^#at=\d\//);
    assert.deepEqual(here.pushed, []);
  }
});

test("the address after # goes before the one after ?", async () => {
  const here = await opened("?seed=3&at=2#seed=4&at=1");
  assert.deepEqual([here.store.get().run?.recipe.seed, here.at()], [4, 1]);
});

test("a person who changes the address goes there, and so do Back and Forward", async () => {
  const { store, at, go, browser } = await opened("#seed=3&at=2");
  await go("#seed=4&at=1");
  await until(() => at() === 1 && store.get().run?.recipe.seed === 4);
  browser.go(-1);
  await until(() => at() === 2 && store.get().run?.recipe.seed === 3);
  browser.go(1);
  await until(() => at() === 1 && store.get().run?.recipe.seed === 4);
});

test("a change of the address opens it once, also where the browser reports it twice", async () => {
  const { server, go, at } = await opened("#at=2");
  let made = 0;
  const { createRun } = server.transport;
  server.transport.createRun = (recipe) => (made++, createRun(recipe));
  await go("#at=1");
  await until(() => at() === 1);
  assert.equal(made, 1);
});

test("a link with one bad value opens with the rest, and says what it leaves out and why", async () => {
  const server = fakeServer();
  const { createRun } = server.transport;
  server.transport.createRun = async (recipe) => {
    const { seed, batch_size } = /** @type {any} */ (recipe);
    if (typeof seed !== "number") throw new Refusal("invalid", "seed should be a number.", "seed");
    if (batch_size === 0) throw new Refusal("invalid", "batch_size should be above 0.", "batch_size");
    return createRun(recipe);
  };
  const here = await page(server, "?seed=x&batch_size=0&at=2&nonsense=1&example=77");
  await until(() => here.at() === 2);
  assert.equal(
    here.store.get().problem,
    "The address has “seed=x”, which is left out: seed should be a number. " +
      "The address has “batch_size=0”, which is left out: batch_size should be above 0. " +
      "The address has “nonsense”, which nothing here knows; it is left out. " +
      "The address has “example=77”, which is left out: the examples of a batch of this run are numbered 0 to 0.",
  );
});

test("where no value of the link is at fault, the default run opens and says why", async () => {
  const server = fakeServer();
  const { createRun } = server.transport;
  server.transport.createRun = (recipe) => {
    if (/** @type {any} */ (recipe).seed === 3) throw new Refusal("full", "The server is full.");
    return createRun(recipe);
  };
  const here = await page(server, "#seed=3&at=2");
  await until(() => here.at() === 2);
  const { problem, run } = here.store.get();
  assert.match(problem ?? "", /cannot be made: The server is full\. This is the default run\.$/);
  assert.equal(run?.recipe.seed, 7);
});
