import assert from "node:assert/strict";
import { test } from "node:test";
import { fromAddress, leaderIn, meant, toAddress, withoutField } from "../../../static/js/core/address.js";

/** @type {any} */
const DEFAULTS = {
  seed: 7,
  batch_size: 1,
  dtype: "float32",
  edits: [],
  optimizer: { kind: "sgd", learning_rate: 0.05 },
};
const NOWHERE = { at: null, example: 0, look: null, view: null };
const NO_PLACE = { at: null, example: null, look: null, view: null };

test("the address of another optimizer has its own settings and no others", () => {
  const optimizer = { kind: "adam", learning_rate: 0.05, beta1: 0.8 };
  const address = toAddress({ ...DEFAULTS, optimizer }, DEFAULTS, null, NOWHERE);
  assert.deepEqual(fromAddress(address, DEFAULTS, []).recipe, { ...DEFAULTS, optimizer });
  const defaults = { ...DEFAULTS, optimizer: { kind: "sgd", learning_rate: 0.05, weight_decay: 0 } };
  const short = fromAddress("#optimizer.learning_rate=1&optimizer.kind=adam", defaults, []).recipe;
  assert.deepEqual(/** @type {any} */ (short).optimizer, { kind: "adam", learning_rate: 1 });
});

test("the default recipe has an empty address, and any other is restored from its address", () => {
  assert.equal(toAddress(DEFAULTS, DEFAULTS, null, NOWHERE), "#");
  const recipe = {
    ...DEFAULTS,
    seed: 3,
    dtype: "float64",
    optimizer: { kind: "sgd", learning_rate: 0.25 },
    edits: [{ kind: "example", iteration: 3, slot: 0, example: 12 }],
  };
  const place = { at: "3/backward/conv2/dout/17", example: 2, look: null, view: "conv1.out/3" };
  const address = toAddress(recipe, DEFAULTS, null, place);
  const found = { at: place.at, example: "2", look: null, view: "conv1.out/3" };
  assert.deepEqual(fromAddress(address, DEFAULTS, []), { recipe, guide: null, place: found, problems: [] });
  assert.deepEqual(fromAddress(address.replace("#", "?"), DEFAULTS, []).recipe, recipe, "an old link");
  assert.match(address, /seed=3&dtype=float64&/);
  assert.match(address, /optimizer\.learning_rate=0\.25/);
  assert.match(address, /at=3\/backward\/conv2\/dout\/17/);
});

test("the address names the example that is looked at in place of a slot of the batch", () => {
  const place = { ...NOWHERE, example: 2, look: 0 };
  assert.equal(toAddress(DEFAULTS, DEFAULTS, null, place), "#look=0");
  const { place: found } = fromAddress("#look=0&at=3/loss", DEFAULTS, []);
  assert.deepEqual(found, { ...NO_PLACE, look: "0", at: "3/loss" });
});

test("a picture is unchanged by the address, which escapes nothing", () => {
  // 28 times 28 numbers of two bytes, in base64url: every character that there can be.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const picture = letters.repeat(33).slice(0, Math.ceil((28 * 28 * 2 * 4) / 3));
  const recipe = { ...DEFAULTS, edits: [{ kind: "picture", iteration: 3, slot: 0, picture, label: 7 }] };
  const address = toAddress(recipe, DEFAULTS, null, NOWHERE);
  assert.ok(address.includes(picture));
  assert.ok(address.length < 2300);
  assert.deepEqual(fromAddress(address, DEFAULTS, []).recipe, recipe);
});

test("the address names a worked example and its stop, which gives the moment", () => {
  const stops = [
    { words: "", at: "0/loss", name: "loss.loss", cell: 0, published: "0.5", trial: null },
    { words: "", at: "4/update", name: "conv.w", cell: 2, published: "1.5", trial: null },
  ];
  const preset = { key: "small", title: "", words: "", recipe: { ...DEFAULTS, seed: 9 }, stops };
  const found = fromAddress("#preset=small&stop=2", DEFAULTS, [preset]);
  assert.deepEqual(found.recipe, preset.recipe);
  assert.deepEqual(found.guide, { preset, stop: 1 });
  assert.deepEqual(found.place, { ...NO_PLACE, at: "4/update", view: "conv.w/2" });
  assert.equal(
    toAddress(preset.recipe, DEFAULTS, found.guide, { ...NOWHERE, at: "4/update", view: "conv.w/2" }),
    "#preset=small&stop=2&at=4/update&view=conv.w/2",
  );
  for (const wrong of ["77", "0", "last"]) {
    const { guide, problems } = fromAddress(`#preset=small&stop=${wrong}`, DEFAULTS, [preset]);
    assert.deepEqual(guide, { preset, stop: 0 });
    assert.deepEqual(problems, [
      `The address has “stop=${wrong}”, which is left out: this worked example has the stops 1 to 2.`,
    ]);
  }
  const moved = fromAddress("#preset=small&stop=2&at=1/loss", DEFAULTS, [preset]);
  assert.deepEqual(moved.place, { ...NO_PLACE, at: "1/loss" });
  const changed = fromAddress("#preset=small&batch_size=4", DEFAULTS, [preset]);
  assert.deepEqual([changed.recipe, changed.guide], [{ ...DEFAULTS, seed: 9, batch_size: 4 }, null]);
  assert.deepEqual(fromAddress("#preset=none", DEFAULTS, [preset]).problems, [
    "The address has “preset=none”, which is left out: there is no such worked example.",
  ]);
});

test("typed values of the address reach the server unchanged and change nothing else", () => {
  const { recipe } = fromAddress(
    "#batch_size=-4&optimizer.learning_rate=big&optimizer.wings=2",
    DEFAULTS,
    [],
  );
  assert.deepEqual(recipe, {
    ...DEFAULTS,
    batch_size: -4,
    optimizer: { kind: "sgd", learning_rate: "big", wings: 2 },
  });
  fromAddress("#__proto__.polluted=1&constructor.prototype.polluted=1", DEFAULTS, []);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  assert.equal(DEFAULTS.batch_size, 1);
});

test("an unknown key is reported and left out, and the moment stays", () => {
  const { recipe, place, problems } = fromAddress("#nonsense=1&at=3&constructor.x=1", DEFAULTS, []);
  assert.deepEqual(recipe, DEFAULTS);
  assert.equal(place.at, "3");
  assert.deepEqual(
    problems.map((problem) => problem.match(/“(.*)”/)?.[1]),
    ["nonsense", "constructor.x"],
  );
});

test("what others add to a link is ignored: keys that follow its readers, and the punctuation after it", () => {
  const ours = "#seed=3&at=0/loss";
  for (const added of [
    "utm_source=mail&utm_medium=x",
    "fbclid=IwAR1_x-",
    "gclid=Cj0",
    "mc_cid=1",
    "utm_campaign=a.",
  ])
    for (const link of [`?${added}&seed=3&at=0/loss`, `#seed=3&at=0/loss&${added}`])
      assert.equal(meant(link), ours);
  for (const end of [".", ",", ")", ").", "!", "?", "...", ">", "]", '"', "”.", "’", "**", "。", "）"])
    assert.equal(meant(`?seed=3&at=0/loss${end}`), ours, `with ${end} at its end`);
  assert.equal(meant("#seed=3."), "#seed=3");
  assert.equal(leaderIn("?utm_source=x&follow=abc."), "abc");
  assert.equal(leaderIn("#seed=3"), null);
});

test("brackets that belong to a value stay, and so does all punctuation before the end", () => {
  const network = '[{"kind":"flatten"},{"kind":"dense","units":2}]';
  const recipeOf = (/** @type {string} */ link) =>
    /** @type {any} */ (fromAddress(meant(link), { ...DEFAULTS, network: [] }, []).recipe);
  assert.deepEqual(recipeOf(`?network=${network}`).network, JSON.parse(network));
  assert.deepEqual(recipeOf(`?network=${network}).`).network, JSON.parse(network));
  assert.equal(recipeOf("?seed=3.&batch_size=4.").seed, "3.");
  assert.equal(recipeOf("?seed=3.&batch_size=4.").batch_size, 4);
  assert.equal(recipeOf("?optimizer.learning_rate=1e-3").optimizer.learning_rate, 0.001);
});

test("a value that the server refuses is left out alone, with the reason", () => {
  const link = "#seed=x&batch_size=4&at=3";
  assert.deepEqual(withoutField(link, "seed", "seed should be a number."), {
    address: "#batch_size=4&at=3",
    problem: "The address has “seed=x”, which is left out: seed should be a number.",
  });
  assert.equal(withoutField(link, "network.2", "It does not fit."), null);
  assert.equal(withoutField("#network=[1]&seed=3", "network.0.units", "")?.address, "#seed=3");
  const optimizer = "#optimizer.kind=none&optimizer.learning_rate=1";
  assert.equal(withoutField(optimizer, "optimizer", "")?.address, "#optimizer.learning_rate=1");
  assert.equal(withoutField("#optimizer.beta=1&seed=3", "optimizer", "")?.address, "#seed=3");
  const long = withoutField(`#dtype=${"x".repeat(500)}`, "dtype", "It is no type.")?.problem ?? "";
  assert.ok(long.length < 120 && long.includes("x…”"), "a long value is shortened");
});

test("of many edits, only the one that the server refuses is left out", () => {
  const edits = [0, 1, 2].map((slot) => ({ kind: "example", iteration: 3, slot, example: 12 }));
  const address = toAddress({ ...DEFAULTS, edits }, DEFAULTS, null, NOWHERE);
  const rest = withoutField(address, "edits.1.example", "There is no such example.");
  assert.deepEqual(/** @type {any} */ (fromAddress(rest?.address ?? "", DEFAULTS, []).recipe).edits, [
    edits[0],
    edits[2],
  ]);
  assert.match(
    rest?.problem ?? "",
    /^The address has “edits\.1=\{"kind":"example".*…”, which is left out: There/,
  );
  assert.equal(withoutField("#edits=[1]&seed=3", "edits.0", "")?.address, "#seed=3");
  assert.equal(withoutField("#edits=x&seed=3", "edits", "")?.address, "#seed=3");
});
