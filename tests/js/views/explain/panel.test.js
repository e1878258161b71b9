import { find, openPage, mounted, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountExplanation } from "../../../../static/js/views/explain/panel.js";
import { AFTER, stateAt } from "../../states.js";

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
  const { update, asked } = mounted((app) => mountExplanation(find("#explain"), app), first);
  return { asked, update, state };
}

/** @param {string} text */
const numberOf = (text) => Number(text.replaceAll("−", "-"));

test("the listed terms and a line for the others add up to the total", () => {
  explained({});
  const lines = textsOf("#explain .terms tbody td.number").map(numberOf);
  assert.deepEqual(lines, [-0.6172, -1.012, -0.0374]);
  assert.deepEqual(textsOf("#explain .terms tfoot td"), ["and 2 terms more", "−0.33340", "total", "−2.000"]);
  const total = [...lines, -0.3334].reduce((sum, value) => sum + value);
  assert.equal(total.toFixed(3), "-2.000");
});

test("where all terms are listed the rest is rounding, and a rest of zero has no line", () => {
  explained({ count: 3 });
  assert.deepEqual(textsOf("#explain .terms tfoot td:first-child"), ["rounding", "total"]);
  explained({ count: 2, terms: [term(1, -1, 0), term(1, -1, 1)] });
  assert.deepEqual(textsOf("#explain .terms tfoot td"), ["total", "−2.000"]);
  explained({ function: "softmax", value: 0.75, total: -2 });
  assert.ok(textsOf("#explain .terms tfoot td").includes("denominator"));
});

test("a factor that is a cell goes to it and outlines it, and a plain number does neither", () => {
  const two = { factors: [factor("−1", null, null, -1), factor("x", "input.out", 3, 2)], value: -2 };
  const { asked } = explained({ count: 1, terms: [two] });
  assert.equal(
    textOf("#explain .terms tbody td"),
    "−1 × x[0,3] 2",
    "a number that is its own symbol stands once",
  );
  const buttons = document.querySelectorAll("#explain .terms button");
  assert.equal(buttons.length, 1);
  /** @type {HTMLElement} */ (buttons[0]).click();
  assert.deepEqual(asked, [["follow", { name: "input.out", cell: 3, example: 0 }]]);
  find("#explain .terms tbody tr").dispatchEvent(new PointerEvent("pointerenter"));
  assert.deepEqual(asked[1], ["light", [{ name: "input.out", cells: [3] }]]);
});

test("a number that is not finite is named and has no printed sum", () => {
  explained({
    value: null,
    total: null,
    terms: [{ factors: [factor("x", "input.out", 3, 1)], value: null }],
  });
  assert.deepEqual(textsOf("#explain .terms tbody td.number"), ["not finite"]);
  assert.equal(document.querySelector("#explain .terms tfoot td"), null);
});

test("terms are listed by page, sorted by size or in order", () => {
  const { asked } = explained({ offset: 0, count: 30 });
  assert.equal(textOf("#explain .range"), "1 to 3 of 30");
  const [earlier, later, order] = ["earlier", "later", "order"].map(
    (name) => /** @type {HTMLButtonElement} */ (find(`#explain .pages .${name}`)),
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
  assert.deepEqual(textsOf("#explain .shares li"), ["example 1: 0.5", "example 2: not finite"]);
  assert.equal(textOf("#explain .terms tbody button"), "dout[0,0] of example 2 0.75");
});

test("the trail leads back to earlier cells, and the panel keeps its place while it waits", () => {
  const trail = [{ name: "loss.loss", cell: 0, example: 0, look: null }];
  const { asked, update, state } = explained({}, { trail });
  assert.deepEqual(textsOf("#explain .trail button"), ["loss.loss [0] ›"]);
  find("#explain .trail button").click();
  assert.deepEqual(asked, [["goBack", 0]]);
  update({ ...state, large: { name: "conv.out", cell: 1 }, explanation: null });
  assert.deepEqual([find("#explain").hidden, find("#explain").style.visibility], [false, "hidden"]);
  update(state);
  assert.equal(find("#explain").hidden, true);
});

test("the gradient path is offered for a parameter whose gradient is complete", () => {
  const gradient = { name: "conv.w", cell: 1 };
  const { update, asked, state } = explained({ ...gradient }, { large: gradient });
  assert.equal(find("#explain .show-chain").hidden, false);
  find("#explain .show-chain").click();
  assert.deepEqual(asked, [["findGradientPath"]]);
  const early = stateAt(AFTER.loss);
  update({ ...early, large: gradient, explanation: { ...SUM, ...gradient } });
  assert.equal(find("#explain .show-chain").hidden, true);
  const links = [
    { name: "loss.loss", cell: 0, index: [0], example: 0, factor: null, product: 1, value: 1 },
    { name: "dense.dout", cell: 1, index: [1], example: 0, factor: -0.75, product: -0.75, value: -0.75 },
  ];
  const gradientPath = /** @type {any} */ ({ words: "One path.", links });
  update({ ...state, large: gradient, explanation: { ...SUM, ...gradient }, gradientPath });
  assert.deepEqual(textsOf("#explain .chain tbody tr:last-child td"), [
    "dense.dout[1]",
    "× −0.75",
    "−0.75",
    "−0.75",
  ]);
});
