import assert from "node:assert/strict";
import { test } from "node:test";
import {
  added,
  draftOf,
  formOf,
  formsOf,
  INPUT,
  layerAt,
  moved,
  numberIn,
  recipeOf,
  removed,
  set,
  sourced,
  sourcesOf,
} from "../../../../static/js/views/builder/draft.js";

/** @type {any} */
const RELU = { kind: "relu" };
/** @type {any} */
const FLATTEN = { kind: "flatten" };
/** @type {any} */
const DENSE = { kind: "dense", units: 10 };
/** @type {any} */
const RECIPE = {
  network: [RELU, FLATTEN, DENSE],
  given: [{ name: "dense.b", values: [1] }],
  frozen: ["dense.b"],
  edits: [{ kind: "learning_rate", iteration: 3, value: 1 }],
  seed: 3,
};
/** @param {import("../../../../static/js/views/builder/draft.js").Draft} draft */
const kinds = (draft) => draft.rows.map(({ layer }) => layer.kind);
/** @type {import("../../../../static/js/wire.js").Setting} */
const PADDING = {
  name: "padding",
  number: "integer",
  pair: true,
  switch: false,
  layer: false,
  words: ["same", "valid"],
  optional: false,
  minimum: 0,
  maximum: 64,
};

test("a layer is added, moved and removed, and every row keeps its id", () => {
  const draft = added(draftOf(RECIPE), RELU, 1);
  assert.deepEqual(kinds(draft), ["relu", "relu", "flatten", "dense"]);
  assert.deepEqual(
    draft.rows.map(({ id }) => id),
    [0, 3, 1, 2],
  );
  const down = moved(draft, 3, 1);
  assert.deepEqual(kinds(down), ["relu", "flatten", "relu", "dense"]);
  assert.deepEqual(moved(down, 3, -1), draft);
  assert.equal(moved(draft, 0, -1), draft);
  assert.equal(moved(draft, 2, 1), draft);
  assert.deepEqual(kinds(removed(draft, 1)), ["relu", "relu", "dense"]);
  assert.equal(added(removed(draft, 3), RELU).rows[3].id, 4);
});

test("the recipe of an untouched draft keeps its given and frozen parameters, a changed one has none", () => {
  const draft = draftOf(RECIPE);
  assert.deepEqual(recipeOf(draft), { ...RECIPE, edits: [] });
  const changed = recipeOf(set(draft, 2, "units", 5));
  assert.deepEqual(changed.network[2], { kind: "dense", units: 5 });
  assert.deepEqual([changed.given, changed.frozen, changed.edits, changed.seed], [[], [], [], 3]);
  assert.deepEqual(recipeOf(moved(moved(draft, 0, 1), 0, -1)).frozen, ["dense.b"]);
});

test("a setting has a form for each way to give it, and a value has one of them", () => {
  const forms = formsOf(PADDING);
  assert.deepEqual(forms, [
    { kind: "word", word: "same" },
    { kind: "word", word: "valid" },
    { kind: "number" },
    { kind: "pair" },
  ]);
  assert.deepEqual(
    ["valid", 3, [1, 2]].map((value) => formOf(forms, value)),
    [1, 2, 3],
  );
  const stride = formsOf({ ...PADDING, words: [], number: null, optional: true });
  assert.deepEqual(
    [null, [2, 2]].map((value) => formOf(stride, value)),
    [0, 1],
  );
  const flag = formsOf({ ...PADDING, words: [], number: null, pair: false, switch: true });
  assert.equal(formOf(flag, false), 0);
});

test("an empty field is null and not 0", () => {
  assert.equal(numberIn(" "), null);
  assert.equal(numberIn("0"), 0);
  assert.equal(numberIn("1.5"), 1.5);
});

test("the name of a field tells the layer at fault", () => {
  assert.equal(layerAt("network.3"), 3);
  assert.equal(layerAt("network.12.filters"), 12);
  assert.equal(layerAt("batch_size"), null);
  assert.equal(layerAt(null), null);
});

/** @type {any} */
const ADD = { kind: "add", back: 3 };
const BLOCK = draftOf({ ...RECIPE, network: [RELU, RELU, RELU, ADD, FLATTEN] });
/** @param {import("../../../../static/js/views/builder/draft.js").Draft} draft how far back each addition reaches */
const backs = (draft) => recipeOf(draft).network.flatMap((layer) => ("back" in layer ? [layer.back] : []));

test("an add layer keeps its source when other layers are added, moved or removed", () => {
  assert.equal(BLOCK.rows[3].source, 0);
  assert.deepEqual(backs(BLOCK), [3]);
  assert.deepEqual(backs(added(BLOCK, RELU, 2)), [4]);
  assert.deepEqual(backs(removed(BLOCK, 1)), [2]);
  assert.deepEqual(backs(moved(BLOCK, 0, 1)), [2]);
  assert.deepEqual(backs(moved(BLOCK, 3, 1)), [4]);
  const away = moved(moved(moved(BLOCK, 3, -1), 3, -1), 3, -1);
  assert.deepEqual(backs(away), [-1], "the server says that there is nothing to add");
  assert.deepEqual(backs(moved(moved(moved(away, 3, 1), 3, 1), 3, 1)), [3]);
});

test("where its source is removed, an add layer adds the layer before it, or the input", () => {
  assert.equal(removed(BLOCK, 0).rows[2].source, INPUT);
  assert.deepEqual(backs(removed(BLOCK, 0)), [3]);
  assert.deepEqual(backs(removed(sourced(BLOCK, 3, 1), 1)), [2]);
});

test("an add layer can add every earlier layer except the last, which is its input anyway", () => {
  assert.deepEqual(sourcesOf(BLOCK, 3), [INPUT, 0, 1]);
  assert.deepEqual(backs(sourced(BLOCK, 3, INPUT)), [4]);
  assert.deepEqual(backs(sourced(BLOCK, 3, 1)), [2]);
  assert.deepEqual(sourcesOf(moved(moved(BLOCK, 0, 1), 0, 1), 3), [INPUT, 1, 2, 0]);
  const beyond = added(draftOf({ ...RECIPE, network: [RELU] }), { ...ADD, back: 9 });
  assert.equal(beyond.rows[1].source, null);
  assert.deepEqual(backs(beyond), [9]);
});
