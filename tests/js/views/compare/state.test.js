import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { refusalOf } from "../../../../static/js/core/state.js";
import { formOf } from "../../../../static/js/views/compare/state.js";
import { fakeServer, page } from "../../page.js";
import { until } from "../../until.js";

const OPTIONS = /** @type {any} */ ({ optimizer: [{ value: { kind: "sgd" } }], initialisation: [] });

/** A page with the comparison open, whose server needs some polls for a sweep. @param {number} [polls] */
async function comparing(polls = 0) {
  const server = fakeServer({ epochs: 20 });
  const { transport } = server;
  /** @type {any[]} */
  const begun = [];
  let left = polls;
  let status = "done";
  const report = (/** @type {string} */ id) =>
    /** @type {any} */ ({ id, status: left > 0 ? "running" : status, runs: [] });
  transport.getOptions = async () => OPTIONS;
  transport.beginSweep = async (sweep) => {
    begun.push(sweep);
    left = polls;
    return report(`sweep ${begun.length}`);
  };
  transport.getSweep = async (id) => {
    left--;
    return report(id);
  };
  transport.cancelSweep = async (id) => {
    left = 0;
    status = "cancelled";
    return report(id);
  };
  const here = await page(server, "?seed=3&optimizer.learning_rate=0.05");
  here.store.dispatch({ type: "dialog", open: "compare" });
  await until(() => formOf(here.store.get()));
  return {
    ...here,
    server,
    begun,
    form: () => /** @type {NonNullable<ReturnType<typeof formOf>>} */ (formOf(here.store.get())),
    type: (/** @type {string} */ field, /** @type {string} */ text) =>
      here.store.dispatch({ type: "compare field", field, text }),
    compare: () => here.store.get().compare,
  };
}

test("the form suggests values for the open run, and follows it", async () => {
  const { form, type, go } = await comparing();
  assert.deepEqual(form(), {
    axes: [
      { kind: "learning_rate", values: "0.01, 0.05, 0.1" },
      { kind: "", values: "" },
    ],
    epochs: "3",
  });
  type("kind1", "batch_size");
  await go("?optimizer.learning_rate=0.5&epochs=2");
  assert.deepEqual(form().axes, [
    { kind: "learning_rate", values: "0.1, 0.5, 1" },
    { kind: "batch_size", values: "1, 8, 32" },
  ]);
  assert.equal(form().epochs, "2");
});

test("typed text stays until another axis is chosen", async () => {
  const { form, type, go } = await comparing();
  type("values0", "0.02, 0.2");
  type("epochs", "5");
  await go("?optimizer.learning_rate=0.5");
  assert.deepEqual([form().axes[0].values, form().epochs], ["0.02, 0.2", "5"]);
  type("kind0", "dropout");
  assert.equal(form().axes[0].values, "0, 0.25, 0.5");
});

test("a sweep uses the open run without its edits, and typed text is sent unchecked", async () => {
  const { effects, begun, type, store } = await comparing();
  await effects.edit({ kind: "learning_rate", iteration: 1, value: 1 });
  type("values0", "0.02, big");
  type("epochs", "");
  await effects.compare.begin();
  const { recipe, axes } = begun[0];
  assert.deepEqual(axes, [{ kind: "learning_rate", values: [0.02, "big"] }]);
  assert.deepEqual([recipe.seed, recipe.edits, recipe.epochs], [3, [], NaN]);
  assert.equal(store.get().compare.sweep?.status, "done");
});

test("a sweep is followed while its dialog is open, and again when the dialog reopens", async (t) => {
  const { effects, compare, store } = await comparing(2);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const following = effects.compare.begin();
  await until(() => compare().sweep?.status === "running");
  store.dispatch({ type: "dialog", close: "compare" });
  t.mock.timers.tick(1000);
  await following;
  assert.equal(compare().sweep?.status, "running");
  store.dispatch({ type: "dialog", open: "compare" });
  await until(() => compare().sweep?.status !== "running");
  assert.equal(compare().sweep?.status, "done");
});

test("a cancelled sweep ends, and a new one begins unsorted", async () => {
  const { effects, compare, store } = await comparing(1000);
  void effects.compare.begin();
  await until(() => compare().sweep?.status === "running");
  store.dispatch({ type: "sort", column: "accuracy" });
  assert.deepEqual(compare().order, { column: "accuracy", isDescending: true });
  store.dispatch({ type: "sort", column: "accuracy" });
  assert.deepEqual(compare().order, { column: "accuracy", isDescending: false });
  store.dispatch({ type: "sort", column: "loss" });
  await effects.compare.cancel();
  assert.equal(compare().sweep?.status, "cancelled");
  assert.deepEqual(compare().order, { column: "loss", isDescending: false });
  void effects.compare.begin();
  await until(() => compare().sweep?.id === "sweep 2");
  assert.deepEqual(compare().order, { column: null, isDescending: false });
  store.dispatch({ type: "dialog", close: "compare" });
});

test("a run of the sweep is opened, and the dialog closes", async () => {
  const { effects, store } = await comparing();
  await effects.compare.open(/** @type {any} */ ({ seed: 12 }));
  assert.deepEqual([store.get().run?.recipe.seed, store.get().dialog], [12, null]);
});

test("the dialog shows a refusal", async () => {
  const { effects, store, server } = await comparing();
  server.transport.beginSweep = async () => {
    throw new Refusal("invalid", "A rate is above 0.");
  };
  await effects.compare.begin();
  assert.equal(refusalOf(store.get(), "compare"), "A rate is above 0.");
});
