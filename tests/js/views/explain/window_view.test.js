import { find, openPage, mounted } from "../../dom.js";
import { fillsOf, hatchedOf, numbersOf, outlinedOf } from "../../maps.js";
import { textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountWindowView } from "../../../../static/js/views/explain/window_view.js";
import { typed } from "../../fixture.js";
import { AFTER, stateAt } from "../../states.js";
import { settle } from "../../until.js";

/** @typedef {import("../../../../static/js/core/state.js").State} State */

/** @param {readonly number[]} shape @param {readonly number[]} values */
const grid = (shape, values) => ({ ...typed([...values]), shape: shape.join(", ") });
const SIDE = [2, 2];

/** @param {string} symbol @param {string} name @param {number[]} cells @param {number[]} values @param {readonly number[]} [shape] */
const patch = (symbol, name, cells, values, shape = SIDE) => ({
  symbol,
  name,
  example: 0,
  cells: grid(shape, cells),
  values: grid(shape, values),
});

/** The window of an output in the corner, where one row of it lies on the padding. */
const ROW = {
  number: 0,
  left: patch("x", "input.out", [-1, -1, 0, 1], [0, 0, 0.5, 1]),
  right: patch("w", "conv.w", [0, 1, 2, 3], [0.25, -0.5, 0.75, 1]),
  products: grid(SIDE, [0, 0, 0.375, 1]),
  computed: grid(SIDE, [1, 1, 1, 1]),
  value: 1.375,
  map: grid(SIDE, [1.375, -2, 0, 0.5]),
  map_computed: grid(SIDE, [1, 1, 0, 0]),
  spread: null,
};

/** @type {any} */
const OUTPUT = {
  name: "conv.out",
  cell: 1,
  index: [0, 0, 1],
  example: 0,
  kind: "out",
  layer: "conv",
  way: null,
  done: null,
  each: "channel",
  words: "The window, channel by channel.",
  count: 3,
  offset: 0,
  rows: [ROW, { ...ROW, number: 1, value: -0.25 }],
  bias: { symbol: "b", name: "conv.b", cell: 0, index: [0], example: null, value: 0.1 },
  rest: 0.5,
  total: 1.725,
  value: 1.725,
  limit: 1,
  start: 0,
  map: grid(SIDE, [1, -2, 0, 0.5]),
  map_computed: grid(SIDE, [1, 1, 0, 0]),
  rest_map: grid(SIDE, [0.5, 0, 0, 0]),
  rest_computed: grid(SIDE, [1, 1, 0, 0]),
  map_limit: 2,
  corner: null,
  dilation: [1, 1],
  agreement: null,
  gate: null,
};
const GRADIENT = {
  ...OUTPUT,
  name: "conv.dw",
  kind: "dw",
  each: "example",
  bias: null,
  count: 1,
  done: 3,
  rows: [
    {
      ...ROW,
      left: patch("dout", "conv.dout", [0, 1, 2, 3], [0.5, 0, -0.25, 0.125]),
      right: patch("x", "input.out", [0, 1, 3, 4], [0, 0.5, 0, 0.25]),
      products: grid(SIDE, [0, 0, 0, 0]),
      computed: grid(SIDE, [1, 1, 1, 0]),
      value: 0,
    },
  ],
  rest: 0,
  total: 0,
  value: 0,
};

/** @param {any} view @param {Partial<State>} [changes] */
async function viewed(view, changes = {}) {
  openPage();
  const large = { name: view.name, cell: view.cell };
  const stateOf = (/** @type {any} */ view, isFresh = true) => ({
    ...stateAt(AFTER.update),
    large,
    windowView: { view, isFresh },
    ...changes,
  });
  find("#panel-windows").hidden = false;
  const { update, asked } = mounted((app) => mountWindowView(find("#panel-windows"), app), stateOf(view));
  const show = async (/** @type {any} */ view, isFresh = true) => {
    update(stateOf(view, isFresh));
    await settle();
  };
  await settle();
  return { show, asked };
}

/** @param {string} part @param {number} [row] */
const map = (part, row = 0) => find(`#panel-windows heat-map[data-part="${part}"][data-row="${row}"]`);

/** @param {HTMLElement} target @param {string} type @param {number | null} cell */
const point = (target, type, cell) =>
  target.dispatchEvent(new CustomEvent(type, { bubbles: true, detail: { cell, x: 0, y: 0 } }));

test("each product is the patch times the kernel, and padding has no number", async () => {
  await viewed(OUTPUT);
  assert.deepEqual(numbersOf(map("left")), [undefined, undefined, "0.50", "1.0"]);
  assert.deepEqual(numbersOf(map("right")), ["0.3", "−0.5", "0.8", "1.0"]);
  assert.deepEqual(numbersOf(map("products")), [undefined, undefined, "0.38", "1.0"]);
  assert.deepEqual(fillsOf(map("left")).slice(0, 2), ["--raised", "--raised"]);
  assert.deepEqual(textsOf("#panel-windows .head"), ["input x", "kernel w", "products", "sum"]);
});

test("the printed sums, the rest and the bias add up to the cell", async () => {
  await viewed(OUTPUT);
  assert.deepEqual(textsOf("#panel-windows .value"), ["1.375", "−0.2500"]);
  assert.deepEqual(textsOf("#panel-windows .sums .label"), [
    "and 1 channel more",
    "+ the bias conv.b[0]",
    "= conv.out[0,0,1]",
  ]);
  assert.deepEqual(textsOf("#panel-windows .sums output"), ["0.5000", "0.1000", "1.725"]);
});

test("the rounding error of the printed digits has its own line where all rows are listed", async () => {
  await viewed({ ...OUTPUT, count: 2, total: 1.2254, value: 1.2254 });
  assert.deepEqual(textsOf("#panel-windows .sums .label").slice(0, 1), ["+ the bias conv.b[0]"]);
  await viewed({ ...OUTPUT, count: 2, total: 1.2264, value: 1.2264 });
  assert.deepEqual(textsOf("#panel-windows .sums .label").slice(0, 1), ["rounding"]);
  assert.deepEqual(textsOf("#panel-windows .sums output"), ["0.0010", "0.1000", "1.226"]);
});

test("a product that is not computed yet is hatched, and the newest window is outlined", async () => {
  const { show } = await viewed(GRADIENT);
  assert.deepEqual(hatchedOf(map("products")), [3]);
  assert.deepEqual(hatchedOf(map("left")), []);
  assert.deepEqual(outlinedOf(map("products"), "writes"), [2]);
  assert.equal(textOf("#panel-windows .after"), "after 3 windows");
  const [row] = GRADIENT.rows;
  await show({ ...GRADIENT, done: 0, rows: [{ ...row, computed: grid(SIDE, [0, 0, 0, 0]) }] });
  assert.deepEqual(textsOf("#panel-windows .value"), ["not yet"]);
});

test("in the maps before the sum the open cell is outlined and cells without a number are hatched", async () => {
  await viewed(OUTPUT);
  for (const row of [0, 1, -2, -1]) {
    assert.deepEqual(hatchedOf(map("map", row)), [2, 3]);
    assert.deepEqual(outlinedOf(map("map", row), "cursor"), [1]);
  }
  assert.deepEqual(textsOf("#panel-windows .maps figcaption"), [
    "channel 0",
    "channel 1",
    "1 more",
    "the map",
  ]);
  assert.deepEqual(textsOf("#panel-windows .maps .sign"), ["+", "+", "+", "="]);
});

test("two computations of a gradient are marked right if they agree, and else wrong", async () => {
  const spread = patch(
    "dout",
    "conv.dout",
    [-1, -1, -1, -1, 0, 1, -1, 2, 3],
    [0, 0, 0, 0, 1, 2, 0, 3, 4],
    [3, 3],
  );
  const turned = {
    ...GRADIENT,
    name: "input.dout",
    kind: "dx",
    way: "correlation",
    done: 2,
    rows: [{ ...GRADIENT.rows[0], spread }],
    corner: [0, 1],
  };
  const { show, asked } = await viewed({ ...turned, agreement: { agree: true, words: "The same." } });
  assert.equal(find("#panel-windows .agreement").className, "agreement right");
  assert.deepEqual(outlinedOf(map("spread"), "cursor"), [1, 2, 4, 5], "the turned kernel lies over these");
  assert.deepEqual(hatchedOf(map("spread")), [7, 8], "upstream gradients that have not been passed back");
  assert.equal(find("#panel-windows .correlation").getAttribute("aria-pressed"), "true");
  await show({ ...turned, agreement: { agree: false, words: "Not the same." } });
  assert.equal(find("#panel-windows .agreement").className, "agreement wrong");
  assert.equal(textOf("#panel-windows .agreement"), "Not the same.");
  find("#panel-windows .stamps").click();
  assert.deepEqual(asked, [["setWindowOptions", { way: "stamps" }]]);
});

test("a product under the pointer is described, outlined and lit on the stage, and a click goes to its cell", async () => {
  const { asked } = await viewed(OUTPUT);
  point(map("products"), "cell-hover", 2);
  await settle();
  assert.equal(textOf("#panel-windows .told"), "input.out[0,0,0] 0.5 × conv.w[0,0,1,0] 0.75 = 0.375");
  assert.deepEqual(outlinedOf(map("products"), "lit"), [2]);
  assert.deepEqual(outlinedOf(map("products", 1), "lit"), []);
  assert.deepEqual(asked.pop(), [
    "light",
    [
      { name: "input.out", cells: [0] },
      { name: "conv.w", cells: [2] },
    ],
  ]);
  point(map("left"), "cell-hover", 0);
  assert.match(textOf("#panel-windows .told"), /^a zero of the padding × conv\.w\[0,0,0,0\] 0\.25 = 0$/);
  point(map("left"), "cell-click", 0);
  point(map("products"), "cell-click", 2);
  asked.length = 0;
  point(map("left"), "cell-click", 3);
  point(map("map"), "cell-click", 2);
  assert.deepEqual(asked, [
    ["follow", { name: "input.out", cell: 1, example: 0 }],
    ["follow", { name: "conv.out", cell: 2, example: 0 }],
  ]);
  point(map("map", -2), "cell-hover", 0);
  assert.equal(textOf("#panel-windows .told"), "conv.out[0,0,0]: the others add 0.5");
  point(map("map", 1), "cell-hover", 3);
  assert.equal(textOf("#panel-windows .told"), "conv.out[0,1,1]: channel 1 adds nothing yet");
});

test("the last window view stays, marked as busy, until the next one arrives", async () => {
  const { show } = await viewed(OUTPUT);
  assert.equal(find("#panel-windows").getAttribute("aria-busy"), "false");
  await show(OUTPUT, false);
  assert.equal(find("#panel-windows").getAttribute("aria-busy"), "true");
  assert.equal(textsOf("#panel-windows .value")[0], "1.375");
});

test("rows are listed by page, sorted by size or by number", async () => {
  const { asked } = await viewed({ ...OUTPUT, count: 8, offset: 3 });
  assert.equal(textOf("#panel-windows .range"), "8 channels: 4 to 5");
  find("#panel-windows .pages .earlier").click();
  find("#panel-windows .pages .later").click();
  find("#panel-windows .pages .order").click();
  assert.deepEqual(asked, [
    ["setWindowOptions", { offset: 0 }],
    ["setWindowOptions", { offset: 6 }],
    ["setWindowOptions", { sort: "order", offset: 0 }],
  ]);
});
