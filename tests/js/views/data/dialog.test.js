import { find, mounted, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountData } from "../../../../static/js/views/data/dialog.js";
import { INITIAL } from "../../../../static/js/views/data/state.js";
import { RUN, typed } from "../../fixture.js";
import { AFTER, stateAt, WHOLE_RUN } from "../../states.js";

/** @typedef {import("../../../../static/js/views/data/state.js").Data} Data */

const RECIPE = /** @type {any} */ ({
  ...RUN.recipe,
  dataset: "digits",
  preprocessing: { scaling: "unit", whitening: false, balance: "as_is", label_noise: 0 },
  augmentation: { shift: 0, rotation: 0, scale: 0, noise: 0 },
  validation: { kind: "none" },
});
const DIGITS = /** @type {any} */ ({
  name: "digits",
  title: "digits",
  about: "Scanned.",
  classes: ["cat", "dog"],
  shape: [1, 2, 2],
  train_examples: 1200,
  test_examples: 300,
  ready: true,
  download: null,
});
const MNIST = {
  ...DIGITS,
  name: "mnist",
  title: "MNIST",
  train_examples: null,
  ready: false,
  download_bytes: 11_600_000,
};
const OWN = { ...DIGITS, name: "own:1", title: "shades" };
const IMAGES = { ...typed([0, 1, 2, 3, 4, 5, 6, 7]), shape: "2, 1, 2, 2" };
const DETAIL = /** @type {any} */ ({ info: DIGITS, means: IMAGES, signed: false, recipe: RECIPE });
const EXAMPLES = /** @type {any} */ ({
  start: 48,
  total: 1200,
  numbers: [48, 51],
  images: IMAGES,
  labels: [1, 0],
  signed: false,
  counts: [1000, 200],
});

/** The data browser in a state. @param {object} [changes] to the slice of the page with two examples */
function browsing(changes = {}) {
  openPage("data");
  const run = { ...WHOLE_RUN, recipe: RECIPE };
  const data = /** @type {Data} */ ({
    ...INITIAL,
    list: [DIGITS, MNIST, OWN],
    chosen: "digits",
    detail: DETAIL,
    examples: EXAMPLES,
    ...changes,
  });
  const state = stateAt(AFTER.loss, { run, changes: { dialog: "data", data } });
  const { asked, update } = mounted((app) => mountData(find("#data"), app), state);
  return {
    asked,
    /** @param {Partial<Data>} next @param {object} [page] changes to the page */
    show: (next, page = {}) => update({ ...state, ...page, data: { ...data, ...next } }),
  };
}

/** @param {string} selector @returns {(string | null)[]} what each says about being pressed */
const pressedOf = (selector) =>
  [...document.querySelectorAll(selector)].map((button) => button.getAttribute("aria-pressed"));

test("each set has its shape, its size and its state, and a click chooses it", () => {
  const { asked } = browsing();
  assert.deepEqual(textsOf("#data .sets button"), [
    "digits1×2×2 · 1,200 + 300in use",
    "MNIST1×2×2download 11.6 MB",
    "shades1×2×2 · 1,200 + 300",
  ]);
  assert.deepEqual(pressedOf("#data .sets button"), ["true", "false", "false"]);
  find("#data .sets li:nth-child(2) button").click();
  assert.deepEqual(asked, [["data.choose", "mnist"]]);
});

test("the head describes the chosen set, and a run can use it once its details are here", () => {
  const { asked, show } = browsing();
  assert.equal(textOf("#data h3"), "digits");
  assert.equal(
    textOf("#data .about"),
    "1×2×2 numbers each; 1,200 examples to train with, 300 to test with. Scanned.",
  );
  const use = /** @type {HTMLButtonElement} */ (find("#data .use"));
  use.click();
  assert.deepEqual(asked, [["data.use", null]]);
  show({ detail: null, examples: null });
  assert.deepEqual([use.disabled, find("#data .inside").hidden], [true, true]);
});

test("a set of one's own can be deleted, and the button asks again", () => {
  const { asked, show } = browsing();
  const remove = find("#data .remove");
  assert.equal(remove.hidden, true);
  show({ chosen: "own:1" });
  assert.deepEqual([remove.hidden, textOf("#data .remove")], [false, "Delete"]);
  remove.click();
  assert.deepEqual(asked, [["data.remove"]]);
  show({ chosen: "own:1", isRemoving: true });
  assert.equal(textOf("#data .remove"), "Really delete?");
  remove.dispatchEvent(new Event("blur"));
  assert.deepEqual(asked.at(-1), ["dispatch", { type: "data", data: { isRemoving: false } }]);
});

test("a set that is not on this machine shows its download instead of examples", () => {
  const { asked, show } = browsing();
  const [missing, bar] = [find("#data .missing"), /** @type {any} */ (find("#data .missing progress"))];
  assert.equal(missing.hidden, true);
  /** @param {object | null} download */
  const download = (download) =>
    show(/** @type {any} */ ({ chosen: "mnist", detail: null, list: [{ ...MNIST, download }] }));
  const words = () => [bar.hidden, textOf("#data .coming"), textOf("#data .bring")];
  download(null);
  assert.equal(missing.hidden, false);
  assert.deepEqual(words(), [
    true,
    "MNIST is not on this machine. It takes a download of 11.6 MB, once.",
    "Download",
  ]);
  download({ running: true, done: 2_000_000, total: 8_000_000, problem: null });
  assert.deepEqual(words(), [false, "2.0 MB of 8.0 MB", "Cancel"]);
  assert.deepEqual([bar.value, bar.max], [2_000_000, 8_000_000]);
  assert.equal(textOf("#data .sets .state"), "downloading …");
  download({ running: false, done: 0, total: 0, problem: "The server cannot be reached." });
  assert.deepEqual(words(), [true, "The server cannot be reached.", "Try again"]);
  assert.ok(find("#data .coming").classList.contains("wrong"));
  find("#data .bring").click();
  assert.deepEqual(asked, [["data.bring"]]);
});

test("a click on a class filters the examples, and a second click shows all", () => {
  const { asked } = browsing();
  assert.deepEqual(textsOf("#data .class"), ["cat1,000", "dog200"]);
  find("#data .class:last-child").click();
  assert.deepEqual(asked, [["data.turn", { label: 1, start: 0 }]]);
  const { asked: again } = browsing({ page: { split: "train", label: 1, start: 0 } });
  assert.deepEqual(pressedOf("#data .class"), ["false", "true"]);
  find("#data .class:last-child").click();
  assert.deepEqual(again, [["data.turn", { label: null, start: 0 }]]);
});

test("a split is chosen by its button, and the validation split needs a validation", () => {
  const { asked, show } = browsing();
  const validation = find("#data .part.validation");
  assert.equal(validation.hidden, true);
  assert.deepEqual(pressedOf("#data .part"), ["true", "false", "false"]);
  find("#data .part.test").click();
  assert.deepEqual(asked, [["data.turn", { split: "test", start: 0 }]]);
  show({ fields: { validation: "hold_out" }, page: { split: "validation", label: null, start: 0 } });
  assert.equal(validation.hidden, false);
  assert.deepEqual(pressedOf("#data .part"), ["false", "true", "false"]);
});

test("a training example can be put on the stage, and a test example cannot", () => {
  const { asked, show } = browsing();
  const thumbs = () => /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("#data .thumb")]);
  assert.deepEqual(
    thumbs().map((thumb) => thumb.getAttribute("aria-label")),
    ["training example 48: dog", "training example 51: cat"],
  );
  thumbs()[1].click();
  assert.deepEqual(asked, [["data.use", 51]]);
  show({ split: "test" });
  assert.deepEqual(
    thumbs().map(({ disabled, title }) => [disabled, title]),
    [
      [true, "test example 48: dog"],
      [true, "test example 51: cat"],
    ],
  );
});

test("pages turn by their size, and not beyond the ends", () => {
  const { asked, show } = browsing({ page: { split: "train", label: null, start: 48 } });
  assert.equal(textOf("#data .range"), "49 to 50 of 1,200");
  find("#data .next").click();
  find("#data .previous").click();
  assert.deepEqual(asked, [
    ["data.turn", { start: 96 }],
    ["data.turn", { start: 0 }],
  ]);
  const ends = () => ["previous", "next"].map((name) => find(`#data .${name}`).hasAttribute("disabled"));
  assert.deepEqual(ends(), [false, false]);
  show({ examples: { ...EXAMPLES, start: 0, total: 2 } });
  assert.deepEqual(ends(), [true, true]);
});

test("the upload panel replaces the chosen set, and no set is marked as chosen", () => {
  const { asked, show } = browsing();
  const [own, chosen] = [find("#data .own"), find("#data .chosen")];
  assert.deepEqual([own.hidden, chosen.hidden], [true, false]);
  find("#data .add").click();
  assert.deepEqual(asked, [["dispatch", { type: "data", data: { isAdding: true } }]]);
  show({ isAdding: true });
  assert.deepEqual([own.hidden, chosen.hidden], [false, true]);
  assert.deepEqual(pressedOf("#data .sets button"), ["false", "false", "false"]);
  assert.deepEqual(pressedOf("#data .add"), ["true"]);
});

test("a refusal is shown in the header until it is gone", () => {
  const { show } = browsing();
  const problem = find("#data header .problem");
  assert.equal(problem.hidden, true);
  show({}, { refusal: { dialog: "data", message: "label_noise is at most 1." } });
  assert.deepEqual([problem.hidden, problem.textContent], [false, "label_noise is at most 1."]);
  show({});
  assert.equal(problem.hidden, true);
});
