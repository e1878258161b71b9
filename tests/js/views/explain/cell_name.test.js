import assert from "node:assert/strict";
import { test } from "node:test";
import { cellName } from "../../../../static/js/views/explain/cell_name.js";

/** @param {string} name @param {string} kind @param {string} form @param {number[]} shape */
const layer = (name, kind, form, shape) => ({ name, kind, form, shape });

const RUN = /** @type {any} */ ({
  classes: ["cat", "dog", "owl"],
  layers: [
    layer("input", "input", "picture", [3, 8, 8]),
    layer("conv", "conv2d", "windows", [4, 8, 8]),
    layer("bn", "batchnorm", "normalise", [4, 8, 8]),
    layer("pool", "maxpool2d", "windows", [4, 4, 4]),
    layer("dense1", "dense", "matrix", [5]),
    layer("dense2", "dense", "matrix", [3]),
    layer("loss", "softmax_cross_entropy", "distribution", [1]),
  ],
});

/** @param {string} name @param {number[]} shape @param {number[]} index @param {string | null} [parameter] @param {string} [title] */
function named(name, shape, index, parameter = null, title = "") {
  const [layer, tensor] = name.split(".");
  return cellName(RUN, /** @type {any} */ ({ name, layer, tensor, shape, parameter, title }), index);
}

test("a cell has a name in words, whose places count from 1", () => {
  assert.equal(
    named("conv.w", [4, 3, 3, 3], [2, 0, 1, 0], "w"),
    "weight of filter 3, channel 1, row 2, column 1",
  );
  assert.equal(
    named("conv.dw", [4, 3, 3, 3], [0, 0, 0, 0], "w"),
    "gradient of the weight of filter 1, channel 1, row 1, column 1",
  );
  assert.equal(named("conv.delta_b", [4], [3], "b"), "change of the bias of filter 4");
  assert.equal(named("bn.new_b", [4], [3], "b"), "bias after the update of map 4");
  assert.equal(named("conv.out", [4, 8, 8], [1, 2, 3]), "value in map 2, row 3, column 4");
  assert.equal(named("pool.dout", [4, 4, 4], [0, 0, 0]), "gradient of the value in map 1, row 1, column 1");
  assert.equal(named("pool.winner", [4, 4, 4], [0, 1, 0]), "winner of the window in map 1, row 2, column 1");
  assert.equal(named("dense1.w", [5, 64], [4, 9], "w"), "weight from input 10 to output 5");
  assert.equal(named("bn.mean", [4], [1], null, "mean of the batch"), "mean of the batch in place 2");
});

test("an axis of one place is left out", () => {
  assert.equal(named("conv.w", [4, 1, 1, 3], [2, 0, 0, 1], "w"), "weight of filter 3, column 2");
  assert.equal(named("input.out", [1, 8, 8], [0, 1, 2]), "pixel in row 2, column 3");
  assert.equal(named("input.out", [1, 1, 8], [0, 0, 2]), "sample in column 3");
  assert.equal(named("loss.loss", [1], [0]), "loss");
});

test("what belongs to a class has the name of the class", () => {
  assert.equal(named("dense2.out", [3], [1]), "score of dog");
  assert.equal(named("dense2.dout", [3], [2]), "gradient of the score of owl");
  assert.equal(named("loss.probabilities", [3], [0]), "chance of cat");
  assert.equal(named("dense2.w", [3, 5], [1, 0], "w"), "weight from input 1 to dog");
});
