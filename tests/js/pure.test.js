import assert from "node:assert/strict";
import { test } from "node:test";
import { fromQuery, toQuery } from "../../static/js/core/address.js";
import { asPublished } from "../../static/js/views/run/worked_example.js";
import { colourOf, cssOf, limitOf, mixed, PALETTES } from "../../static/js/graphics/colour.js";
import { decode } from "../../static/js/core/typed_arrays.js";
import {
  exact,
  exampleName,
  indexOf,
  percent,
  plural,
  short,
  withArticle,
} from "../../static/js/graphics/format.js";
import { cellAt, cellCorner, mosaic, outline } from "../../static/js/graphics/mosaic.js";
import { createStore } from "../../static/js/core/store.js";
import { gather, smoothed } from "../../static/js/views/run/loss_curve.js";
import { cellOf } from "../../static/js/views/explain/nudge.js";
import { RUN, typed } from "./fixture.js";

/** @type {any} */
const DEFAULTS = {
  seed: 7,
  batch_size: 1,
  dtype: "float32",
  edits: [],
  optimizer: { kind: "sgd", learning_rate: 0.05 },
};
const NOWHERE = { at: null, example: 0, view: null };

test("an optimizer of another kind goes through the address with its own settings and no others", () => {
  const optimizer = { kind: "adam", learning_rate: 0.05, beta1: 0.8 };
  const address = toQuery({ ...DEFAULTS, optimizer }, DEFAULTS, null, NOWHERE);
  assert.deepEqual(fromQuery(address, DEFAULTS, []).recipe, { ...DEFAULTS, optimizer });
  const defaults = { ...DEFAULTS, optimizer: { kind: "sgd", learning_rate: 0.05, weight_decay: 0 } };
  const short = fromQuery("?optimizer.learning_rate=1&optimizer.kind=adam", defaults, []).recipe;
  assert.deepEqual(/** @type {any} */ (short).optimizer, { kind: "adam", learning_rate: 1 });
});

test("arrays come off the wire to the last bit", () => {
  const values = [0.1, -0, 1e-310, Infinity, 2 ** 53];
  assert.deepEqual([...decode(typed(values))], values);
  const single = Buffer.from(new Uint8Array(new Float32Array([0.1, -2.5]).buffer)).toString("base64");
  assert.deepEqual([...decode({ dtype: "f4", shape: "2", bdata: single })], [Math.fround(0.1), -2.5]);
});

test("the default recipe needs no address, and any other comes back from its own", () => {
  assert.equal(toQuery(DEFAULTS, DEFAULTS, null, NOWHERE), "?");
  const recipe = {
    ...DEFAULTS,
    seed: 3,
    dtype: "float64",
    optimizer: { kind: "sgd", learning_rate: 0.25 },
    edits: [{ kind: "example", iteration: 3, slot: 0, example: 12 }],
  };
  const place = { at: "3/backward/conv2/dout/17", example: 2, view: "conv1.out/3" };
  const address = toQuery(recipe, DEFAULTS, null, place);
  assert.deepEqual(fromQuery(address, DEFAULTS, []), { recipe, guide: null, place, unknown: [] });
  assert.match(address, /seed=3&dtype=float64&/);
  assert.match(address, /optimizer\.learning_rate=0\.25/);
  assert.match(address, /at=3\/backward\/conv2\/dout\/17/);
});

test("a picture of one's own goes through the address, as it is and with nothing escaped", () => {
  // 28 times 28 numbers of two bytes, in base64url: every character that there can be.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const picture = letters.repeat(33).slice(0, Math.ceil((28 * 28 * 2 * 4) / 3));
  const recipe = { ...DEFAULTS, edits: [{ kind: "picture", iteration: 3, slot: 0, picture, label: 7 }] };
  const address = toQuery(recipe, DEFAULTS, null, NOWHERE);
  assert.ok(address.includes(picture));
  assert.ok(address.length < 2300);
  assert.deepEqual(fromQuery(address, DEFAULTS, []).recipe, recipe);
});

test("a worked example is named in the address, and a stop of it says where to look", () => {
  const stops = [
    { words: "", at: "0/loss", name: "loss.loss", cell: 0, published: "0.5", trial: null },
    { words: "", at: "4/update", name: "conv.w", cell: 2, published: "1.5", trial: null },
  ];
  const preset = { key: "small", title: "", words: "", recipe: { ...DEFAULTS, seed: 9 }, stops };
  const found = fromQuery("?preset=small&stop=2", DEFAULTS, [preset]);
  assert.deepEqual(found.recipe, preset.recipe);
  assert.deepEqual(found.guide, { preset, stop: 1 });
  assert.deepEqual(found.place, { at: "4/update", example: 0, view: "conv.w/2" });
  assert.equal(
    toQuery(preset.recipe, DEFAULTS, found.guide, found.place),
    "?preset=small&stop=2&at=4/update&view=conv.w/2",
  );
  assert.deepEqual(fromQuery("?preset=small&stop=77", DEFAULTS, [preset]).guide, { preset, stop: 0 });
  const moved = fromQuery("?preset=small&stop=2&at=1/loss", DEFAULTS, [preset]);
  assert.deepEqual(moved.place, { at: "1/loss", example: 0, view: null });
  const changed = fromQuery("?preset=small&batch_size=4", DEFAULTS, [preset]);
  assert.deepEqual([changed.recipe, changed.guide], [{ ...DEFAULTS, seed: 9, batch_size: 4 }, null]);
  assert.deepEqual(fromQuery("?preset=none", DEFAULTS, [preset]).unknown, ["preset=none"]);
});

test("a number is compared in as many decimals as were published", () => {
  assert.equal(asPublished(0.59326999211, "0.593269992"), "0.593269992");
  assert.equal(asPublished(-3, "-3"), "−3");
  assert.equal(asPublished(-0.0001, "0.12"), "0.00");
});

test("what a person types into the address reaches the server as it is, and changes nothing else", () => {
  const { recipe } = fromQuery("?batch_size=-4&optimizer.learning_rate=big&optimizer.wings=2", DEFAULTS, []);
  assert.deepEqual(recipe, {
    ...DEFAULTS,
    batch_size: -4,
    optimizer: { kind: "sgd", learning_rate: "big", wings: 2 },
  });
  fromQuery("?__proto__.polluted=1&constructor.prototype.polluted=1", DEFAULTS, []);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  assert.equal(DEFAULTS.batch_size, 1);
});

test("a key that no recipe has is told and left out, and the moment stays", () => {
  const { recipe, place, unknown } = fromQuery("?utm_source=mail&at=3&constructor.x=1", DEFAULTS, []);
  assert.deepEqual(recipe, DEFAULTS);
  assert.equal(place.at, "3");
  assert.deepEqual(unknown, ["utm_source", "constructor.x"]);
});

test("numbers are short, signed with a real minus, and honest about what they are not", () => {
  assert.equal(short(0), "0");
  assert.equal(short(-0.123456), "−0.1235");
  assert.equal(short(12345.678), "12350");
  assert.equal(short(0.00001234), "1.23e−5");
  assert.equal(short(NaN), "NaN");
  assert.equal(short(-Infinity), "−∞");
  assert.equal(percent(0.0931), "9.3 %");
  assert.equal(percent(0.06), "6.0 %");
  assert.equal(percent(1e-9), "<0.1 %");
  assert.equal(percent(0), "0.0 %");
  assert.equal(withArticle("8"), "an 8");
  assert.equal(withArticle("1"), "a 1");
  assert.equal(exampleName(0), "training example 0");
  assert.equal(exampleName(null), "your picture");
  assert.equal(percent(0.936), "93.6 %");
  assert.equal(percent(1), "100.0 %");
  assert.equal(plural(1, "cell"), "1 cell");
  assert.equal(plural(1234, "cell"), "1,234 cells");
});

test("an exact number is the shortest text that names that very float", () => {
  const cells = new Float32Array([0.1, 1 / 3, -2, 1e-42, 16777217]);
  for (const value of cells) {
    const text = exact(value, cells).replaceAll("−", "-");
    assert.equal(Math.fround(Number(text)), value);
  }
  assert.equal(exact(cells[0], cells), "0.1");
  assert.equal(exact(1 / 3, new Float64Array(1)), String(1 / 3));
});

test("row-major numbers become indices", () => {
  assert.deepEqual(indexOf(0, [2, 3, 4]), [0, 0, 0]);
  assert.deepEqual(indexOf(23, [2, 3, 4]), [1, 2, 3]);
  assert.deepEqual(indexOf(5, [10]), [5]);
});

test("zero is the neutral colour in both kinds of map, and opposite numbers differ", () => {
  for (const colours of Object.values(PALETTES)) {
    assert.equal(colourOf(0, 2, true, colours), colourOf(0, 2, false, colours));
    assert.equal(colourOf(0, 0, true, colours), colourOf(0, 2, true, colours));
    assert.notEqual(colourOf(1, 2, true, colours), colourOf(-1, 2, true, colours));
    assert.equal(colourOf(5, 2, true, colours), colourOf(2, 2, true, colours));
    assert.notEqual(colourOf(NaN, 2, true, colours), colourOf(0, 2, true, colours));
  }
});

test("a limit covers every number of the tensors that share it", () => {
  assert.equal(
    limitOf([
      { minimum: -3, maximum: 1 },
      { minimum: 0, maximum: 2 },
    ]),
    3,
  );
  assert.equal(limitOf([{ minimum: null, maximum: null }]), 0);
  assert.equal(limitOf([]), 0);
});

test("the cell under a point is the cell drawn there, for every cell of every kind of tensor", () => {
  const options = { cell: 3, across: 2, gap: 2, wrap: 4 };
  for (const shape of [[5, 2, 3], [2, 3, 2, 2], [3, 7], [10], [1, 1, 1]]) {
    const m = mosaic(shape, options);
    const total = shape.reduce((a, b) => a * b, 1);
    for (let cell = 0; cell < total; cell++) {
      const { x, y } = cellCorner(m, cell);
      assert.ok(x >= 0 && y >= 0 && x + m.cell <= m.width && y + m.cell <= m.height);
      assert.equal(cellAt(m, x, y, total), cell);
      assert.equal(cellAt(m, x + m.cell - 0.5, y + m.cell - 0.5, total), cell);
    }
  }
});

test("between the maps, beside them, and past the last cell there is no cell", () => {
  const m = mosaic([3, 2, 2], { cell: 4, across: 2, gap: 3 });
  assert.equal(cellAt(m, 9, 1, 12), null);
  assert.equal(cellAt(m, -1, 1, 12), null);
  assert.equal(cellAt(m, 12, 12, 12), null, "the fourth place of three maps");
  const vector = mosaic([10], { cell: 4, across: 1, gap: 0, wrap: 4 });
  assert.equal(cellAt(vector, 14, 10, 10), null, "the last row of a vector is not full");
});

test("an outline runs around a set of cells, not through it, and not across maps", () => {
  const m = mosaic([2, 3, 3], { cell: 1, across: 2, gap: 1 });
  assert.equal(outline(m, [0]).length, 4);
  assert.equal(outline(m, [0, 1, 3, 4]).length, 8);
  assert.equal(outline(m, [8, 9]).length, 8, "the last cell of a map and the first of the next do not touch");
});

test("the curve keeps the highest and the lowest loss of every column", () => {
  const losses = Float64Array.from({ length: 1000 }, (_, i) => (i === 500 ? 99 : 1 / (i + 1)));
  const columns = gather(losses, 37);
  assert.equal(columns.length, 37);
  assert.equal(Math.max(...columns.map(({ high }) => high)), 99);
  assert.equal(Math.min(...columns.map(({ low }) => low)), 1 / 1000);
  assert.deepEqual(gather(Float64Array.of(2, 4), 100), [
    { low: 2, high: 2, mean: 2 },
    { low: 4, high: 4, mean: 4 },
  ]);
  assert.deepEqual(smoothed([3, 3, 3]), [3, 3, 3]);
});

test("the store tells only of changes, with the state before", () => {
  const store = createStore(1, (state, /** @type {number} */ by) => state + by);
  /** @type {[number, number][]} */
  const heard = [];
  const stop = store.subscribe((state, before) => heard.push([state, before]));
  store.dispatch(2);
  store.dispatch(0);
  stop();
  store.dispatch(5);
  assert.deepEqual(heard, [[3, 1]]);
});

test("a cell that a person writes is found, and what is no cell is not", () => {
  assert.deepEqual(cellOf(RUN, " conv.out[0, 1,1] "), { name: "conv.out", cell: 3 });
  assert.deepEqual(cellOf(RUN, "loss.loss[0]"), { name: "loss.loss", cell: 0 });
  for (const text of [
    "conv.out",
    "conv.out[0,1]",
    "conv.out[0,2,0]",
    "nothing[0]",
    "conv.out[,,]",
    "conv.out[a,0,0]",
  ]) {
    assert.equal(cellOf(RUN, text), null, text);
  }
});

test("rows drawn as curves are as high as told, and their cells are found over the whole height", () => {
  const m = mosaic([2, 1, 20], { cell: 2, across: 1, gap: 3, high: 10 });
  assert.deepEqual([m.width, m.height], [40, 23]);
  assert.deepEqual(cellCorner(m, 21), { x: 2, y: 13 });
  assert.equal(cellAt(m, 3, 9, 40), 1);
  assert.equal(cellAt(m, 3, 11, 40), null);
  assert.equal(cellAt(m, 3, 22, 40), 21);
  assert.deepEqual(outline(m, [0])[1], [0, 10, 2, 10]);
});

test("three numbers make a colour between dark and bright, and one that is not finite is told", () => {
  assert.equal(cssOf(mixed(0, 0.5, 1, [0, 1])), "rgb(0 128 255)");
  assert.equal(cssOf(mixed(-0.5, 0, 0.5, [-0.5, 0.5])), "rgb(0 128 255)");
  assert.equal(mixed(NaN, 0, 0, [0, 1]), colourOf(NaN, 1, true, PALETTES.light));
});
