import assert from "node:assert/strict";
import { test } from "node:test";
import { fromQuery, toQuery } from "../../../static/js/core/address.js";

/** @type {any} */
const DEFAULTS = {
  seed: 7,
  batch_size: 1,
  dtype: "float32",
  edits: [],
  optimizer: { kind: "sgd", learning_rate: 0.05 },
};
const NOWHERE = { at: null, example: 0, look: null, view: null };

test("the address of another optimizer has its own settings and no others", () => {
  const optimizer = { kind: "adam", learning_rate: 0.05, beta1: 0.8 };
  const address = toQuery({ ...DEFAULTS, optimizer }, DEFAULTS, null, NOWHERE);
  assert.deepEqual(fromQuery(address, DEFAULTS, []).recipe, { ...DEFAULTS, optimizer });
  const defaults = { ...DEFAULTS, optimizer: { kind: "sgd", learning_rate: 0.05, weight_decay: 0 } };
  const short = fromQuery("?optimizer.learning_rate=1&optimizer.kind=adam", defaults, []).recipe;
  assert.deepEqual(/** @type {any} */ (short).optimizer, { kind: "adam", learning_rate: 1 });
});

test("the default recipe has an empty address, and any other is restored from its address", () => {
  assert.equal(toQuery(DEFAULTS, DEFAULTS, null, NOWHERE), "?");
  const recipe = {
    ...DEFAULTS,
    seed: 3,
    dtype: "float64",
    optimizer: { kind: "sgd", learning_rate: 0.25 },
    edits: [{ kind: "example", iteration: 3, slot: 0, example: 12 }],
  };
  const place = { at: "3/backward/conv2/dout/17", example: 2, look: null, view: "conv1.out/3" };
  const address = toQuery(recipe, DEFAULTS, null, place);
  assert.deepEqual(fromQuery(address, DEFAULTS, []), { recipe, guide: null, place, unknown: [] });
  assert.match(address, /seed=3&dtype=float64&/);
  assert.match(address, /optimizer\.learning_rate=0\.25/);
  assert.match(address, /at=3\/backward\/conv2\/dout\/17/);
});

test("the address names the example that is looked at in place of a slot of the batch", () => {
  const place = { ...NOWHERE, example: 2, look: 0 };
  assert.equal(toQuery(DEFAULTS, DEFAULTS, null, place), "?look=0");
  const found = (/** @type {string} */ search) => fromQuery(search, DEFAULTS, []).place;
  assert.deepEqual(found("?look=0&at=3/loss"), { ...NOWHERE, look: 0, at: "3/loss" });
  for (const wrong of ["", "-1", "2.5", "many"]) assert.equal(found(`?look=${wrong}`).look, null);
});

test("a picture is unchanged by the address, which escapes nothing", () => {
  // 28 times 28 numbers of two bytes, in base64url: every character that there can be.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const picture = letters.repeat(33).slice(0, Math.ceil((28 * 28 * 2 * 4) / 3));
  const recipe = { ...DEFAULTS, edits: [{ kind: "picture", iteration: 3, slot: 0, picture, label: 7 }] };
  const address = toQuery(recipe, DEFAULTS, null, NOWHERE);
  assert.ok(address.includes(picture));
  assert.ok(address.length < 2300);
  assert.deepEqual(fromQuery(address, DEFAULTS, []).recipe, recipe);
});

test("the address names a worked example and its stop, which gives the moment", () => {
  const stops = [
    { words: "", at: "0/loss", name: "loss.loss", cell: 0, published: "0.5", trial: null },
    { words: "", at: "4/update", name: "conv.w", cell: 2, published: "1.5", trial: null },
  ];
  const preset = { key: "small", title: "", words: "", recipe: { ...DEFAULTS, seed: 9 }, stops };
  const found = fromQuery("?preset=small&stop=2", DEFAULTS, [preset]);
  assert.deepEqual(found.recipe, preset.recipe);
  assert.deepEqual(found.guide, { preset, stop: 1 });
  assert.deepEqual(found.place, { ...NOWHERE, at: "4/update", view: "conv.w/2" });
  assert.equal(
    toQuery(preset.recipe, DEFAULTS, found.guide, found.place),
    "?preset=small&stop=2&at=4/update&view=conv.w/2",
  );
  assert.deepEqual(fromQuery("?preset=small&stop=77", DEFAULTS, [preset]).guide, { preset, stop: 0 });
  const moved = fromQuery("?preset=small&stop=2&at=1/loss", DEFAULTS, [preset]);
  assert.deepEqual(moved.place, { ...NOWHERE, at: "1/loss" });
  const changed = fromQuery("?preset=small&batch_size=4", DEFAULTS, [preset]);
  assert.deepEqual([changed.recipe, changed.guide], [{ ...DEFAULTS, seed: 9, batch_size: 4 }, null]);
  assert.deepEqual(fromQuery("?preset=none", DEFAULTS, [preset]).unknown, ["preset=none"]);
});

test("typed values of the address reach the server unchanged and change nothing else", () => {
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

test("an unknown key is reported and left out, and the moment stays", () => {
  const { recipe, place, unknown } = fromQuery("?utm_source=mail&at=3&constructor.x=1", DEFAULTS, []);
  assert.deepEqual(recipe, DEFAULTS);
  assert.equal(place.at, "3");
  assert.deepEqual(unknown, ["utm_source", "constructor.x"]);
});
