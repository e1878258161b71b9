import assert from "node:assert/strict";
import { test } from "node:test";
import { layerInFocus } from "../../../static/js/core/focus.js";
import { cellOf } from "../../../static/js/core/subject.js";
import { reduce } from "../../../static/js/core/reducer.js";
import { AFTER, stateAt, WHOLE_RUN } from "../states.js";

/** @param {number} position */
const at = (position) => ({ iteration: 0, position });

test("a step brings its layer into focus, and the picture its first reader", () => {
  assert.equal(layerInFocus(WHOLE_RUN, at(AFTER.conv), null), "conv");
  assert.equal(layerInFocus(WHOLE_RUN, at(1), null), WHOLE_RUN.layers[1].name);
  assert.equal(layerInFocus(WHOLE_RUN, at(AFTER.loss), null), "loss");
});

test("the end of an iteration keeps the focus, where the run has that layer", () => {
  const end = at(WHOLE_RUN.positions);
  assert.equal(layerInFocus(WHOLE_RUN, end, "dense"), "dense");
  assert.equal(layerInFocus(WHOLE_RUN, end, "gone"), WHOLE_RUN.layers[1].name);
});

test("a layer that a person chooses is in focus until a step of another layer", () => {
  const chosen = reduce(stateAt(AFTER.conv), { type: "focus", layer: "dense" });
  assert.equal(chosen.focus.layer, "dense");
  const stepped = reduce(chosen, { type: "want", moment: at(AFTER.loss), close: false });
  assert.equal(stepped.focus.layer, "loss");
});

test("the current cell of a tensor is the open one, and later the one that was chosen last", () => {
  const state = stateAt(AFTER.conv);
  const open = reduce(state, { type: "large", large: { name: "conv.out", cell: 1 } });
  assert.equal(cellOf(open, "conv.out"), 1);
  const closed = reduce(open, { type: "large", large: null });
  assert.equal(cellOf(closed, "conv.out"), 1);
});

test("presenting shows one layer in focus, and goes back to the depth that was open", () => {
  const open = reduce(stateAt(AFTER.conv), { type: "depth", depth: "everything" });
  const presented = reduce(open, { type: "present", on: true });
  assert.deepEqual([presented.depth, presented.presentedFrom], ["explore", "everything"]);
  assert.equal(reduce(presented, { type: "present", on: true }), presented);
  const left = reduce(presented, { type: "present", on: false });
  assert.deepEqual([left.depth, left.presentedFrom], ["everything", null]);
});
