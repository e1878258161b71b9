import { find, textsOf } from "../dom.js";
import { marksOf, outlinedOf, ringedOf } from "../maps.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import "../../../static/js/graphics/heatmap.js";
import { cropAround, lensCorner, needsLens } from "../../../static/js/graphics/map/lens.js";
import { cellDescription } from "../../../static/js/graphics/map/picture.js";
import { tableOf } from "../../../static/js/graphics/map/table.js";
import { durationOf, flowPath } from "../../../static/js/graphics/motion.js";
import { settle } from "../until.js";

/** @typedef {import("../../../static/js/graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../../static/js/graphics/heatmap.js").Picture} Picture */

/** Two maps of three by three cells, side by side: 0 to 8 and 9 to 17. @type {Picture} */
const PICTURE = {
  shape: [2, 3, 3],
  layout: { cell: 12, across: 2, gap: 4 },
  cells: Float64Array.from({ length: 18 }, (_, i) => i / 4),
  done: "all",
  limit: 5,
  signed: true,
  outlines: [],
  numbers: false,
  explorable: true,
  theme: "light",
  label: "values",
};

/** @param {Partial<Picture>} [changes] a map on the page, and its events as they come */
async function explored(changes) {
  const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
  document.body.replaceChildren(map);
  map.picture = { ...PICTURE, ...changes };
  await settle();
  /** @type {[string, number | null][]} */
  const heard = [];
  for (const type of ["cell-focus", "cell-click"])
    map.addEventListener(type, (event) => heard.push([type, /** @type {CustomEvent} */ (event).detail.cell]));
  /** The keys that reach the page. @type {string[]} */
  const passed = [];
  document.body.onkeydown = (event) => void passed.push(event.key);
  const press = (/** @type {string[]} */ ...keys) => {
    for (const key of keys) map.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  };
  return { map, heard, passed, press };
}

test("Enter goes into a map, arrows choose a cell, and Escape leaves it", async () => {
  const { map, heard, passed, press } = await explored();
  press("ArrowRight");
  assert.deepEqual([passed, heard], [["ArrowRight"], []], "outside, the arrows belong to the page");
  press("Enter", "ArrowRight", "ArrowDown");
  assert.deepEqual(outlinedOf(map, "cursor"), [4]);
  assert.equal(find("[aria-live]", map).textContent, "map 1, row 2, column 2: 1");
  press("Enter", "Escape");
  assert.deepEqual(outlinedOf(map, "cursor"), []);
  assert.deepEqual(heard, [
    ["cell-focus", 0],
    ["cell-focus", 1],
    ["cell-focus", 4],
    ["cell-click", 4],
    ["cell-focus", null],
  ]);
  assert.deepEqual(passed, ["ArrowRight"], "inside, no key of the map reaches the page");
  press("Enter");
  assert.deepEqual(heard.at(-1), ["cell-focus", 4], "a map is entered where it was left");
});

test("the spoken number follows the picture, and a map without explorable has no keys", async () => {
  const { map, press } = await explored();
  press("Enter");
  map.picture = { ...PICTURE, cells: new Float64Array(18).fill(-7) };
  assert.equal(find("[aria-live]", map).textContent, "map 1, row 1, column 1: −7");
  assert.equal(map.getAttribute("role"), "application");
  const plain = await explored({ explorable: false });
  plain.press("Enter", "ArrowRight");
  assert.deepEqual([plain.passed, plain.heard], [["Enter", "ArrowRight"], []]);
  assert.equal(plain.map.hasAttribute("tabindex"), false);
});

test("a cell is described by its place and its number, or by why it has none", () => {
  /** @param {Partial<Picture>} changes @param {number} cell */
  const of = (changes, cell) => cellDescription({ ...PICTURE, ...changes }, cell);
  assert.equal(of({}, 9), "map 2, row 1, column 1: 2.25");
  assert.equal(of({ shape: [3, 6] }, 7), "row 2, column 2: 1.75");
  assert.equal(of({ shape: [18] }, 7), "number 8: 1.75");
  assert.match(of({ done: 3 }, 3), /: not computed yet$/);
  assert.match(of({ cells: null }, 0), /: not computed yet$/);
  assert.match(of({ blank: [2] }, 2), /: padding$/);
  assert.match(of({ isExact: false }, 2), /: changes while it plays$/);
  assert.match(of({ winners: [2] }, 2), /: 0\.5, the winner$/);
  const cells = Float64Array.of(0, 1, 0.5, 1, 0, 0.25);
  assert.equal(
    of({ shape: [1, 2], colours: [0, 1], cells }, 1),
    "row 1, column 2: red 1, green 1, blue 0.25",
  );
});

test("a table has a header for each row and column, and the numbers of one map", () => {
  const table = tableOf({ ...PICTURE, done: 17 }, 1);
  assert.equal(find("caption", table).textContent, "values: map 2 of 2");
  assert.deepEqual(textsOf("th[scope=col]", table), ["column 1", "column 2", "column 3"]);
  assert.deepEqual(textsOf("th[scope=row]", table), ["row 1", "row 2", "row 3"]);
  assert.deepEqual(textsOf("tbody td", table), [
    ...["2.25", "2.5", "2.75", "3", "3.25", "3.5", "3.75", "4"],
    "not computed yet",
  ]);
  const vector = tableOf({ ...PICTURE, shape: [5], layout: { cell: 12, across: 1, gap: 0, wrap: 3 } });
  assert.deepEqual(textsOf("th[scope=row]", vector), ["from number 1", "from number 4"]);
  assert.deepEqual(textsOf("tbody td", vector), ["0", "0.25", "0.5", "0.75", "1"]);
});

test("the magnifier shows the cells around one, as far as its map goes", () => {
  const shape = [1, 7, 7];
  const cells = Float64Array.from({ length: 49 }, (_, i) => i);
  const wide = { ...PICTURE, shape, cells, done: 25, blank: [16], winners: [0, 24] };
  const middle = cropAround(wide, 24);
  assert.deepEqual([middle.row, middle.column, middle.picture.shape], [2, 2, [5, 5]]);
  assert.deepEqual([...(middle.picture.cells ?? [])].slice(0, 6), [8, 9, 10, 11, 12, 15]);
  assert.deepEqual(middle.picture.outlines, [{ cells: [12], style: "cursor" }]);
  assert.deepEqual([middle.picture.blank, middle.picture.winners], [[6], [12]]);
  assert.deepEqual([.../** @type {Uint8Array} */ (middle.picture.done)].slice(10, 15), [1, 1, 1, 0, 0]);
  const corner = cropAround(wide, 48);
  assert.deepEqual([corner.row, corner.column, corner.picture.shape], [2, 2, [3, 3]]);
  const second = cropAround(PICTURE, 9);
  assert.deepEqual([...(second.picture.cells ?? [])].slice(0, 3), [2.25, 2.5, 2.75], "of its own map");
  assert.equal(second.row, 0);
});

test("a magnifier helps where cells are hard to hit", () => {
  /** @param {number} cell */
  const of = (cell) => ({ ...PICTURE, layout: { ...PICTURE.layout, cell } });
  assert.deepEqual(
    [23, 24].map((cell) => needsLens(of(cell), "mouse")),
    [true, false],
  );
  assert.deepEqual(
    [43, 44].map((cell) => needsLens(of(cell), "touch")),
    [true, false],
  );
  assert.equal(needsLens({ ...PICTURE, explorable: false }, "touch"), false);
});

test("the magnifier is above the finger, inside the window, and below where there is no room", () => {
  const [lens, view] = [
    { width: 180, height: 200 },
    { width: 390, height: 844 },
  ];
  assert.deepEqual(lensCorner({ x: 195, y: 500 }, lens, view), { x: 105, y: 272 });
  assert.deepEqual(lensCorner({ x: 5, y: 500 }, lens, view), { x: 8, y: 272 });
  assert.deepEqual(lensCorner({ x: 388, y: 100 }, lens, view), { x: 202, y: 128 });
});

test("negative numbers have a mark where no number is, unless their colour is that of zero", async () => {
  const cells = Float64Array.of(-5, 5, -0.01, 0);
  const look = { shape: [1, 4], layout: { cell: 12, across: 1, gap: 0 }, cells };
  const { map } = await explored(look);
  /** @param {HTMLElement} of */
  const marked = (of) => [0, 1, 2, 3].map((cell) => marksOf(of)?.at(12 * cell + 6, 6) !== undefined);
  assert.deepEqual(marked(map), [true, false, false, false]);
  const small = await explored({ ...look, layout: { cell: 9, across: 1, gap: 0 } });
  assert.equal(marksOf(small.map)?.at(4, 4), undefined, "a cell of nine pixels is too small");
});

test("exactly the winners have a ring", async () => {
  const { map } = await explored({ winners: [1, 9] });
  assert.deepEqual(ringedOf(map), [1, 9]);
  map.picture = { ...PICTURE, winners: [2] };
  await settle();
  assert.deepEqual(ringedOf(map), [2]);
});

test("a window that glides is a box around its cells, and keeps its element", async () => {
  const { map } = await explored({ outlines: [{ cells: [0, 1, 3, 4], style: "forward", glides: true }] });
  const box = find(".window.forward", map);
  assert.deepEqual([box.style.width, box.style.transform], ["24px", "translate(0px, 0px)"]);
  map.picture = { ...PICTURE, outlines: [{ cells: [4, 5, 7, 8], style: "forward", glides: true }] };
  await settle();
  assert.equal(find(".window", map), box);
  assert.equal(box.style.transform, "translate(12px, 12px)");
  map.picture = PICTURE;
  await settle();
  assert.equal(map.querySelector(".window"), null);
});

test("a motion takes 120 to 250 milliseconds, longer for a longer way", () => {
  assert.deepEqual([0, 100, 5000].map(durationOf), [120, 180, 250]);
});

test("a line leaves a box at the side that faces the other one", () => {
  const [left, right] = [
    { x: 0, y: 0, width: 10, height: 20 },
    { x: 50, y: 40, width: 10, height: 20 },
  ];
  assert.equal(flowPath(left, right), "M 10 10 C 30 10 30 50 50 50");
  assert.equal(flowPath(right, left), "M 50 50 C 30 50 30 10 10 10");
});
