import { find, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountBuilder } from "../../../../static/js/views/builder/dialog.js";
import { fakeServer, page } from "../../page.js";
import { until } from "../../until.js";

/** @type {any} */
const NETWORK = [{ kind: "conv2d", filters: 8 }, { kind: "flatten" }, { kind: "dense", units: 10 }];
const SETTING = { number: "integer", pair: false, switch: false, layer: false, words: [], optional: false };
const KINDS = [
  {
    kind: "conv2d",
    title: "Conv2d",
    words: "",
    layer: { kind: "conv2d", filters: 4 },
    settings: [{ ...SETTING, name: "filters", minimum: 1, maximum: 4096 }],
  },
  { kind: "flatten", title: "Flatten", words: "", layer: { kind: "flatten" }, settings: [] },
  {
    kind: "dense",
    title: "Dense",
    words: "",
    layer: { kind: "dense", units: 2 },
    settings: [{ ...SETTING, name: "units", minimum: 1, maximum: 4096 }],
  },
];

/** The page with the builder mounted and open. @param {(recipe: any) => object} [report] beside that all fits */
async function building(report = () => ({})) {
  openPage("builder");
  const server = fakeServer(
    /** @type {any} */ ({
      dataset: "digits",
      network: NETWORK,
      given: [],
      frozen: [],
      loss: { kind: "cross_entropy" },
    }),
  );
  server.transport.getNetworks = async () => /** @type {any} */ ({ kinds: KINDS, presets: [] });
  server.transport.describeNetwork = async (recipe) => {
    const layers = recipe.network.map(() => ({
      shape: [2, 3],
      parameters: 1200,
      multiply_adds: 7,
      bytes: 24,
      field: [3],
    }));
    const names = recipe.network.map(({ kind }, i) => `${kind}${i}`);
    const sums = { parameters: 3600, multiply_adds: 21, bytes: 72 };
    return /** @type {any} */ ({ names, layers, ...sums, problem: null, fixes: [], ...report(recipe) });
  };
  const here = await page(server);
  const dialog = /** @type {HTMLDialogElement} */ (find("#builder"));
  here.store.subscribe(mountBuilder(dialog, here));
  const isReported = () => here.store.get().builder.report && !here.store.get().builder.isOld;
  here.store.dispatch({ type: "dialog", open: "builder" });
  await until(() => dialog.open && isReported());
  return {
    ...here,
    dialog,
    press: async (/** @type {string} */ label) => {
      const button = [...dialog.querySelectorAll("button")].find(
        (button) => (button.getAttribute("aria-label") ?? button.textContent) === label,
      );
      /** @type {HTMLButtonElement} */ (button).focus();
      /** @type {HTMLButtonElement} */ (button).click();
      await until(isReported);
    },
    kinds: () => textsOf(".layers .title .quiet", dialog),
    focused: () => document.activeElement?.getAttribute("aria-label"),
  };
}

test("each layer has a row with its settings and its figures, and the sums are below", async () => {
  const { dialog, kinds } = await building();
  assert.equal(dialog.open, true);
  assert.deepEqual(kinds(), ["Conv2d", "Flatten", "Dense"]);
  assert.deepEqual(textsOf(".layers .name", dialog), ["conv2d0", "flatten1", "dense2"]);
  assert.deepEqual(textsOf(".layers li:first-child .figure", dialog), ["2×3", "1,200", "7", "24 bytes", "3"]);
  assert.equal(textOf(".sums", dialog), "3,600 parameters · 21 multiply-adds · 72 bytes a step");
  assert.equal(textOf(".about", dialog), "digits · cross entropy · learning rate 0.05 · batch 1");
  const filters = /** @type {HTMLInputElement} */ (find("[aria-label='Filters of Conv2d']", dialog));
  assert.deepEqual([filters.value, filters.min, filters.max], ["8", "1", "4096"]);
});

test("a layer that does not fit is marked with the reason and fixes, and the sums say where they end", async () => {
  const problem = { message: "Put a flatten layer before it.", field: "network.2", code: "invalid" };
  const fix = { words: "leave it out", recipe: /** @type {any} */ (null) };
  const { dialog, press, kinds } = await building((recipe) =>
    recipe.network.length < 3
      ? {}
      : { problem, fixes: [{ ...fix, recipe: { ...recipe, network: NETWORK.slice(0, 2) } }] },
  );
  assert.deepEqual(
    [...dialog.querySelectorAll(".layers li")].map((row) => row.classList.contains("at-fault")),
    [false, false, true],
  );
  assert.equal(textOf(".at-fault .reason p", dialog), "Put a flatten layer before it.");
  assert.match(textOf(".sums", dialog), /^dense2 does not fit\. Up to there: 3,600 parameters/);
  assert.equal(find(".problem", dialog).hidden, true);
  await press("Leave it out instead");
  assert.deepEqual(kinds(), ["Conv2d", "Flatten"]);
  assert.equal(dialog.querySelector(".at-fault"), null);
});

test("a problem of the whole network is shown above the buttons", async () => {
  const problem = { message: "Use a smaller batch.", field: "batch_size", code: "invalid" };
  const { dialog } = await building(() => ({ problem }));
  assert.equal(dialog.querySelector(".at-fault"), null);
  assert.deepEqual(
    [find(".problem", dialog).hidden, textOf(".problem p", dialog)],
    [false, "Use a smaller batch."],
  );
});

test("layers are added, moved and removed, and the focus stays with a moved layer", async () => {
  const { press, kinds, focused, dialog } = await building();
  await press("+ Flatten");
  assert.deepEqual(kinds(), ["Conv2d", "Flatten", "Dense", "Flatten"]);
  await press("Move up: Dense");
  assert.deepEqual([kinds(), focused()], [["Conv2d", "Dense", "Flatten", "Flatten"], "Move up: Dense"]);
  await press("Move up: Dense");
  assert.deepEqual(
    [kinds()[0], focused()],
    ["Dense", "Move down: Dense"],
    "at the top it cannot be moved up",
  );
  await press("Remove: Dense");
  assert.deepEqual([kinds(), focused()], [["Conv2d", "Flatten", "Flatten"], "Move down: Conv2d"]);
  await press("Remove: Conv2d");
  await press("Remove: Flatten");
  const remove = /** @type {HTMLButtonElement} */ (find("button.remove", dialog));
  assert.equal(remove.disabled, true, "one layer stays");
});

test("typed text goes to the draft, and rows that stay keep it", async () => {
  const { dialog, press, store } = await building();
  const filters = /** @type {HTMLInputElement} */ (find("[aria-label='Filters of Conv2d']", dialog));
  filters.value = "12";
  filters.dispatchEvent(new Event("input", { bubbles: true }));
  await press("+ Flatten");
  assert.equal(/** @type {any} */ (store.get().builder.draft).rows[0].layer.filters, 12);
  assert.equal(find("[aria-label='Filters of Conv2d']", dialog), filters);
  filters.value = "";
  filters.dispatchEvent(new Event("input", { bubbles: true }));
  assert.equal(/** @type {any} */ (store.get().builder.draft).rows[0].layer.filters, null);
});

test("after the browser's Back the rows show the open run", async () => {
  const { go, press, kinds, dialog } = await building();
  await press("+ Flatten");
  await go("?seed=9");
  await until(() => kinds().length === 3);
  assert.deepEqual(kinds(), ["Conv2d", "Flatten", "Dense"]);
  assert.equal(dialog.open, true);
});
