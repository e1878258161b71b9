import { find, mounted, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountStack } from "../../../../static/js/views/explain/stack.js";
import { AFTER, stateAt } from "../../states.js";

test("a record is on the stack from its push to its pop, and the newest is on top", () => {
  openPage("stack");
  /** @type {any} */
  const stack = {
    records: [
      { layer: "conv", pushed: true, popped: false, bytes: 100, tensors: [["input.out", 100]] },
      { layer: "dense", pushed: true, popped: true, bytes: 1000, tensors: [] },
      { layer: "loss", pushed: false, popped: false, bytes: 10000, tensors: [] },
    ],
  };
  const dialog = /** @type {HTMLDialogElement} */ (find("#stack"));
  const state = stateAt(AFTER.update);
  /** @type {typeof state} */
  const waiting = { ...state, dialog: "stack" };
  const { update } = mounted((app) => mountStack(dialog, app), waiting);
  assert.equal(dialog.open, false, "it opens once there is something to show");
  update({ ...waiting, inspection: { ...state.inspection, stack } });
  assert.equal(dialog.open, true);
  assert.deepEqual(textsOf("#stack tbody th"), ["loss", "dense", "conv"]);
  assert.deepEqual(textsOf("#stack tbody td:nth-child(2)"), ["not pushed yet", "popped", "on the stack"]);
  assert.deepEqual(textsOf("#stack tr.held th"), ["conv"]);
  assert.equal(textOf("#stack .sum"), "1 record on the stack, 100 bytes");
});
