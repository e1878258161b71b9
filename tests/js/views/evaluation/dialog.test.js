import { find, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { mountEvaluation } from "../../../../static/js/views/evaluation/dialog.js";
import { typed } from "../../fixture.js";
import { fakeServer, page } from "../../page.js";
import { until } from "../../until.js";

const SPLIT = { done: 4, total: 4, accuracy: 0.75, loss: 0.5, wrong: 1, confusion: typed([2, 0, 1, 1]) };

/** The page with the evaluation mounted and open. @param {object} [changes] to the survey */
async function evaluating(changes = {}) {
  openPage("evaluation");
  const server = fakeServer();
  const { transport } = server;
  transport.beginEvaluation = async (run, iteration) =>
    /** @type {any} */ ({
      run,
      iteration,
      status: "done",
      parts: [
        { part: "test", ...SPLIT },
        { part: "train", ...SPLIT, total: 1000, done: 1000 },
      ],
      ...changes,
    });
  transport.getEvaluation = transport.beginEvaluation;
  transport.getAnswers = async (_run, part, { start, label }) =>
    /** @type {any} */ ({
      part,
      start,
      total: label === null ? 41 : 1,
      images: { ...typed([0, 1, 2, 3]), shape: "1, 1, 2, 2" },
      signed: false,
      answers: [{ example: 12, label: 1, answer: 0, certainty: 0.9, loss: 2.5 }],
    });
  const here = await page(server, "?at=4");
  const dialog = /** @type {HTMLDialogElement} */ (find("#evaluation"));
  here.store.subscribe(mountEvaluation(dialog, here));
  here.store.dispatch({ type: "dialog", open: "evaluation" });
  await until(() => {
    const { page, survey } = here.store.get().evaluation;
    return page ?? survey?.status === "running";
  });
  /** @param {string} selector */
  const press = (selector) => find(selector, dialog).click();
  return { ...here, server, dialog, press };
}

test("each split shows its accuracy, and the mistakes on the test split are listed", async () => {
  const { dialog } = await evaluating();
  assert.equal(textOf(".note", dialog), "After 5 steps");
  assert.deepEqual(textsOf(".parts button", dialog), [
    "Test75.0 % right, loss 0.54 examples",
    "Training75.0 % right, loss 0.51,000 examples",
  ]);
  assert.equal(find("[data-part=test]", dialog).getAttribute("aria-pressed"), "true");
  assert.equal(find(".found", dialog).hidden, false);
  assert.equal(textOf(".gallery h3", dialog), "41 mistakes");
  assert.equal(textOf(".gallery .hint", dialog), "The largest loss first.");
  assert.equal(textOf(".answered", dialog), "1 → 090.0 %");
  assert.equal(textOf(".range", dialog), "1 to 1 of 41");
  assert.equal(dialog.querySelector("button.answered"), null, "a test example cannot be trained on");
});

test("a training example is shown on the stage", async () => {
  const { dialog, press, store } = await evaluating();
  press("[data-part=train]");
  await until(() => store.get().evaluation.page?.part === "train");
  assert.match(textOf(".gallery .hint", dialog), /Click one to look at it on the stage\.$/);
  press("button.answered");
  await until(() => store.get().look === 12);
  assert.equal(dialog.open, false);
  assert.deepEqual(store.get().run?.recipe.edits, []);
});

test("a chosen class and answer filter the examples", async () => {
  const { dialog, store } = await evaluating();
  const label = /** @type {HTMLSelectElement} */ (find("select.label", dialog));
  label.value = "1";
  label.dispatchEvent(new Event("change"));
  await until(() => store.get().evaluation.page?.total === 1);
  assert.deepEqual(store.get().evaluation.filter, { label: 1, answer: null });
  assert.equal(textOf(".gallery h3", dialog), "1 example");
});

test("a running evaluation can be cancelled and has no examples yet", async () => {
  const { dialog, store } = await evaluating({
    status: "running",
    parts: [{ part: "test", ...SPLIT, done: 1, accuracy: null, loss: null }],
  });
  assert.equal(textOf(".note", dialog), "Evaluating, after 5 steps");
  assert.equal(textOf(".parts button", dialog), "Testloss not finite1 of 4 examples");
  const hidden = [".stop", ".again", ".found"].map((name) => find(name, dialog).hidden);
  assert.deepEqual(hidden, [false, true, true]);
  store.dispatch({ type: "dialog", close: "evaluation" });
});

test("a refusal replaces the verdict, and the evaluation can be tried again", async () => {
  const { dialog, effects, server } = await evaluating();
  server.transport.beginEvaluation = async () => {
    throw new Refusal("full", "There is no room.");
  };
  await effects.evaluation.begin();
  assert.equal(textOf(".note", dialog), "There is no room.");
  assert.deepEqual([find(".again", dialog).hidden, find(".stop", dialog).hidden], [false, true]);
});

test("another evaluation is offered when the page has moved on, and says which moment it is of", async () => {
  const { dialog, effects, at } = await evaluating();
  assert.deepEqual([textOf(".note", dialog), find(".again", dialog).hidden], ["After 5 steps", true]);
  effects.seek({ iteration: 7 });
  await until(() => at() === 7);
  assert.deepEqual([textOf(".note", dialog), find(".again", dialog).hidden], ["After 5 steps", false]);
  find(".again", dialog).click();
  await until(() => textOf(".note", dialog) === "After 8 steps");
  assert.equal(find(".again", dialog).hidden, true);
});
