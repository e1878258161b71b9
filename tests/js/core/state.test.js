import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIAL, reduce } from "../../../static/js/core/reducer.js";
import { isGap, needsWindow, noticeOf } from "../../../static/js/core/state.js";
import { decoded, tensorAt, valueAt } from "../../../static/js/core/shown_tensors.js";
import { endOf } from "../../../static/js/core/timeline.js";
import { RUN, typed } from "../fixture.js";

/** @typedef {import("../../../static/js/core/state.js").State} State */
/** @typedef {import("../../../static/js/wire.js").Progress} Progress */

let sequence = 0;

/** @param {number} since @param {number[]} losses @param {Partial<Progress>} [more] @returns {Progress} */
const news = (since, losses, more = {}) => ({
  run: "abc",
  source: "server",
  sequence: ++sequence,
  status: "running",
  computed: since + losses.length,
  since,
  losses: typed(losses),
  evaluations: [],
  diverged: null,
  stopped: null,
  ...more,
});

/** @returns {State} */
const opened = () =>
  reduce(INITIAL, {
    type: "open",
    run: RUN,
    progress: news(0, [3, 2]),
    moment: { iteration: 0, position: 1 },
    example: 0,
    large: null,
    guide: null,
  });

/** @param {number} name @param {number[]} values */
const tensor = (/** @type {string} */ name, values, more = {}) => ({
  name,
  data: typed(values),
  minimum: Math.min(...values),
  maximum: Math.max(...values),
  nonfinite: 0,
  computed: null,
  ...more,
});

/** A state that shows one position of iteration 0. @param {number} position @param {any} [more] @returns {State} */
function at(position, more = {}) {
  const iteration = {
    run: "abc",
    iteration: 0,
    epoch: 0,
    example: 0,
    examples: [{ index: 5, label: 1, truth: 1 }],
    learning_rate: 0.05,
    update: "every weight moved a little against its gradient (0.05 × gradient)",
    loss: 0.5,
    tensors: [],
  };
  const tensors = decoded([
    tensor("conv.out", [1, -2, 3, 4]),
    tensor("conv.dw", [10, 20, 30, 40]),
    tensor("loss.probabilities", [0.25, 0.75]),
    tensor("loss.loss", [0.5]),
  ]);
  const shown = {
    moment: { iteration: 0, position },
    example: 0,
    iteration,
    tensors,
    window: null,
    partial: new Map(),
  };
  return reduce(opened(), { type: "show", shown: { ...shown, ...more } });
}

test("news of a run extend its losses, whichever way they overlap", () => {
  let state = opened();
  state = reduce(state, { type: "progress", progress: news(2, [1]) });
  assert.deepEqual([...state.progress.losses], [3, 2, 1]);
  state = reduce(state, { type: "progress", progress: news(1, [2, 1, 0.5]) });
  assert.deepEqual([...state.progress.losses], [3, 2, 1, 0.5]);
  assert.equal(state.progress.computed, 4);
});

test("old news, news of another run, and news with a gap change nothing", () => {
  const overtaken = news(2, [1]);
  const state = opened();
  for (const progress of [overtaken, news(0, [3]), news(5, [1]), { ...news(2, [1]), run: "other" }]) {
    assert.deepEqual(reduce(state, { type: "progress", progress }).progress, state.progress);
  }
  assert.equal(
    reduce(state, { type: "progress", progress: { ...overtaken, source: "a later server" } }).progress
      .computed,
    3,
  );
  assert.ok(isGap(state, news(5, [1])));
  assert.ok(!isGap(state, news(2, [1])));
});

test("a tensor is never shown before it is computed", () => {
  const conv = RUN.segments[1];
  assert.equal(valueAt(at(conv.start), "conv.out", 0), null);
  const partly = at(conv.start + 2);
  assert.equal(valueAt(partly, "conv.out", 1), -2);
  assert.equal(valueAt(partly, "conv.out", 2), null);
  assert.equal(valueAt(at(endOf(conv)), "conv.out", 3), 4);
  assert.equal(valueAt(at(RUN.positions), "conv.out", 99), null);
});

test("an incomplete gradient shows the partial sums of the server, never the final values", () => {
  const backward = RUN.segments[7];
  const without = at(backward.start + 1);
  assert.equal(tensorAt(without, "conv.dw").done, "none");
  assert.equal(valueAt(without, "conv.dw", 0), null);
  const mask = {
    dtype: /** @type {const} */ ("u1"),
    shape: "4",
    bdata: Buffer.from([1, 1, 0, 0]).toString("base64"),
  };
  const partial = decoded([tensor("conv.dw", [1, 2, 0, 0], { computed: mask })]);
  const half = at(backward.start + 1, { partial });
  assert.equal(valueAt(half, "conv.dw", 1), 2);
  assert.equal(valueAt(half, "conv.dw", 2), null, "not touched yet, so not zero either");
  assert.equal(valueAt(at(endOf(backward), { partial }), "conv.dw", 1), 20);
});

test("numbers of another run are not shown", () => {
  const state = at(1);
  const shown = /** @type {any} */ ({
    ...state.shown,
    iteration: { ...state.shown?.iteration, run: "other" },
  });
  assert.equal(reduce(state, { type: "show", shown }), state);
});

test("a window is needed within a segment, and at its end only after a step of one cell", () => {
  const conv = RUN.segments[1];
  /** @param {number} position @param {boolean} close */
  const needs = (position, close) =>
    needsWindow(reduce(opened(), { type: "want", moment: { iteration: 0, position }, close }));
  assert.ok(needs(conv.start + 1, false));
  assert.ok(!needs(endOf(conv), false));
  assert.ok(needs(endOf(conv), true));
});

test("opening a run resets the state of the run before", () => {
  const before = reduce(at(3), { type: "play", play: { on: true, unit: "layer" } });
  const after = reduce(before, {
    type: "open",
    run: { ...RUN, id: "new" },
    progress: { ...news(0, []), run: "new" },
    moment: { iteration: 99, position: 99 },
    example: 0,
    large: null,
    guide: null,
  });
  assert.equal(after.shown, null);
  assert.equal(after.progress.computed, 0);
  assert.equal(after.play.on, false);
  assert.equal(after.play.unit, "layer", "how a person likes to play stays");
  assert.deepEqual(after.moment, { iteration: 9, position: RUN.positions });
});

test("a notice is the problem, or else a lost connection, or else why the run cannot go on", () => {
  const diverged = { iteration: 1, tensor: "w", message: "It diverged." };
  let state = reduce(opened(), { type: "progress", progress: news(2, [1], { status: "paused" }) });
  assert.equal(noticeOf(state), null);
  state = reduce(state, { type: "progress", progress: news(3, [], { status: "failed" }) });
  assert.match(noticeOf(state) ?? "", /^The server made a mistake while it computed this run\./);
  state = reduce(state, { type: "progress", progress: news(3, [], { status: "diverged", diverged }) });
  assert.equal(noticeOf(state), "It diverged.");
  state = reduce(state, { type: "connection", connection: "lost" });
  assert.equal(noticeOf(state), "Connection lost. Trying again …");
  state = reduce(state, { type: "problem", problem: "Not so." });
  assert.equal(noticeOf(state), "Not so.");
});
