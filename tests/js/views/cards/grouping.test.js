import assert from "node:assert/strict";
import { test } from "node:test";
import { groupsThatFit, namesOn, WIDTHS } from "../../../../static/js/views/cards/grouping.js";

/** @param {string} name @param {string} form @param {number} parameters */
const layer = (name, form, parameters) =>
  /** @type {any} */ ({ name, form, parameters, title: `The ${name}` });
const LAYERS = [
  layer("conv1", "windows", 80),
  layer("relu1", "curve", 0),
  layer("pool1", "windows", 0),
  layer("conv2", "windows", 160),
  layer("relu2", "curve", 0),
  layer("flatten", "before_after", 0),
  layer("dense", "matrix", 650),
];
/** @param {number} cards @param {boolean} [isSlim] */
const room = (cards, isSlim = false) =>
  WIDTHS.focus + cards * ((isSlim ? WIDTHS.slim : WIDTHS.card) + WIDTHS.gap);
/** @param {string | null} focus @param {number} width @param {boolean} [isSlim] */
const namesIn = (focus, width, isSlim = false) =>
  groupsThatFit(LAYERS, focus, width, isSlim).map(({ layers }) => layers.map(({ name }) => name).join(" "));

test("layers share the card of the convolution or dense layer before them", () => {
  assert.deepEqual(namesIn(null, room(9)), ["conv1 relu1 pool1", "conv2 relu2 flatten", "dense"]);
});

test("the layer in focus has a card of its own, between those of its neighbours", () => {
  assert.deepEqual(namesIn("relu1", room(9)), ["conv1", "relu1", "pool1", "conv2 relu2 flatten", "dense"]);
});

test("where there is less room, more neighbours share a card, and the focus stays alone", () => {
  assert.deepEqual(namesIn("relu1", room(3)), ["conv1", "relu1", "pool1", "conv2 relu2 flatten dense"]);
  assert.deepEqual(namesIn("conv2", room(2)), ["conv1 relu1 pool1", "conv2", "relu2 flatten dense"]);
  assert.deepEqual(namesIn("conv2", 0), ["conv1 relu1 pool1", "conv2", "relu2 flatten dense"]);
});

test("slim cards leave room for more of them", () => {
  assert.ok(namesIn("relu1", room(3), true).length > namesIn("relu1", room(3)).length - 1);
  assert.equal(namesIn("relu1", room(4, true), true).length, 5);
});

test("a card is titled by its layer, and several by the names of the first and the last", () => {
  const titles = groupsThatFit(LAYERS, "conv1", room(9), false).map((group) =>
    namesOn(group).map(({ words }) => words),
  );
  assert.deepEqual(titles, [["The conv1"], ["relu1,", "pool1"], ["conv2", "…flatten"], ["The dense"]]);
});
