import { find, openPage, mounted, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountDock } from "../../../../static/js/views/explain/dock.js";
import { pointsOf } from "../../../../static/js/views/explain/history_panel.js";
import { typed } from "../../fixture.js";
import { AFTER, stateAt, WHOLE_RUN } from "../../states.js";

/** @typedef {import("../../../../static/js/core/state.js").State} State */

/** @param {string} tag @param {string} text @returns {any} */
const math = (tag, text) => ({ tag, text, items: [] });

/** @param {string} symbol @param {string | null} name @param {number | null} cell @param {number} value @returns {any} */
const factor = (symbol, name, cell, value) => ({
  symbol,
  name,
  cell,
  index: cell === null ? [] : [0, cell],
  example: 0,
  value,
});

/** @param {number} w @param {number} x @param {number} cell */
const term = (w, x, cell) => ({
  factors: [factor("w", "conv.w", cell, w), factor("x", "input.out", cell + 1, x)],
  value: w * x,
});

/** @type {any} */
const SUM = {
  name: "conv.out",
  cell: 1,
  example: 0,
  words: "A sum of products.",
  function: "sum",
  value: -2,
  total: -2,
  rest: -0.333,
  count: 5,
  offset: 0,
  terms: [term(0.5, -1.2345, 0), term(-1, 1.01234, 1), term(2, -0.0187, 2)],
  shares: [],
  meaning: null,
  earlier: null,
  symbols: math("mi", "y"),
  numbers: math("mn", "−2"),
};

/** @param {Partial<typeof SUM>} explanation @param {Partial<State>} [changes] */
function explained(explanation, changes = {}) {
  openPage();
  const state = stateAt(AFTER.update);
  const large = { name: "conv.out", cell: 1 };
  const first = { ...state, large, explanation: { ...SUM, ...explanation }, ...changes };
  const { update, asked } = mounted((app) => mountDock(find("#dock"), app), first);
  return { asked, update, state };
}

/** @param {string} text */
const numberOf = (text) => Number(text.replaceAll("−", "-"));

test("the listed terms and a line for the others add up to the total", () => {
  explained({});
  const lines = textsOf("#dock .terms tbody td.number").map(numberOf);
  assert.deepEqual(lines, [-0.6172, -1.012, -0.0374]);
  assert.deepEqual(textsOf("#dock .terms tfoot td"), ["and 2 terms more", "−0.33340", "total", "−2.000"]);
  const total = [...lines, -0.3334].reduce((sum, value) => sum + value);
  assert.equal(total.toFixed(3), "-2.000");
});

test("where all terms are listed the rest is rounding, and a rest of zero has no line", () => {
  explained({ count: 3 });
  assert.deepEqual(textsOf("#dock .terms tfoot td:first-child"), ["rounding", "total"]);
  explained({ count: 2, terms: [term(1, -1, 0), term(1, -1, 1)] });
  assert.deepEqual(textsOf("#dock .terms tfoot td"), ["total", "−2.000"]);
  explained({ function: "softmax", value: 0.75, total: -2 });
  assert.ok(textsOf("#dock .terms tfoot td").includes("denominator"));
});

test("a factor that is a cell goes to it and outlines it, and a plain number does neither", () => {
  const two = { factors: [factor("−1", null, null, -1), factor("x", "input.out", 3, 2)], value: -2 };
  const { asked } = explained({ count: 1, terms: [two] });
  assert.equal(
    textOf("#dock .terms tbody td"),
    "−1 × x[0,3] 2",
    "a number that is its own symbol stands once",
  );
  const buttons = document.querySelectorAll("#dock .terms button");
  assert.equal(buttons.length, 1);
  /** @type {HTMLElement} */ (buttons[0]).click();
  assert.deepEqual(asked, [["follow", { name: "input.out", cell: 3, example: 0 }]]);
  find("#dock .terms tbody tr").dispatchEvent(new PointerEvent("pointerenter"));
  assert.deepEqual(asked[1], ["light", [{ name: "input.out", cells: [3] }]]);
});

test("a number that is not finite is named and has no printed sum", () => {
  explained({
    value: null,
    total: null,
    terms: [{ factors: [factor("x", "input.out", 3, 1)], value: null }],
  });
  assert.deepEqual(textsOf("#dock .terms tbody td.number"), ["not finite"]);
  assert.equal(document.querySelector("#dock .terms tfoot td"), null);
});

test("terms are listed by page, sorted by size or in order", () => {
  const { asked } = explained({ offset: 0, count: 30 });
  assert.equal(textOf("#dock .range"), "1 to 3 of 30");
  const [earlier, later, order] = ["earlier", "later", "order"].map(
    (name) => /** @type {HTMLButtonElement} */ (find(`#panel-terms .pages .${name}`)),
  );
  assert.deepEqual([earlier.disabled, later.disabled, order.textContent], [true, false, "largest first"]);
  later.click();
  order.click();
  assert.deepEqual(asked, [
    ["turn", { offset: 12 }],
    ["turn", { sort: "order", offset: 0 }],
  ]);
});

test("the contribution of each example is shown, and each factor of a sum over the batch names its example", () => {
  const of = { factors: [{ ...factor("dout", "dense.dout", 0, 0.75), example: 1 }], value: 0.75 };
  explained({
    terms: [of],
    count: 1,
    shares: [
      { example: 0, value: 0.5 },
      { example: 1, value: null },
    ],
  });
  assert.deepEqual(textsOf("#panel-shares li"), ["this example0.5", "example 2not finite"]);
  const sizes = [...document.querySelectorAll("#panel-shares i")].map((bar) =>
    /** @type {HTMLElement} */ (bar).style.getPropertyValue("--size"),
  );
  assert.deepEqual(sizes, ["1", "0"], "the largest share has the longest bar");
  assert.equal(textOf("#dock .terms tbody button"), "dout[0,0] of example 2 0.75");
});

test("the trail leads back to earlier cells", () => {
  const trail = [{ name: "loss.loss", cell: 0, example: 0, look: null }];
  const { asked } = explained({}, { trail });
  assert.deepEqual(textsOf("#dock .trail button"), ["‹ loss.loss[0]"]);
  find("#dock .trail button").click();
  assert.deepEqual(asked, [["goBack", 0]]);
});

test("the dock names the number in words and by its symbol, and shows it with four digits", () => {
  explained({});
  assert.equal(textOf("#dock h2"), "value in row 1, column 2");
  assert.ok(textOf("#dock .symbol").startsWith("conv.out[0,0,1]"));
  assert.equal(textOf("#dock .value"), "−2");
  assert.equal(textOf("#dock .status"), "value in row 1, column 2: −2", "screen readers are told");
});

test("while an answer is on its way, the new name and number stand without the old words, which keep their place", () => {
  const { update, state } = explained({});
  assert.equal(find("#dock").getAttribute("aria-busy"), "false");
  update({ ...state, large: { name: "conv.out", cell: 3 }, explanation: null });
  assert.equal(textOf("#dock h2"), "value in row 2, column 2");
  assert.equal(textOf("#dock .value"), "0.5");
  assert.equal(find("#dock").getAttribute("aria-busy"), "true", "the style hides what is busy");
  assert.deepEqual(textsOf("#dock [role=tab]"), ["Terms", "Code"], "the tabs keep their places");
  update(state);
  assert.equal(find("#dock").hidden, true);
});

test("in Explore the largest terms come first, and all of them on request", () => {
  const four = [...SUM.terms, term(0.01, 0.5, 3)];
  const { asked, update, state } = explained({ terms: four }, { depth: "explore" });
  assert.equal(textsOf("#dock .terms tbody tr").length, 3);
  assert.equal(textOf("#dock .terms tfoot td"), "and 2 terms more");
  assert.equal(document.querySelectorAll("#dock math").length, 0);
  assert.equal(textOf("#panel-terms .all"), "all 5 terms ›");
  find("#panel-terms .all").click();
  assert.deepEqual(asked, [["listTerms"]]);
  const inspection = { ...state.inspection, isListed: true };
  const open = { large: { name: "conv.out", cell: 1 }, explanation: { ...SUM, terms: four } };
  update({ ...state, ...open, depth: "explore", inspection });
  assert.equal(textsOf("#dock .terms tbody tr").length, 4);
  assert.equal(document.querySelectorAll("#dock math").length, 2);
  assert.equal(find("#panel-terms .all").hidden, true);
});

test("only tabs that apply are shown, and the one chosen last stays open where it applies", () => {
  const weight = { name: "conv.w", cell: 1 };
  const given = { ...weight, count: 0, terms: [] };
  const { update, asked, state } = explained(given, { large: weight, depth: "explore" });
  assert.deepEqual(textsOf("#dock [role=tab]"), ["Path", "History", "Nudge", "Map", "Code"]);
  find("#tab-map").click();
  assert.deepEqual(asked, [["openTab", "map"]]);
  const inspection = { ...state.inspection, tab: /** @type {const} */ ("nudge") };
  const explanation = { ...SUM, ...given };
  update({ ...state, large: weight, explanation, depth: "explore", inspection });
  assert.equal(find("#tab-nudge").getAttribute("aria-selected"), "true");
  assert.deepEqual([find("#panel-nudge").hidden, find("#panel-path").hidden], [false, true]);
  const large = { name: "conv.out", cell: 1 };
  update({ ...state, large, explanation: SUM, depth: "explore", inspection });
  assert.equal(find("#tab-terms").getAttribute("aria-selected"), "true", "an output cannot be nudged");
  find("#tab-terms").focus();
  const press = (/** @type {string} */ key) =>
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  press("ArrowRight");
  press("End");
  assert.deepEqual(asked.slice(1), [
    ["openTab", "map"],
    ["openTab", "code"],
  ]);
});

test("the gradient path has its tab for a parameter whose gradient is complete", () => {
  const gradient = { name: "conv.w", cell: 1 };
  const { update, state } = explained({ ...gradient, count: 0, terms: [] }, { large: gradient });
  assert.ok(textsOf("#dock [role=tab]").includes("Path"));
  assert.equal(find("#panel-path").getAttribute("aria-busy"), "true");
  const links = [
    { name: "loss.loss", cell: 0, index: [0], example: 0, factor: null, product: 1, value: 1 },
    { name: "dense.dout", cell: 1, index: [1], example: 0, factor: -0.75, product: -0.75, value: -0.75 },
  ];
  const gradientPath = /** @type {any} */ ({ words: "One path.", links });
  const explanation = { ...SUM, ...gradient };
  update({ ...state, large: gradient, explanation, gradientPath });
  assert.deepEqual(textsOf("#panel-path tbody tr:last-child td"), [
    "dense.dout[1]",
    "× −0.75",
    "−0.75",
    "−0.75",
  ]);
  update({ ...stateAt(AFTER.loss), large: gradient, explanation });
  assert.ok(!textsOf("#dock [role=tab]").includes("Path"));
});

test("a weight that a person has set says so, and one press takes it back", () => {
  const weight = { name: "conv.w", cell: 1 };
  const edit = /** @type {const} */ ({ kind: "parameter", iteration: 2, ...weight, value: 0.75 });
  const later = { ...edit, iteration: 9 };
  const run = { ...WHOLE_RUN, recipe: { ...WHOLE_RUN.recipe, edits: [edit, later] } };
  const given = { ...weight, count: 0, terms: [] };
  const { asked, update, state } = explained(given, { large: weight, run });
  assert.equal(textOf("#dock .edited"), "Set to 0.75 from step 2 on. Undo");
  find("#dock .undo").click();
  assert.deepEqual(asked, [["removeEdit", edit]]);
  update({ ...state, run, large: { name: "conv.w", cell: 0 }, explanation: { ...SUM, ...given, cell: 0 } });
  assert.equal(find("#dock .edited").hidden, true, "another cell");
});

test("a new value is set from the step shown on, for parameters only", () => {
  const weight = { name: "conv.w", cell: 1 };
  const { asked, update, state } = explained({ ...weight, count: 0, terms: [] }, { large: weight });
  const value = /** @type {HTMLInputElement} */ (find("#keep .value"));
  assert.equal(value.value, "-0.5", "the form begins with the present value");
  assert.equal(textOf("#keep .from"), "from step 3 on");
  value.value = "0.25";
  find("#keep").dispatchEvent(new Event("submit", { cancelable: true }));
  assert.deepEqual(asked, [["setParameter", 0.25]]);
  update({ ...state, large: { name: "input.out", cell: 1 } });
  assert.equal(find("#keep").hidden, true, "a pixel is no part of the recipe");
});

test("the history of a weight is a curve whose points are read by pointer and arrows", () => {
  const weight = { name: "conv.w", cell: 1 };
  const { asked, update, state } = explained({ ...weight, count: 0, terms: [] }, { large: weight });
  assert.ok(find("#panel-history").classList.contains("empty"), "nothing stale is seen while it waits");
  const history = /** @type {any} */ ({
    ...weight,
    iterations: typed([0, 1, 3]),
    values: typed([0.25, 0.5, -0.25]),
    start: 0.25,
    value: -0.25,
    gradient: 0.125,
    after: null,
    words: "It started at 0.25.",
  });
  const open = { ...state, large: weight, explanation: { ...SUM, ...weight, count: 0, terms: [] } };
  update({ ...open, inspection: { ...open.inspection, tab: "history", history } });
  assert.deepEqual(textsOf("#panel-history dd"), ["0.25", "−0.25", "0.125", "not finite"]);
  assert.equal(textOf("#panel-history .told"), "step 3: −0.25");
  const press = (/** @type {string} */ key) =>
    find("#panel-history .course").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  press("ArrowLeft");
  assert.equal(textOf("#panel-history .told"), "step 1: 0.5");
  assert.equal(find("#panel-history .course").getAttribute("aria-valuetext"), "step 1: 0.5");
  press("Enter");
  assert.deepEqual(asked, [["seek", { iteration: 1 }]]);
});

test("the curve goes from the first step to the last and from the least value to the largest", () => {
  const points = pointsOf([0, 5, 10], [1, -1, 0]);
  assert.deepEqual(points, [
    [4, 4],
    [180, 116],
    [356, 60],
  ]);
  assert.deepEqual(pointsOf([0], [0.5]), [[4, 60]], "a weight at its start");
});
