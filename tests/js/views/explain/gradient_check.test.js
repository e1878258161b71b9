import { find, openPage, recordedEffects, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountCheck, mountStack, verdictOf } from "../../../../static/js/views/explain/gradient_check.js";
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

test("gradients that agree are right, others are wrong, and estimates are neither", () => {
  assert.deepEqual(verdictOf({ ...CHECK, passed: true }), { mark: "✓", kind: "right" });
  assert.deepEqual(verdictOf({ ...CHECK, passed: false }), { mark: "✗", kind: "wrong" });
  assert.deepEqual(verdictOf({ ...CHECK, passed: null }), { mark: "≈", kind: "" });
});

test("a check is told with both numbers at its largest difference, which lead to their cell", () => {
  openPage("check");
  const { effects, asked } = recordedEffects();
  const dialog = find("#check");
  const { open, update } = mountCheck(/** @type {HTMLDialogElement} */ (dialog), effects);
  const state = stateAt(AFTER.update);
  open("conv");
  assert.equal(textOf(".words", dialog), "Comparing …");
  update({ ...state, checks: new Map([["conv", "running"]]) });
  assert.equal(textOf(".words", dialog), "Comparing …");
  update({ ...state, checks: new Map([["conv", CHECK]]) });
  assert.deepEqual(
    [textOf(".words", dialog), find(".words", dialog).className],
    ["Both agree.", "words right"],
  );
  assert.deepEqual(textsOf(".numbers p", dialog), [
    "The largest difference is at conv.dw[0, 0, 1, 0]:",
    "backpropagation: 2",
    "central difference: 2.002",
  ]);
  update({ ...state, checks: new Map([["conv", { ...CHECK, passed: false }]]) });
  assert.equal(find(".words", dialog).className, "words wrong");
  find(".numbers button", dialog).click();
  assert.deepEqual(asked, [
    ["check", "conv"],
    ["enlarge", { name: "conv.dw", cell: 2 }],
  ]);
  assert.equal(/** @type {HTMLDialogElement} */ (dialog).open, false);
});

test("records stand on the stack from when they are pushed until they are popped, the last one on top", async () => {
  openPage("stack");
  const records = [
    { layer: "conv", pushed: true, popped: false, bytes: 100, tensors: [["input.out", 100]] },
    { layer: "dense", pushed: true, popped: true, bytes: 1000, tensors: [] },
    { layer: "loss", pushed: false, popped: false, bytes: 10000, tensors: [] },
  ];
  const { effects } = recordedEffects({ stack: async () => ({ records }) });
  await mountStack(/** @type {HTMLDialogElement} */ (find("#stack")), effects).open();
  assert.deepEqual(textsOf("#stack tbody th"), ["loss", "dense", "conv"]);
  assert.deepEqual(textsOf("#stack tbody td:nth-child(2)"), ["not pushed yet", "popped", "on the stack"]);
  assert.deepEqual(textsOf("#stack tr.held th"), ["conv"]);
  assert.equal(textOf("#stack .sum"), "1 record on the stack, 100 bytes");
});
