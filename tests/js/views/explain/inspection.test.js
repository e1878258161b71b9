import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { fakeServer, page } from "../../page.js";
import { until } from "../../until.js";

/** @param {(server: any) => void} prepare @param {string} [search] */
async function inspected(prepare, search = "?at=2/backward/conv/dout/1") {
  const server = fakeServer();
  prepare(server.transport);
  return { server, ...(await page(server, search)) };
}

test("the lens shows the segment of the open number, or else the segment of the moment", async () => {
  /** @type {unknown[][]} */
  const asked = [];
  const { store, effects } = await inspected((transport) => {
    transport.getLens = async (
      /** @type {string} */ _run,
      /** @type {number} */ iteration,
      /** @type {{ example: number }} */ { example },
      /** @type {any} */ segment,
      /** @type {unknown[]} */ ...rest
    ) => {
      asked.push([iteration, example, segment.phase, segment.layer, ...rest]);
      return { name: rest[1] };
    };
  });
  store.dispatch({ type: "dialog", open: "lens" });
  await until(() => store.get().inspection.lens);
  assert.deepEqual(store.get().inspection.lens?.tensors, ["conv.dw", "conv.db", "input.dout"]);
  store.dispatch({ type: "dialog", close: "lens" });
  effects.enlarge({ name: "conv.dw", cell: 3 });
  store.dispatch({ type: "dialog", open: "lens" });
  await until(() => store.get().inspection.lens);
  await effects.look("input.dout");
  effects.enlarge({ name: "conv.out", cell: 3 });
  effects.step("cell", 1);
  await until(() => asked.length === 4);
  const moment = [2, 0, "backward", "conv", 1];
  assert.deepEqual(asked, [
    [...moment, null, null],
    [...moment, "conv.dw", 3],
    [...moment, "input.dout", null],
    [2, 0, "forward", "conv", 3, "conv.out", 3],
  ]);
});

test("a gradient check is about the clicked layer, and its dialog closes when the moment changes", async () => {
  /** @type {unknown[][]} */
  const asked = [];
  const { store, effects } = await inspected((transport) => {
    transport.getCheck = async (/** @type {unknown[]} */ ...values) => {
      asked.push(values.slice(1));
      return { passed: true };
    };
  });
  effects.openCheck("conv");
  await until(() => store.get().checks.get("conv") !== "running");
  assert.deepEqual(asked, [[2, "conv"]]);
  assert.deepEqual(store.get().checks.get("conv"), { passed: true });
  assert.equal(store.get().dialog, "check");
  effects.seek({ iteration: 4 });
  await until(() => store.get().dialog === null);
});

test("the page shows why a check or a stack was refused, and the dialogs close", async () => {
  const { store, effects } = await inspected((transport) => {
    transport.getCheck = transport.getStack = async () => {
      throw new Refusal("full", "The server is busy.");
    };
  });
  effects.openCheck("conv");
  await until(() => store.get().dialog === null);
  assert.deepEqual([store.get().dialog, store.get().problem], [null, "The server is busy."]);
  store.dispatch({ type: "problem", problem: null });
  store.dispatch({ type: "dialog", open: "stack" });
  await until(() => store.get().dialog === null);
  assert.deepEqual([store.get().dialog, store.get().problem], [null, "The server is busy."]);
});

test("a nudge is shown beside the number that it changes, and disappears with that number", async () => {
  let words = "It goes down.";
  const { store, effects } = await inspected((transport) => {
    transport.getNudge = async () => {
      if (!words) throw new Refusal("invalid", "The amount is no number.");
      return { words };
    };
  });
  effects.enlarge({ name: "conv.dw", cell: 1 });
  await effects.nudge(0.1, null);
  assert.deepEqual(store.get().inspection.nudged, { nudge: { words } });
  effects.enlarge({ name: "conv.dw", cell: 2 });
  assert.equal(store.get().inspection.nudged, null);
  words = "";
  await effects.nudge(NaN, null);
  assert.deepEqual(store.get().inspection.nudged, { problem: "The amount is no number." });
  effects.seek({ iteration: 5 });
  await until(() => store.get().inspection.nudged === null);
});

test("an answer about a run that is no longer open is dropped", async () => {
  /** @type {(() => void)[]} */
  const answers = [];
  const { store, effects } = await inspected((transport) => {
    transport.getStack = () =>
      new Promise((resolve) => {
        const number = answers.length + 1;
        answers.push(() => resolve({ records: [number] }));
      });
  });
  store.dispatch({ type: "dialog", open: "stack" });
  await effects.newRun({ seed: 99 });
  await until(() => store.get().shown);
  /** @type {unknown[]} */
  const seen = [];
  store.subscribe((state) => seen.push(state.inspection.stack));
  answers[0]();
  await until(() => answers.length === 2);
  answers[1]();
  await until(() => store.get().inspection.stack);
  assert.deepEqual(seen, [{ records: [2] }]);
});
