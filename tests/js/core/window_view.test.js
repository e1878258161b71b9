import assert from "node:assert/strict";
import { test } from "node:test";
import { followWithExplanations } from "../../../static/js/core/effects/explanations.js";
import { INITIAL, reduce } from "../../../static/js/core/reducer.js";
import { decoded, hasWindowView } from "../../../static/js/core/shown_tensors.js";
import { createStore } from "../../../static/js/core/store.js";
import { RUN, typed } from "../fixture.js";
import { settle } from "../until.js";

/** @typedef {import("../../../static/js/core/state.js").State} State */

const layers = RUN.layers.map((layer) => (layer.name === "conv" ? { ...layer, kind: "conv2d" } : layer));
const CONVOLVED = { ...RUN, layers };
const WINDOW = { reads: [], writes: [], partial: [] };

/** What is on the stage at a position of iteration 0. @param {number} position @param {any} window */
const shownAt = (position, window) =>
  /** @type {any} */ ({
    moment: { iteration: 0, position },
    example: 0,
    iteration: { run: "abc", iteration: 0 },
    tensors: decoded([
      {
        name: "conv.out",
        data: typed([1, -2, 3, 4]),
        minimum: -2,
        maximum: 4,
        nonfinite: 0,
        computed: null,
      },
    ]),
    window,
    partial: new Map(),
  });

/** @param {string} name @param {number} cell @param {number} position @returns {State} */
function opened(name, cell, position) {
  const state = { ...INITIAL, run: CONVOLVED, large: { name, cell } };
  return reduce(state, { type: "show", shown: shownAt(position, WINDOW) });
}

test("the open cell follows the steps through its tensor, forward and back", () => {
  let state = opened("conv.out", 0, 2);
  for (const [position, cell] of [
    [3, 1],
    [5, 3],
    [4, 2],
  ]) {
    state = reduce(state, { type: "show", shown: shownAt(position, WINDOW) });
    assert.deepEqual(state.large, { name: "conv.out", cell });
  }
});

test("the open cell stays where no step computes a cell of its tensor", () => {
  const state = opened("conv.out", 1, 4);
  assert.equal(state.large?.cell, 1, "the address has just been opened");
  const again = reduce(state, { type: "show", shown: shownAt(4, WINDOW) });
  assert.equal(again.large?.cell, 1, "another example of the same moment");
  const leap = reduce(state, { type: "show", shown: shownAt(5, null) });
  assert.equal(leap.large?.cell, 1, "a step of a whole layer");
  const backward = opened("conv.dout", 1, 14);
  const summed = reduce(backward, { type: "show", shown: shownAt(17, WINDOW) });
  assert.equal(summed.large?.cell, 1, "the step adds to another gradient");
});

test("only tensors that a convolution computes window by window have a window view", () => {
  assert.ok(hasWindowView(CONVOLVED, "conv.out"));
  assert.ok(hasWindowView(CONVOLVED, "conv.dw"));
  assert.ok(hasWindowView(CONVOLVED, "input.dout"));
  for (const name of [
    "input.out",
    "conv.dout",
    "dense.out",
    "dense.dw",
    "loss.loss",
    "conv.delta_w",
    "conv.w",
  ])
    assert.ok(!hasWindowView(CONVOLVED, name), name);
  const layers = CONVOLVED.layers.map((layer) => ({
    ...layer,
    tensors: layer.tensors.map((tensor) => ({ ...tensor, name: "conv.db", tensor: "db" })),
  }));
  assert.ok(!hasWindowView({ ...CONVOLVED, layers }, "conv.db"));
});

test("only the newest of the waiting questions is asked, and only its answer is fresh", async () => {
  const store = createStore({ ...INITIAL, run: CONVOLVED }, reduce);
  /** @type {{ cell: number, done: number | null, answer: () => void }[]} */
  const asked = [];
  /** @type {any} */
  const transport = {
    getExplanation: async () => ({ count: 0, shares: [] }),
    getWindowView: (
      /** @type {any} */ _run,
      /** @type {any} */ _at,
      /** @type {any} */ _example,
      /** @type {string} */ name,
      /** @type {number} */ cell,
      /** @type {any} */ _how,
      /** @type {number | null} */ done,
    ) => new Promise((resolve) => asked.push({ cell, done, answer: () => resolve({ name, cell }) })),
  };
  const loading = /** @type {any} */ ({ withRun: (/** @type {any} */ ask) => ask(), report: assert.fail });
  followWithExplanations(/** @type {any} */ (store), transport, loading);
  /** @param {number} position */
  const show = (position) => store.dispatch({ type: "show", shown: shownAt(position, WINDOW) });

  show(2);
  store.dispatch({ type: "large", large: { name: "conv.out", cell: 0 } });
  asked[0].answer();
  await settle();
  assert.deepEqual(store.get().windowView, { view: { name: "conv.out", cell: 0 }, isFresh: true });

  for (const position of [3, 4, 5]) show(position);
  assert.equal(store.get().windowView?.isFresh, false, "the last view stays until the next one arrives");
  assert.deepEqual([asked.length, asked[1].cell, asked[1].done], [2, 1, 2]);
  asked[1].answer();
  await settle();
  assert.equal(store.get().windowView?.isFresh, false, "an answer to an older question is not shown");
  assert.deepEqual([asked.length, asked[2].cell, asked[2].done], [3, 3, null]);
  asked[2].answer();
  await settle();
  assert.deepEqual(store.get().windowView, { view: { name: "conv.out", cell: 3 }, isFresh: true });

  store.dispatch({ type: "large", large: null });
  assert.equal(store.get().windowView, null);
});
