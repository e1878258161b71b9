import { find, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { mountSettings } from "../../../../static/js/views/settings/dialog.js";
import { fakeServer, page } from "../../page.js";
import { until } from "../../until.js";

const OPTIONS = /** @type {any} */ ({
  optimizer: [
    { title: "SGD", about: "plain", value: { kind: "sgd", learning_rate: 0.03 } },
    { title: "Adam", about: "adaptive", value: { kind: "adam", learning_rate: 0.001, beta1: 0.9 } },
  ],
  loss: [{ title: "Cross-entropy", about: "", value: { kind: "cross_entropy", class_weights: [] } }],
  schedule: [{ title: "Constant", about: "", value: { kind: "constant" } }],
  initialisation: [{ title: "He", about: "", value: { kind: "he" } }],
  early_stopping: [{ title: "never", about: "", value: { kind: "never" } }],
});

/** The page with Settings mounted and open. @param {string} search */
async function settings(search) {
  openPage("settings");
  const server = fakeServer(
    /** @type {any} */ ({
      loss: { kind: "cross_entropy", class_weights: [1, 2] },
      schedule: { kind: "constant" },
      initialisation: { kind: "he" },
      early_stopping: { kind: "never" },
      epochs: 20,
      dtype: "float32",
    }),
  );
  server.transport.getOptions = async () => OPTIONS;
  const here = await page(server, search);
  const dialog = /** @type {HTMLDialogElement} */ (find("#settings"));
  here.store.subscribe(mountSettings(dialog, here));
  here.store.dispatch({ type: "dialog", open: "settings" });
  await until(() => dialog.open);
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (find(`[name="${name}"]`, dialog));
  return {
    ...here,
    server,
    dialog,
    field,
    type: (/** @type {string} */ name, /** @type {string} */ text) => {
      field(name).value = text;
      field(name).dispatchEvent(new Event("input", { bubbles: true }));
    },
    submit: () => void find("form", dialog).dispatchEvent(new Event("submit", { cancelable: true })),
  };
}

test("the form of Settings opens with the numbers of the run", async () => {
  const { dialog, field } = await settings("?seed=3&batch_size=8");
  assert.equal(dialog.open, true);
  assert.deepEqual(
    [field("seed").value, field("batch_size").value, field("dtype").value],
    ["3", "8", "float32"],
  );
  assert.deepEqual(textsOf("[name=optimizer] option", dialog), ["SGD", "Adam"]);
  assert.equal(field("loss.class_weights").value, "1, 2");
  assert.equal(textOf("#edit-rate", dialog), "Change the learning rate from step 1 on");
});

test("after the browser's Back the fields show the open run", async () => {
  const { field, type, go, submit, store, dialog } = await settings("?seed=3&batch_size=8");
  type("batch_size", "64");
  type("optimizer", "adam");
  assert.equal(field("learning_rate").value, "0.001");
  assert.equal(field("optimizer.beta1").value, "0.9");
  await go("?seed=4&batch_size=5");
  assert.deepEqual(
    [field("seed").value, field("batch_size").value, field("optimizer").value],
    ["4", "5", "sgd"],
  );
  assert.equal(dialog.querySelector('[name="optimizer.beta1"]'), null);
  submit();
  await until(() => !dialog.open);
  const { seed, batch_size } = /** @type {any} */ (store.get().run).recipe;
  assert.deepEqual([seed, batch_size], [4, 5]);
});

test("the dialog shows a refusal and keeps the typed text", async () => {
  const { type, field, submit, server, dialog } = await settings("?seed=3");
  server.transport.createRun = async () => {
    throw new Refusal("invalid", "batch_size must be above 0.");
  };
  const problem = find(".problem", dialog);
  assert.equal(problem.hidden, true);
  type("batch_size", "0");
  submit();
  await until(() => !problem.hidden);
  assert.deepEqual([problem.hidden, problem.textContent], [false, "batch_size must be above 0."]);
  assert.deepEqual([field("batch_size").value, dialog.open], ["0", true]);
});
