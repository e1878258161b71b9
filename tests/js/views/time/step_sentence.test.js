import assert from "node:assert/strict";
import { test } from "node:test";
import { reduce } from "../../../../static/js/core/reducer.js";
import { endOf } from "../../../../static/js/core/timeline.js";
import { sentence } from "../../../../static/js/views/time/step_sentence.js";
import { plain } from "../../../../static/js/words/said.js";
import { RUN } from "../../fixture.js";
import { AFTER, stateAt, WHOLE_RUN } from "../../states.js";

/** @typedef {import("../../../../static/js/wire.js").Run} Run */
/** @typedef {import("../../../../static/js/wire.js").Window} Window */

/** The run with layers of the real kinds. @type {Run} */
const REAL = {
  ...WHOLE_RUN,
  layers: WHOLE_RUN.layers.map((layer) => ({
    ...layer,
    kind: { conv: "conv2d", loss: "softmax_cross_entropy" }[layer.name] ?? layer.kind,
  })),
};

/** The run whose only layer before the dense one is of another kind. @param {string} kind @param {object} [settings] of the layer @returns {Run} */
const runOf = (kind, settings = {}) => ({
  ...REAL,
  recipe: { ...REAL.recipe, network: [/** @type {any} */ ({ kind, ...settings })] },
  layers: REAL.layers.map((layer) => (layer.name === "conv" ? { ...layer, kind } : layer)),
});

/** @param {[string, number[]][]} cells @returns {Window["reads"]} */
const cellsOf = (cells) => cells.map(([name, cells]) => ({ name, cells }));

/** @param {number} position @param {Parameters<typeof stateAt>[1]} [how] */
const textAt = (position, how) => plain(sentence(stateAt(position, { run: REAL, ...how })));

test("the sentence of a step begins with what the network is shown", () => {
  assert.equal(textAt(AFTER.input), "Step 3 begins: the network is shown training example 12, a 1.");
});

test("names and numbers are bold parts, and no sentence has HTML", () => {
  const parts = sentence(stateAt(AFTER.update, { run: REAL }));
  assert.deepEqual(parts.slice(0, 2), ["Step ", { bold: "3" }]);
});

test("a cell of a convolution is the sum of the products of a filter and a patch", () => {
  const reads = cellsOf([
    ["input.out", [1, 2, 4, 5]],
    ["conv.w", [0, 1, 2, 3]],
    ["conv.b", [0]],
  ]);
  assert.equal(
    textAt(RUN.segments[1].start + 2, { window: { reads } }),
    "Filter 1 of conv looks at one 2×2 patch of the 1: four products and a bias add up to −2.",
  );
  assert.equal(
    textAt(RUN.segments[1].start + 2, { window: { reads }, label: /** @type {any} */ (null) }),
    "Filter 1 of conv looks at one 2×2 patch of the picture: four products and a bias add up to −2.",
  );
  assert.equal(
    textAt(AFTER.conv),
    "The 1 filter of conv has looked at every 2×2 patch, and made a map of 2×2.",
  );
});

test("the winner of a max-pool is named by its place, and equal cells are told", () => {
  const run = runOf("maxpool2d", { kernel: [2, 2], stride: null });
  const reads = cellsOf([["input.out", [1, 2, 4, 5]]]);
  /** @param {number[]} input @param {number} out */
  const told = (input, out) =>
    textAt(RUN.segments[1].start + 1, {
      run,
      window: { reads },
      numbers: {
        "input.out": [0, ...input.slice(0, 2), 0, ...input.slice(2), 0, 0, 0],
        "conv.out": [out, 0, 0, 0],
      },
    });
  assert.equal(
    told([0.25, 0.5, 0.125, 0.8125], 0.8125),
    "The bottom right cell of this 2×2 window is the largest: 0.81 goes on.",
  );
  assert.equal(
    told([0.5, 0.5, 0, 0], 0.5),
    "The top left cell of this 2×2 window is the largest: 0.5 goes on.",
  );
  assert.equal(told([0, 0, 0, 0], 0), "All four cells of this 2×2 window are equal: 0 goes on.");
});

test("on the way back the gradient goes to the winner of a max-pool", () => {
  const run = runOf("maxpool2d", { kernel: [2, 2], stride: [1, 1] });
  const window = { reads: cellsOf([["conv.dout", [1]]]), writes: cellsOf([["input.dout", [4]]]) };
  assert.equal(
    textAt(RUN.segments[7].start + 1, { run, window, numbers: { "conv.dout": [0.25, 0, 0, 0] } }),
    "The bottom right cell won this window, so that the gradient goes there: 0.25.",
  );
});

test("a gate is open above 0 and closed below it, forwards and backwards", () => {
  const run = runOf("relu");
  /** @param {number} before @param {number} value */
  const gate = (before, value) =>
    textAt(RUN.segments[1].start + 1, {
      run,
      window: { reads: cellsOf([["input.out", [0]]]) },
      numbers: { "input.out": [before], "conv.out": [value, 0, 0, 0] },
    });
  assert.equal(gate(-0.3125, 0), "−0.31 is below 0, so the gate is closed: 0.");
  assert.equal(gate(0, 0), "0 is not above 0, so the gate is closed: 0.");
  assert.equal(gate(0.3125, 0.3125), "0.31 is above 0, so the gate is open: it stays 0.31.");
  const back = {
    reads: cellsOf([
      ["conv.dout", [0]],
      ["input.out", [0]],
    ]),
    writes: cellsOf([["input.dout", [0]]]),
  };
  assert.equal(
    textAt(RUN.segments[7].start + 1, { run, window: back, numbers: { "input.out": [-1] } }),
    "The gate was closed (−1 is not above 0), so that the gradient 0.5 stops here: 0.",
  );
  assert.equal(
    textAt(AFTER.conv, { run }),
    "conv is done: 1 of 4 numbers were not above 0, so that 0 goes on in their place.",
  );
});

test("a score is named by its class", () => {
  const run = { ...REAL, layers: REAL.layers.map((l) => (l.name === "dense" ? { ...l, kind: "dense" } : l)) };
  const reads = cellsOf([
    ["conv.out", [0, 1, 2, 3]],
    ["dense.w", [0, 1, 2, 3]],
    ["dense.b", [0]],
  ]);
  const dense = RUN.segments[2];
  assert.equal(
    textAt(dense.start + 1, { run, window: { reads } }),
    "Score of 0: four products and a bias add up to 2.",
  );
  assert.equal(textAt(endOf(dense), { run }), "dense is done. The largest score, 2, is that of 0.");
});

test("the loss is −log of the chance of the true class", () => {
  assert.equal(
    textAt(AFTER.loss, { numbers: { "loss.probabilities": [0.05, 0.953], "loss.loss": [0.0481] } }),
    "The network says 1, and gives it a chance of 95 %. The loss is −log of that: 0.048.",
  );
  const loss = /** @type {any} */ ({ kind: "squared_error" });
  const run = { ...REAL, recipe: { ...REAL.recipe, loss } };
  assert.equal(
    textAt(AFTER.loss, { run }),
    "The loss tells how wrong the network is. That of this example is 1.5.",
  );
});

test("before the first step chances are about equal, because the weights are random", () => {
  const numbers = { "loss.probabilities": [0.6, 0.4] };
  const state = stateAt(AFTER.loss, { run: REAL, numbers });
  const shown = /** @type {any} */ ({ ...state.shown, moment: { iteration: 0, position: AFTER.loss } });
  const first = { ...state, moment: shown.moment, shown };
  assert.match(
    plain(sentence(first)),
    /a chance of 40 %, about as much as to each of the two classes, because/,
  );
  const zeros = /** @type {any} */ ({ ...REAL.recipe, initialisation: { kind: "zeros" } });
  const run = { ...REAL, recipe: zeros };
  assert.doesNotMatch(plain(sentence({ ...first, run })), /random/);
});

test("a change names the rate only where it is the gradient times the rate", () => {
  const told = "every weight moved a little against its gradient (0.05 × gradient)";
  /** @param {number} position @param {Partial<import("../../../../static/js/core/state.js").Shown>} [changes] @param {object} [optimizer] */
  const text = (position, changes, optimizer = REAL.recipe.optimizer) => {
    const recipe = /** @type {any} */ ({ ...REAL.recipe, optimizer });
    const state = stateAt(position, { run: { ...REAL, recipe }, window: changes ? {} : undefined });
    const iteration = /** @type {any} */ ({ ...state.shown?.iteration, learning_rate: 0.05, update: told });
    const shown = /** @type {any} */ ({ ...state.shown, iteration, ...changes });
    return plain(sentence({ ...state, shown, moment: shown.moment }));
  };
  const first = RUN.segments[8].start + 1;
  assert.equal(
    text(first, {}),
    "This cell of conv.w changes by 0.3, against its gradient (0.05 × gradient).",
  );
  assert.equal(text(first, {}, { kind: "adam" }), "This cell of conv.w changes by 0.3.");
  assert.equal(text(endOf(RUN.segments[8])), `conv: ${told}.`);
  assert.equal(text(AFTER.update), `Step 3 done: ${told}.`);
  const end = { iteration: 9, position: AFTER.update };
  assert.equal(
    text(AFTER.update, { moment: end, window: null }),
    `Step 9 done: ${told}. That was the last step of this run.`,
  );
});

test("while a far step is computed the sentence tells how far it is", () => {
  const state = reduce(stateAt(AFTER.loss, { run: REAL }), {
    type: "want",
    moment: { iteration: 8, position: 1 },
    close: false,
  });
  assert.equal(plain(sentence(state)), "Computing the run up to step 8: 5 so far …");
  assert.equal(
    plain(sentence(state, "about 20 s left")),
    "Computing the run up to step 8: 5 so far, about 20 s left …",
  );
});
