import { drawingOf } from "../canvas.js";
import { fillsOf, hatchedOf, marksOf, numbersOf, outlinedOf } from "../maps.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { colourOf, cssOf, PALETTES } from "../../../static/js/graphics/colour.js";
import "../../../static/js/graphics/heatmap.js";
import { settle } from "../until.js";

/** @typedef {import("../../../static/js/graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../../static/js/graphics/heatmap.js").Picture} Picture */

/** Two maps of two by three cells, side by side. */
const CELLS = Float64Array.of(-2, -1, 0, 1, 2, 0.5, 4, -4, 3, -3, 0, 1);
/** @type {Picture} */
const PICTURE = {
  shape: [2, 2, 3],
  layout: { cell: 40, across: 2, gap: 6 },
  cells: CELLS,
  done: "all",
  limit: 4,
  signed: true,
  outlines: [],
  numbers: false,
  theme: "light",
  label: "numbers",
};
const ALL = [...CELLS.keys()];

/** @param {Partial<Picture>} changes @returns {Promise<HeatMap>} drawn */
async function drawn(changes) {
  const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
  document.body.replaceChildren(map);
  map.picture = { ...PICTURE, ...changes };
  await settle();
  return map;
}

/** @param {number} value @param {boolean} signed */
const colour = (value, signed = true) => cssOf(colourOf(value, 4, signed, PALETTES.light));

test("exactly the cells that are not computed are hatched", async () => {
  assert.deepEqual(hatchedOf(await drawn({ done: "all" })), []);
  assert.deepEqual(hatchedOf(await drawn({ done: "none" })), ALL);
  assert.deepEqual(hatchedOf(await drawn({ done: 0 })), ALL);
  assert.deepEqual(hatchedOf(await drawn({ done: 5 })), ALL.slice(5));
  assert.deepEqual(hatchedOf(await drawn({ done: 12 })), []);
  const mask = Uint8Array.from(ALL, (cell) => Number(cell % 3 === 1));
  assert.deepEqual(
    hatchedOf(await drawn({ done: mask })),
    ALL.filter((cell) => cell % 3 !== 1),
  );
  assert.deepEqual(hatchedOf(await drawn({ cells: null })), ALL, "without numbers nothing is computed");
});

test("each cell has the colour of its number, and the next picture replaces the last", async () => {
  const map = await drawn({});
  assert.deepEqual(
    fillsOf(map),
    [...CELLS].map((value) => colour(value)),
  );
  map.picture = { ...PICTURE, signed: false, cells: CELLS.map(Math.abs) };
  await settle();
  assert.deepEqual(
    fillsOf(map),
    [...CELLS].map((value) => colour(Math.abs(value), false)),
  );
});

test("a number that is not finite has its own colour and is named", async () => {
  const cells = Float64Array.from(CELLS);
  cells.set([NaN, Infinity, 0]);
  const map = await drawn({ cells, numbers: true });
  const fills = fillsOf(map);
  assert.equal(fills[0], fills[1]);
  assert.notEqual(fills[0], fills[2], "NaN is not zero");
  assert.deepEqual(numbersOf(map).slice(0, 4), ["NaN", "∞", "0", "1.0"]);
});

test("exactly the computed cells hold numbers", async () => {
  const map = await drawn({ numbers: true, done: 4, blank: [1] });
  assert.deepEqual(numbersOf(map), ["−2", undefined, "0", "1", ...new Array(8).fill(undefined)]);
  assert.equal(fillsOf(map)[1], "--raised", "a zero of the padding is no number of the tensor");
  assert.deepEqual(numbersOf(await drawn({})), new Array(12).fill(undefined));
});

test("an outline encloses exactly its cells", async () => {
  const map = await drawn({
    outlines: [
      { cells: [0, 1, 3, 4], style: "reads" },
      { cells: [7], style: "writes" },
      { cells: [5, 6], style: "lit" },
    ],
  });
  assert.deepEqual(outlinedOf(map, "reads"), [0, 1, 3, 4]);
  assert.deepEqual(outlinedOf(map, "writes"), [7]);
  assert.deepEqual(outlinedOf(map, "lit"), [5, 6], "the last cell of a map and the first of the next");
  assert.deepEqual(outlinedOf(map, "cursor"), []);
});

test("in a picture in colour a cell is computed when its last channel is", async () => {
  const colours = /** @type {const} */ ([0, 1]);
  const shape = [1, 2];
  const cells = Float64Array.of(0, 1, 1, 0.5, 0, 0);
  const map = await drawn({ shape, cells, colours, done: 5 });
  assert.deepEqual(hatchedOf(map), [1]);
  assert.deepEqual(fillsOf(await drawn({ shape, cells, colours })), ["rgb(0 255 0)", "rgb(255 128 0)"]);
});

test("a curve has positive numbers above zero and negative ones below", async () => {
  const cells = Float64Array.of(4, -4, 0, NaN);
  const layout = { cell: 10, across: 1, gap: 0, high: 40 };
  const map = await drawn({ shape: [1, 1, 4], layout, cells, curve: true });
  const curve = marksOf(map);
  const ground = colour(0);
  /** @param {number} cell */
  const both = (cell) => [10, 30].map((y) => curve?.at(10 * cell + 5, y) ?? ground);
  assert.deepEqual(
    drawingOf(/** @type {HTMLCanvasElement} */ (map.querySelector("canvas"))).pixels.map((pixel) =>
      cssOf(Number(pixel)),
    ),
    [ground, ground, ground, ground],
  );
  assert.deepEqual(both(0), [colour(4), ground]);
  assert.deepEqual(both(1), [ground, colour(-4)]);
  assert.deepEqual(both(2), [ground, ground]);
  assert.deepEqual(both(3), [colour(NaN), colour(NaN)], "what is not finite is seen over the whole height");
});

test("a cell is hovered, and a click counts for the cell where the pointer went down", async () => {
  const map = await drawn({});
  /** @type {[string, number | null][]} */
  const heard = [];
  for (const type of ["cell-hover", "cell-click"])
    map.addEventListener(type, (event) => heard.push([type, /** @type {CustomEvent} */ (event).detail.cell]));
  map.dispatchEvent(new PointerEvent("pointermove", { clientX: 50, clientY: 10 }));
  map.dispatchEvent(new PointerEvent("pointerdown", { clientX: 130, clientY: 50 }));
  map.dispatchEvent(new MouseEvent("click", { detail: 1, clientX: 10, clientY: 10 }));
  map.dispatchEvent(new MouseEvent("click", { detail: 0 }));
  map.dispatchEvent(new PointerEvent("pointerleave"));
  assert.deepEqual(heard, [
    ["cell-hover", 1],
    ["cell-click", 9],
    ["cell-hover", null],
  ]);
});
