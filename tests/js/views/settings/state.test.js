import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { refusalOf } from "../../../../static/js/core/state.js";
import { formOf, recipeIn } from "../../../../static/js/views/settings/state.js";
import { fakeServer, page } from "../../page.js";
import { until } from "../../until.js";

/** @typedef {import("../../../../static/js/core/state.js").State} State */

const OPTIONS = /** @type {any} */ ({
  optimizer: [
    { title: "SGD", about: "plain", value: { kind: "sgd", learning_rate: 0.03 } },
    { title: "Adam", about: "adaptive", value: { kind: "adam", learning_rate: 0.001, beta1: 0.9 } },
  ],
  loss: [
    {
      title: "Cross-entropy",
      about: "",
      value: { kind: "cross_entropy", label_smoothing: 0, class_weights: [] },
    },
  ],
  schedule: [
    { title: "Constant", about: "", value: { kind: "constant" } },
    { title: "Cosine", about: "", value: { kind: "cosine", final: 0 } },
  ],
  initialisation: [{ title: "He", about: "", value: { kind: "he" } }],
  early_stopping: [
    { title: "never", about: "", value: { kind: "never", clip_norm: null } },
    { title: "patience", about: "", value: { kind: "patience", patience: 3 } },
  ],
});

/** A page with Settings open, on a run with the seed and the learning rate of the address. @param {string} search */
async function settings(search) {
  const server = fakeServer(
    /** @type {any} */ ({
      loss: { kind: "cross_entropy", label_smoothing: 0.1, class_weights: [1, 2] },
      schedule: { kind: "constant" },
      initialisation: { kind: "he" },
      early_stopping: { kind: "never", clip_norm: null },
      epochs: 20,
      dtype: "float32",
    }),
  );
  server.transport.getOptions = async () => OPTIONS;
  const here = await page(server, search);
  here.store.dispatch({ type: "dialog", open: "settings" });
  await until(() => formOf(here.store.get()));
  return {
    ...here,
    server,
    form: () => /** @type {NonNullable<ReturnType<typeof formOf>>} */ (formOf(here.store.get())),
    type: (/** @type {string} */ field, /** @type {string} */ text) =>
      here.store.dispatch({ type: "settings", field, text }),
    seed: () => here.store.get().run?.recipe.seed,
  };
}

test("the form shows the numbers of the open run, or the text that a person types", async () => {
  const { form, type } = await settings("?seed=3");
  const { texts, choices } = form();
  assert.deepEqual([texts.seed, texts.batch_size, texts.dtype], ["3", "1", "float32"]);
  assert.equal(texts.learning_rate, "0.1", "the rate at the moment shown");
  assert.deepEqual(
    choices.loss.fields.map(({ label, text, isList }) => [label, text, isList]),
    [
      ["label smoothing", "0.1", false],
      ["class weights", "1, 2", true],
    ],
  );
  type("batch_size", "12");
  assert.deepEqual([form().texts.batch_size, form().texts.seed], ["12", "3"]);
});

test("after the browser's Back the form shows the open run, and a new run starts from its numbers", async () => {
  const { form, type, go, effects, store } = await settings("?seed=3&batch_size=2");
  type("batch_size", "64");
  type("optimizer", "adam");
  await go("?seed=4&batch_size=5");
  assert.equal(store.get().dialog, "settings");
  const { texts, choices } = form();
  assert.deepEqual([texts.seed, texts.batch_size, choices.optimizer.kind], ["4", "5", "sgd"]);
  type("seed", "9");
  await effects.settings.start();
  const { seed, batch_size, optimizer } = /** @type {any} */ (store.get().run).recipe;
  assert.deepEqual([seed, batch_size, optimizer.kind], [9, 5, "sgd"]);
  assert.equal(store.get().dialog, null);
});

test("another optimizer comes with its own numbers and learning rate", async () => {
  const { form, type, effects, store } = await settings("");
  type("optimizer", "adam");
  assert.equal(form().texts.learning_rate, "0.001");
  type("optimizer.beta1", "0.8");
  type("learning_rate", "0.5");
  await effects.settings.start();
  assert.deepEqual(store.get().run?.recipe.optimizer, { kind: "adam", learning_rate: 0.5, beta1: 0.8 });
  store.dispatch({ type: "dialog", open: "settings" });
  type("optimizer.beta1", "0.7");
  type("optimizer", "sgd");
  assert.deepEqual(form().choices.optimizer.fields, []);
  type("optimizer", "adam");
  assert.equal(form().choices.optimizer.fields[0].text, "0.9");
});

test("an empty field is sent as null, and so is an unused number; an empty list is sent as such", async () => {
  const { form, type } = await settings("");
  type("seed", " ");
  type("loss.class_weights", "");
  const { seed, loss, early_stopping } = /** @type {any} */ (recipeIn(form(), OPTIONS));
  assert.ok(Number.isNaN(seed));
  assert.deepEqual(loss, { kind: "cross_entropy", label_smoothing: 0.1, class_weights: [] });
  assert.deepEqual(early_stopping, { kind: "never", clip_norm: null });
});

test("a schedule starts from the optimizer's rate, not from the rate at the moment shown", async () => {
  const { form, store } = await settings("?schedule.kind=cosine&schedule.final=0");
  assert.equal(store.get().shown?.iteration.learning_rate, 0.1);
  assert.equal(form().texts.learning_rate, "0.05");
});

test("the dialog shows a refusal and the typed text until the next attempt or until it closes", async () => {
  const { form, type, effects, store, server } = await settings("");
  const { createRun } = server.transport;
  server.transport.createRun = async () => {
    throw new Refusal("invalid", "batch_size must be above 0.");
  };
  type("batch_size", "0");
  await effects.settings.start();
  assert.equal(refusalOf(store.get(), "settings"), "batch_size must be above 0.");
  assert.deepEqual([form().texts.batch_size, store.get().dialog], ["0", "settings"]);
  assert.equal(refusalOf(store.get(), "evaluation"), null);
  store.dispatch({ type: "dialog", close: "settings" });
  store.dispatch({ type: "dialog", open: "settings" });
  assert.equal(refusalOf(store.get(), "settings"), null);
  assert.equal(form().texts.batch_size, "1");
  server.transport.createRun = createRun;
  type("learning_rate", "0.25");
  await effects.settings.changeLearningRate();
  assert.deepEqual(store.get().run?.recipe.edits, [{ kind: "learning_rate", iteration: 1, value: 0.25 }]);
});

test("without options the dialog closes, and the page says why", async () => {
  const server = fakeServer();
  server.transport.getOptions = async () => {
    throw new Refusal("unreachable", "The server does not answer.");
  };
  const { store } = await page(server);
  store.dispatch({ type: "dialog", open: "settings" });
  assert.equal(formOf(store.get()), null);
  await until(() => store.get().problem);
  assert.deepEqual([store.get().dialog, store.get().problem], [null, "The server does not answer."]);
});
