/** A run as small as a run can be: one convolution and one dense layer, with the segments of the real server. */

/** @typedef {import("../../static/js/wire.js").Run} Run */
/** @typedef {import("../../static/js/wire.js").Segment} Segment */

/** @type {[Segment["phase"], string, string, string, number, boolean, string[]][]} */
const ROWS = [
  ["forward", "input", "out", "input.out", 1, false, ["input.out"]],
  ["forward", "conv", "out", "conv.out", 4, false, ["conv.out"]],
  ["forward", "dense", "out", "dense.out", 2, false, ["dense.out"]],
  ["loss", "loss", "probabilities", "loss.probabilities", 2, false, ["loss.probabilities"]],
  ["loss", "loss", "loss", "loss.loss", 1, false, ["loss.loss"]],
  ["backward", "loss", "dout", "dense.dout", 2, false, ["dense.dout"]],
  ["backward", "dense", "dout", "dense.dout", 2, true, ["dense.dw", "dense.db", "conv.dout"]],
  ["backward", "conv", "dout", "conv.dout", 4, true, ["conv.dw", "conv.db", "input.dout"]],
  ["update", "conv", "delta_w", "conv.delta_w", 4, false, ["conv.delta_w"]],
  ["update", "conv", "delta_b", "conv.delta_b", 1, false, ["conv.delta_b"]],
];

let start = 0;
/** @type {Segment[]} */
const segments = ROWS.map(([phase, layer, tensor, name, cells, accumulates, writes]) => {
  const segment = { phase, layer, tensor, name, start, cells, accumulates, writes };
  start += cells;
  return segment;
});

/** @type {Run["layers"][number]["tensors"][number]} */
const convOut = {
  name: "conv.out",
  layer: "conv",
  tensor: "out",
  title: "output",
  lane: "forward",
  scope: "example",
  shape: [1, 2, 2],
  signed: true,
  parameter: null,
};

/**
 * @param {string} name @param {string | null} source @param {Run["layers"][number]["form"]} form
 * @param {Run["layers"][number]["tensors"]} tensors
 */
const layer = (name, source, form, tensors) => ({
  name,
  title: name,
  summary: `all about ${name}`,
  form,
  kind: name,
  source,
  skip: null,
  shape: [1, 2, 2],
  window: null,
  parameters: 0,
  formula: "",
  forward: `${name} works.`,
  backward: `${name} works backwards.`,
  tensors,
});

/** @type {Run} */
export const RUN = {
  id: "abc",
  recipe: /** @type {any} */ ({
    seed: 7,
    edits: [],
    network: [],
    batch_size: 1,
    optimizer: { kind: "sgd", learning_rate: 0.05 },
    loss: { kind: "softmax_cross_entropy", label_smoothing: 0, class_weights: [] },
    initialisation: { kind: "he" },
    given: [],
    frozen: [],
  }),
  layers: [
    layer("input", null, "picture", []),
    layer("conv", "input", "windows", [
      convOut,
      { ...convOut, name: "conv.dw", tensor: "dw", lane: "parameters", scope: "batch", shape: [1, 1, 2, 2] },
    ]),
    layer("dense", "conv", "matrix", []),
    layer("loss", "dense", "distribution", [
      {
        ...convOut,
        name: "loss.probabilities",
        layer: "loss",
        tensor: "probabilities",
        shape: [2],
        signed: false,
      },
      { ...convOut, name: "loss.loss", layer: "loss", tensor: "loss", shape: [1], signed: false },
    ]),
  ],
  segments,
  positions: start,
  iterations: 10,
  iterations_per_epoch: 4,
  dataset_title: "digits",
  answer: "loss.probabilities",
  classes: ["0", "1"],
  train_examples: 4,
  validation_examples: 0,
  test_examples: 2,
  monitored: "test",
  evaluated_examples: 2,
  colours: null,
  rates: null,
  frame_cells: 1_500_000,
  edit_words: [],
  drawable: true,
};

/** @param {number[]} values @returns {import("../../static/js/wire.js").TypedArray} */
export function typed(values) {
  const bytes = new Uint8Array(new Float64Array(values).buffer);
  return { dtype: "f8", shape: String(values.length), bdata: Buffer.from(bytes).toString("base64") };
}
