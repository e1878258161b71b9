import { find, mounted, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { verdictOf } from "../../../../static/js/graphics/format.js";
import { mountGradientCheck } from "../../../../static/js/views/explain/gradient_check.js";
import { AFTER, stateAt } from "../../states.js";

/** @type {any} */
const CHECK = {
  passed: true,
  words: "Both agree.",
  largest_error: 0.001,
  name: "conv.dw",
  cell: 2,
  index: [0, 0, 1, 0],
  analytic: 2,
  numeric: 2.002,
};

test("gradients that agree are marked right, others wrong, and estimates neither", () => {
  assert.deepEqual(verdictOf({ ...CHECK, passed: true }), { mark: "✓", kind: "right" });
  assert.deepEqual(verdictOf({ ...CHECK, passed: false }), { mark: "✗", kind: "wrong" });
  assert.deepEqual(verdictOf({ ...CHECK, passed: null }), { mark: "≈", kind: "" });
});

test("a check shows both numbers at the largest difference, with a link to their cell", () => {
  openPage("check");
  const dialog = /** @type {HTMLDialogElement} */ (find("#check"));
  const state = stateAt(AFTER.update);
  const inspection = { ...state.inspection, layer: "conv" };
  /** @type {typeof state} */
  const open = { ...state, dialog: "check", inspection };
  /** @param {typeof CHECK | "running"} check */
  const checked = (check) => ({ ...open, checks: new Map([["conv", check]]) });
  const { update, asked } = mounted((app) => mountGradientCheck(dialog, app), open);
  assert.deepEqual([dialog.open, textOf(".words", dialog)], [true, "Comparing …"]);
  update(checked("running"));
  assert.deepEqual(
    [textOf("h2", dialog), textOf(".words", dialog)],
    ["Gradient check of conv", "Comparing …"],
  );
  update(checked(CHECK));
  assert.deepEqual(
    [textOf(".words", dialog), find(".words", dialog).className],
    ["Both agree.", "words right"],
  );
  assert.deepEqual(textsOf(".numbers p", dialog), [
    "The largest difference is at conv.dw[0, 0, 1, 0]:",
    "backpropagation: 2",
    "central difference: 2.002",
  ]);
  update(checked({ ...CHECK, passed: false }));
  assert.equal(find(".words", dialog).className, "words wrong");
  find(".numbers button", dialog).click();
  assert.deepEqual(asked, [
    ["dispatch", { type: "dialog", close: "check" }],
    ["enlarge", { name: "conv.dw", cell: 2 }],
  ]);
  update(state);
  assert.equal(dialog.open, false);
});
