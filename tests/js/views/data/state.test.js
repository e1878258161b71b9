import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { refusalOf } from "../../../../static/js/core/state.js";
import { formOf, infoIn, recipeOf } from "../../../../static/js/views/data/state.js";
import { fakeServer, page } from "../../page.js";
import { settle, until } from "../../until.js";

/** @typedef {import("../../../../static/js/wire.js").Recipe} Recipe */

const PLAIN = /** @type {Partial<Recipe>} */ ({
  preprocessing: { scaling: "unit", whitening: false, balance: "as_is", label_noise: 0 },
  augmentation: { shift: 0, rotation: 0, scale: 0, noise: 0 },
  validation: { kind: "none" },
});

/** A page with the data browser open; "mnist" has to be downloaded. @param {string} [search] */
async function browsing(search = "?dataset=digits") {
  const server = fakeServer({ dataset: "digits", ...PLAIN });
  const { transport } = server;
  /** @type {any[]} */
  const asked = [];
  const sets = [
    { name: "digits", ready: true, download: null },
    { name: "shapes", ready: true, download: null },
    { name: "mnist", ready: false, download: /** @type {any} */ (null) },
  ].map((info) => ({ ...info, title: info.name, classes: ["a", "b"] }));
  transport.getDatasets = async () => /** @type {any} */ (structuredClone(sets));
  transport.getDataset = async (name) => {
    const recipe = { dataset: name, batch_size: 16, ...PLAIN };
    return /** @type {any} */ ({ info: sets.find((info) => info.name === name), recipe });
  };
  transport.getExamples = async (recipe, split, start, _count, label) => {
    const { validation } = /** @type {Recipe} */ (recipe);
    asked.push([split, label, start, validation.kind]);
    return /** @type {any} */ ({ start, total: 100, numbers: [], counts: [50, 50] });
  };
  transport.getPreview = async () => {
    asked.push("preview");
    return /** @type {any} */ ({});
  };
  const here = await page(server, search);
  here.store.dispatch({ type: "dialog", open: "data" });
  await until(() => here.store.get().data.examples);
  return {
    ...here,
    server,
    sets,
    asked,
    data: () => here.store.get().data,
    change: (/** @type {string} */ field, /** @type {string} */ text) => {
      here.store.dispatch({ type: "data field", field, text });
      return here.effects.data.refresh();
    },
  };
}

test("the data browser opens at the set that the run is on, with its first training examples", async () => {
  const { data, asked, store } = await browsing();
  assert.equal(infoIn(data())?.name, "digits");
  assert.deepEqual(asked, [["train", null, 0, "none"]]);
  assert.equal(recipeOf(store.get())?.batch_size, 1, "the settings of the open run stay on its own data");
});

test("another set brings the recipe that learns it", async () => {
  const { effects, store } = await browsing();
  await effects.data.choose("shapes");
  assert.equal(recipeOf(store.get())?.batch_size, 16);
  await effects.data.use(null);
  assert.deepEqual(
    [store.get().run?.recipe.dataset, store.get().run?.recipe.batch_size, store.get().dialog],
    ["shapes", 16, null],
  );
});

test("an example of the open run's data is looked at where the page is, one of another set at the beginning of a new run", async () => {
  const { effects, store } = await browsing();
  const { run, moment } = store.get();
  await effects.data.use(51);
  assert.deepEqual([store.get().run, store.get().moment, store.get().look], [run, moment, 51]);
  store.dispatch({ type: "dialog", open: "data" });
  await effects.data.choose("shapes");
  await effects.data.use(12);
  const { run: opened, look } = store.get();
  assert.deepEqual([opened?.recipe.dataset, opened?.recipe.edits, look], ["shapes", [], 12]);
});

test("after the browser's Back the data browser shows the set of the run that is there", async () => {
  const { effects, data, go, store, change } = await browsing();
  await effects.data.choose("shapes");
  await change("label_noise", "0.5");
  await go("?dataset=digits&seed=5");
  assert.equal(infoIn(data())?.name, "shapes", "another run on the same data leaves the chosen set");
  assert.equal(formOf(store.get())?.label_noise, "0");
  await go("?dataset=shapes&seed=6");
  store.dispatch({ type: "dialog", close: "data" });
  await go("?dataset=digits&seed=8&validation.kind=k_fold&validation.folds=4&validation.fold=2");
  store.dispatch({ type: "dialog", open: "data" });
  await until(() => formOf(store.get())?.validation === "k_fold");
  assert.equal(infoIn(data())?.name, "digits");
  const { validation, folds, fold } = /** @type {any} */ (formOf(store.get()));
  assert.deepEqual([validation, folds, fold], ["k_fold", "4", "3"], "a person counts folds from 1");
});

test("the fields become part of the recipe, and an empty field is null", async () => {
  const { store, change } = await browsing();
  await change("scaling", "centred");
  await change("whitening", "true");
  await change("noise", " ");
  await change("validation", "hold_out");
  const { preprocessing, augmentation, validation } = /** @type {Recipe} */ (recipeOf(store.get()));
  assert.deepEqual(preprocessing, { scaling: "centred", whitening: true, balance: "as_is", label_noise: 0 });
  assert.deepEqual(augmentation, { shift: 0, rotation: 0, scale: 0, noise: NaN });
  assert.deepEqual(validation, { kind: "hold_out", share: 0.2 });
  await change("validation", "k_fold");
  assert.deepEqual(recipeOf(store.get())?.validation, { kind: "k_fold", folds: 5, fold: 0 });
});

test("pages belong to a split and a class, and the validation page closes without validation", async () => {
  const { effects, asked, data, change } = await browsing();
  await change("validation", "hold_out");
  await effects.data.turn({ split: "validation", start: 0 });
  await effects.data.turn({ label: 1, start: 48 });
  await change("validation", "none");
  assert.deepEqual(asked.slice(1), [
    ["train", null, 0, "hold_out"],
    ["validation", null, 0, "hold_out"],
    ["validation", 1, 48, "hold_out"],
    ["train", 1, 0, "none"],
  ]);
  assert.equal(data().split, "train");
});

test("the preview is fetched only while it is open", async () => {
  const { effects, asked, change } = await browsing();
  await effects.data.preview(true);
  await effects.data.preview(true);
  await change("shift", "2");
  await effects.data.preview(false);
  await change("shift", "3");
  assert.equal(asked.filter((question) => question === "preview").length, 2);
});

test("a page that arrives after another set was chosen is dropped", async () => {
  const { effects, data, server } = await browsing();
  const { getExamples } = server.transport;
  /** @type {(page: any) => void} */
  let answer = () => {};
  server.transport.getExamples = () => new Promise((resolve) => (answer = resolve));
  const late = effects.data.turn({ start: 48 });
  server.transport.getExamples = getExamples;
  await effects.data.choose("shapes");
  answer({ start: 48, total: 100, numbers: [], counts: [1, 1] });
  await late;
  assert.equal(data().examples?.start, 0);
});

test("a download is followed, and the set is shown when it is complete", async (t) => {
  const { effects, data, sets, server, asked } = await browsing();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {string[]} */
  const methods = [];
  server.transport.bringDataset = async (name, method) => {
    methods.push(`${method} ${name}`);
    sets[2].download = { running: method === "POST" };
    return /** @type {any} */ (sets[2]);
  };
  await effects.data.choose("mnist");
  assert.equal(data().detail, null);
  await effects.data.bring();
  await effects.data.bring();
  assert.deepEqual(methods, ["POST mnist", "DELETE mnist"]);
  await effects.data.bring();
  Object.assign(sets[2], { ready: true, download: null });
  const before = asked.length;
  t.mock.timers.tick(1000);
  await until(() => asked.length > before);
  await settle();
  assert.equal(data().detail?.info.name, "mnist");
  assert.equal(asked.length, before + 1);
});

test("a set is deleted at the second press, and the first of the others is shown", async () => {
  const { effects, data, sets, server } = await browsing();
  /** @type {string[]} */
  const deleted = [];
  server.transport.deleteDataset = async (name) => {
    deleted.push(name);
    return /** @type {any} */ (sets.filter((info) => info.name !== name));
  };
  await effects.data.choose("shapes");
  await effects.data.remove();
  assert.deepEqual([deleted, data().isRemoving], [[], true]);
  await effects.data.remove();
  assert.deepEqual([deleted, data().chosen, data().isRemoving], [["shapes"], "digits", false]);
});

test("the dialog shows a refusal and keeps the typed text", async () => {
  const { store, server, change } = await browsing();
  server.transport.getExamples = async () => {
    throw new Refusal("invalid", "label_noise is at most 1.");
  };
  await change("label_noise", "2");
  assert.equal(refusalOf(store.get(), "data"), "label_noise is at most 1.");
  assert.equal(formOf(store.get())?.label_noise, "2");
});
