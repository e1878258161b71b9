import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeServer, page, sleep } from "../page.js";
import { until } from "../until.js";

test("the page does not wait for a moment far ahead when an earlier one is requested", async () => {
  const server = fakeServer();
  const { effects, at } = await page(server, "?at=2");
  server.delays.set("reach", new Promise(() => {}));
  effects.seek({ iteration: 8 });
  await sleep(5);
  server.delays.delete("reach");
  effects.seek({ iteration: 1 });
  await until(() => at() === 1);
});

test("steps that are requested faster than they are computed are shown one after another", async () => {
  const server = fakeServer();
  const { store, effects, at } = await page(server, "?at=0");
  server.delays.set("reach", sleep(20));
  /** @type {Set<number | undefined>} */
  const seen = new Set();
  store.subscribe(() => seen.add(at()));
  for (let times = 0; times < 3; times++) effects.step("iteration", 1);
  await until(() => at() === 3);
  assert.ok(seen.has(1), "the step that was asked for first");
});
