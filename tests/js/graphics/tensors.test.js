import assert from "node:assert/strict";
import { test } from "node:test";
import { limitAt } from "../../../static/js/graphics/tensors.js";
import { reduce } from "../../../static/js/core/reducer.js";
import { stateAt, tensorsOf } from "../states.js";

/** @param {import("../../../static/js/core/state.js").State} state @param {boolean} isOn */
const hold = (state, isOn) => reduce(state, { type: "hold colours", isOn });

/** @param {import("../../../static/js/core/state.js").State} state */
function later(state) {
  assert.ok(state.shown);
  const tensors = new Map([
    ...state.shown.tensors,
    ...tensorsOf({ "conv.out": [9, 0, 0, 0], "conv.w": [7, 0, 0, 0] }),
  ]);
  return reduce(state, { type: "show", shown: { ...state.shown, tensors } });
}

test("without holding, a map has the colours of its own numbers", () => {
  const state = stateAt(20);
  assert.equal(limitAt(state, ["conv.out"]), 2);
  assert.equal(limitAt(later(state), ["conv.out"]), 9);
});

test("held colours are the same in all layers: the largest number of the kind has the strongest one", () => {
  const state = hold(stateAt(20, { numbers: { "dense.out": [5, -1] } }), true);
  assert.equal(limitAt(state, ["conv.out"]), 5);
  assert.equal(limitAt(state, ["dense.out"]), 5);
  assert.equal(limitAt(state, ["conv.w", "conv.b"]), 1);
  assert.equal(limitAt(state, ["conv.dw", "conv.db"]), 3);
});

test("held colours stay the same from step to step, and can be released", () => {
  const state = later(hold(stateAt(20), true));
  assert.equal(limitAt(state, ["conv.out"]), 2);
  assert.equal(limitAt(state, ["conv.w", "conv.b"]), 1);
  assert.equal(limitAt(hold(state, false), ["conv.out"]), 9);
});

test("colours that are held from the start are those of the first exact numbers, also in another run", () => {
  const before = { ...stateAt(20), shown: null };
  const held = hold(before, true);
  assert.equal(held.heldColours.limits, null);
  const { shown } = stateAt(20);
  assert.ok(shown);
  const live = reduce(held, { type: "show", shown: { ...shown, isLive: true } });
  assert.equal(live.heldColours.limits, null);
  assert.equal(reduce(held, { type: "show", shown }).heldColours.limits?.get("out"), 2);
});
