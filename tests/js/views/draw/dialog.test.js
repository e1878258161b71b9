import { find, openPage, textOf, textsOf } from "../../dom.js";
import { fillsOf, outlinedOf } from "../../maps.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { colourOf, cssOf, PALETTES } from "../../../../static/js/graphics/colour.js";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { encode } from "../../../../static/js/core/typed_arrays.js";
import { mountDraw } from "../../../../static/js/views/draw/dialog.js";
import { fakeServer, page } from "../../page.js";
import { WHOLE_RUN } from "../../states.js";
import { settle, until } from "../../until.js";

/** @typedef {import("../../../../static/js/core/state.js").State} State */

beforeEach(() => localStorage.clear());

const INPUT = [0, 0.5, 1, 0, 0.25, 0.75, 1, 0, 0];
const GREY = encode(Float32Array.of(0, 128, 255, 64), [2, 2]);
/** @type {any} */
const READING = {
  dataset: "drawn",
  input: encode(Float32Array.from(INPUT), [1, 3, 3]),
  stages: [{ key: "grey", title: "grey", words: "Grey.", picture: GREY, is_ink: false }],
  boxes: [[0.1, 0.1, 0.9, 0.9]],
  chosen: 0,
  doubts: [],
};

/** @param {number} winner @param {string} words @returns {any} */
const answered = (winner, words) => ({
  winner,
  answers: winner === 0 ? [0.75, 0.25] : [0.25, 0.75],
  words,
  verdict: winner === 0 ? "unsure" : "sure",
  picture: `picture of ${winner}`,
  tensors: [
    { name: "conv.out", data: encode(Float32Array.of(1, -2, 0, 0.5), [1, 2, 2]), minimum: -2, maximum: 1 },
  ],
});

/** The dialog on a page with a server in memory. @param {{ [name: string]: any }} [own] of the transport */
async function drawing(own = {}) {
  openPage("draw");
  const server = fakeServer();
  const { createRun } = server.transport;
  Object.assign(server.transport, {
    createRun: async (/** @type {any} */ recipe) => {
      const { id } = await createRun(recipe);
      return { ...WHOLE_RUN, id, recipe: { dataset: "drawn", ...recipe }, classes: ["1", "8"] };
    },
    getSaliencyMethods: async () => [
      { method: "gradient", title: "gradient" },
      { method: "occlusion", title: "occlusion" },
    ],
    readDigit: async () => READING,
    predict: async () => answered(0, "It says 1."),
    getNearest: async () => ({ images: encode(new Float32Array(), [0, 1, 3, 3]), neighbours: [], words: "" }),
    ...own,
  });
  const app = await page(server);
  const dialog = /** @type {HTMLDialogElement} */ (find("#draw"));
  const update = mountDraw(dialog, app);
  const show = () => update(app.store.get());
  app.store.subscribe(show);
  app.store.dispatch({ type: "dialog", open: "draw" });
  await settle();
  return { ...app, dialog, server };
}

/** @param {number} [x] */
const stroke = (x = 0.5) => [{ width: 0.1, points: [/** @type {const} */ ([x, 0.5])] }];
const isBusy = () => find("#draw .says").getAttribute("aria-busy") === "true";

/** Waits until the picture is answered. @param {{ get: () => State }} store */
const answer = (store) => until(() => store.get().draw.answer && store.get().draw.pending === 0);

/** A question whose answers a test gives. */
function questions() {
  /** @type {{ asked: unknown[], answer: (value: any) => void, refuse: (error: Error) => void }[]} */
  const list = [];
  const ask = (/** @type {unknown[]} */ ...asked) =>
    new Promise((answer, refuse) => list.push({ asked, answer, refuse }));
  return { list, ask };
}

test("a drawing becomes the input and gets an answer, and then no question is pending", async () => {
  const [reads, predictions] = [questions(), questions()];
  const { effects } = await drawing({ readDigit: reads.ask, predict: predictions.ask });
  assert.equal(textOf("#draw .verdict"), "Draw a digit, or bring a picture of one.");
  assert.equal(isBusy(), false);
  effects.draw.draw(stroke(), false);
  await settle();
  assert.equal(isBusy(), true);
  reads.list[0].answer(READING);
  await settle();
  assert.equal(isBusy(), true, "read, but not answered yet");
  predictions.list[0].answer(answered(1, "It says 8."));
  await settle();
  assert.equal(isBusy(), false);
  assert.equal(textOf("#draw .verdict"), "It says 8.");
  assert.equal(find("#draw .verdict").className, "verdict sure");
  assert.equal(textOf("#draw .winner"), "875.0 %");
  assert.deepEqual(textsOf("#draw .bars button"), ["125.0 %", "875.0 %"]);
  assert.deepEqual(textsOf("#draw .bars .best b"), ["8"]);
});

test("a refused question settles, and its reason is shown until the next answer", async () => {
  const predictions = questions();
  const { effects } = await drawing({ predict: predictions.ask });
  effects.draw.draw(stroke(), false);
  await settle();
  predictions.list[0].refuse(new Refusal("full", "The server is busy."));
  await settle();
  assert.equal(isBusy(), false);
  assert.deepEqual([textOf("#draw .problem"), find("#draw .problem").hidden], ["The server is busy.", false]);
  effects.draw.draw(stroke(0.6), false);
  await settle();
  predictions.list[1].answer(answered(0, "It says 1."));
  await settle();
  assert.deepEqual([isBusy(), find("#draw .problem").hidden], [false, true]);
});

test("only the newest of the waiting pictures is asked about, and its answer is shown", async () => {
  const predictions = questions();
  const { effects } = await drawing({ predict: predictions.ask });
  effects.draw.draw(stroke(), false);
  await settle();
  for (const value of [0.25, 0.5, 1]) effects.draw.edit(new Float32Array(9).fill(value));
  await settle();
  assert.equal(predictions.list.length, 1);
  predictions.list[0].answer(answered(0, "It says 1."));
  await settle();
  assert.deepEqual([predictions.list.length, isBusy()], [2, true]);
  assert.deepEqual(predictions.list[1].asked[2], encode(new Float32Array(9).fill(1), [1, 3, 3]));
  predictions.list[1].answer(answered(1, "It says 8."));
  await settle();
  assert.deepEqual([textOf("#draw .verdict"), isBusy()], ["It says 8.", false]);
});

test("an answer to a picture that was cleared is not shown", async () => {
  const predictions = questions();
  const { effects } = await drawing({ predict: predictions.ask });
  effects.draw.draw(stroke(), false);
  await settle();
  effects.draw.draw([], false);
  await settle();
  predictions.list[0].answer(answered(1, "It says 8."));
  await settle();
  assert.equal(textOf("#draw .verdict"), "Draw a digit, or bring a picture of one.");
  assert.deepEqual([isBusy(), find("#draw .winner").hidden], [false, true]);
  assert.deepEqual(textsOf("#draw .bars .number"), ["", ""]);
});

test("another run answers the same picture, and the answer of the run before is dropped", async () => {
  const predictions = questions();
  const { effects, store } = await drawing({ predict: predictions.ask });
  effects.draw.draw(stroke(), false);
  await settle();
  await effects.newRun({ seed: 99 });
  await until(() => store.get().shown);
  predictions.list[0].answer(answered(0, "It says 1."));
  await settle();
  assert.equal(textOf("#draw .verdict"), "Draw a digit, or bring a picture of one.");
  await until(() => predictions.list.length === 2);
  assert.equal(predictions.list[1].asked[0], store.get().run?.id);
  predictions.list[1].answer(answered(1, "It says 8."));
  await until(() => textOf("#draw .verdict") === "It says 8.");
});

test("the network at the moment shown answers", async () => {
  const predictions = questions();
  const { effects, store } = await drawing({ predict: predictions.ask });
  effects.draw.draw(stroke(), false);
  await settle();
  predictions.list[0].answer(answered(0, "It says 1."));
  await settle();
  effects.seek({ iteration: 3, position: WHOLE_RUN.positions });
  await until(() => store.get().shown?.moment.iteration === 3);
  while (predictions.list.at(-1)?.asked[1] !== 4) {
    predictions.list.at(-1)?.answer(answered(0, "It says 1."));
    await settle();
  }
  assert.equal(textOf("#draw .note"), "digits, after 4 steps");
  assert.equal(isBusy(), true);
});

test("the answer is about the covered input until the patch is removed", async () => {
  const predictions = questions();
  const { effects } = await drawing({ predict: predictions.ask });
  effects.draw.draw(stroke(), false);
  await settle();
  predictions.list[0].answer(answered(0, "It says 1."));
  await settle();
  effects.draw.cover(new Float32Array(9));
  await settle();
  assert.deepEqual(predictions.list[1].asked[2], encode(new Float32Array(9), [1, 3, 3]));
  predictions.list[1].answer(answered(1, "It says 8."));
  effects.draw.cover(null);
  await settle();
  assert.deepEqual(predictions.list[2].asked[2], READING.input);
});

test("a click on a class shows its saliency map over the input, with zero as the neutral colour", async () => {
  /** @type {any[]} */
  const asked = [];
  const saliency = {
    map: { data: encode(Float32Array.of(-2, 0, 1, 0, 0, 0, 0, 0, 2), [1, 3, 3]), minimum: -2, maximum: 2 },
    signed: true,
    words: "These pixels.",
    about: { title: "gradient", meaning: "How fast.", limit: "Only near." },
    convolution: null,
    convolutions: [],
  };
  const { effects, store } = await drawing({
    getSaliency: async (/** @type {unknown[]} */ ...values) => {
      asked.push(values[2]);
      return saliency;
    },
  });
  effects.draw.draw(stroke(), false);
  await answer(store);
  /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#draw .bars button"))[1].click();
  await until(() => store.get().draw.saliency);
  await settle();
  const { layer, cell, method } = asked[0];
  assert.deepEqual({ layer, cell, method }, { layer: "dense", cell: 1, method: "gradient" });
  assert.equal(textOf("#draw .why .words"), "These pixels.");
  const overlay = find("#draw .seen heat-map");
  const colour = (/** @type {number} */ value) => cssOf(colourOf(value, 2, true, PALETTES.light));
  assert.deepEqual(fillsOf(overlay).slice(0, 3), [colour(-2), colour(0), colour(1)]);
  const select = /** @type {HTMLSelectElement} */ (find("#draw .why .unit"));
  assert.deepEqual(textsOf("#draw .why .unit option"), [
    "the answer (score of 1)",
    "score of 1",
    "score of 8",
  ]);
  assert.equal(select.value, "1");
  effects.draw.map({ method: null });
  await settle();
  assert.equal(overlay.hidden, true);
});

test("the layers show their outputs, and the arrow keys move a cursor over them", async () => {
  /** @type {any[]} */
  const asked = [];
  const { effects, store } = await drawing({
    getSaliency: async (/** @type {unknown[]} */ ...values) => {
      asked.push(values[2]);
      throw new Refusal("invalid", "No map for this layer.");
    },
  });
  effects.draw.draw(stroke(), false);
  await answer(store);
  const map = find("#draw .strip heat-map");
  map.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown" }));
  await settle();
  assert.deepEqual(outlinedOf(map, "cursor"), [2]);
  map.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  await until(() => store.get().draw.failure);
  assert.deepEqual([asked[0].layer, asked[0].cell], ["conv", 2]);
  assert.equal(textOf("#draw .why .words"), "No map for this layer.");
  assert.equal(textsOf("#draw .why .unit option").at(-1), "conv.out[0, 1, 0]");
});

test("training on the picture shows what changed, and the label is the answer until a person chooses one", async () => {
  const side = (/** @type {number} */ p) => ({
    winner: p > 0.5 ? 1 : 0,
    answers: [1 - p, p],
    loss: 1,
    test: null,
  });
  /** @type {any[]} */
  const asked = [];
  const { effects, store } = await drawing({
    getEffect: async (/** @type {unknown[]} */ ...values) => {
      asked.push(values.slice(1));
      return { picture: "ADw", before: side(0.25), after: side(0.75), moved: [], words: "It learned." };
    },
  });
  effects.draw.draw(stroke(), false);
  await answer(store);
  const label = /** @type {HTMLSelectElement} */ (find("#draw .teach .label"));
  assert.equal(label.value, "0");
  effects.draw.chooseLabel(1);
  await effects.draw.train(3);
  assert.deepEqual([asked[0][0], asked[0][1].label, asked[0][1].iterations], [0, 1, 3]);
  assert.equal(textOf("#draw .effect p"), "It learned.");
  assert.deepEqual(textsOf("#draw .sides tr:nth-child(2) td"), ["1", "8"]);
  assert.deepEqual(textsOf("#draw .sides tr:nth-child(3)"), ["probability of 825.0 %75.0 %"]);
  assert.equal(store.get().run?.recipe.edits.length, 3);
  effects.draw.draw(stroke(0.7), false);
  await until(() => !isBusy());
  assert.equal(label.value, "0", "the label of another picture is its own answer");
  assert.equal(textOf("#draw .effect"), "");
});

test("kept digits are stored, shown with their labels, and trained on", async () => {
  const text = "ADwAuAA4AAA";
  const { effects, store } = await drawing({ predict: async () => ({ ...answered(1, ""), picture: text }) });
  effects.draw.draw(stroke(), false);
  await answer(store);
  await effects.draw.keep();
  await settle();
  assert.deepEqual(textsOf("#draw .mine figcaption"), ["8"]);
  assert.equal(textOf("#draw .mine .about"), "1 digit.");
  const digit = { dataset: "drawn", picture: text, label: 1 };
  assert.deepEqual(JSON.parse(localStorage.getItem("my-digits") ?? "").digits, [digit]);
  effects.draw.importDigits("no file");
  assert.match(textOf("#draw .problem"), /no file of digits/);
  await effects.draw.trainOnCollection(true);
  assert.equal(store.get().run?.recipe.dataset, "own:0");
  effects.draw.remove(store.get().draw.collection[0]);
  assert.deepEqual(store.get().draw.collection, []);
});

test("a run on other data offers a run that learns drawn digits", async () => {
  const { effects, store } = await drawing();
  const run = /** @type {any} */ ({ ...store.get().run, id: "other", drawable: false });
  const { moment } = store.get();
  const progress = /** @type {any} */ ({
    ...store.get().progress,
    run: "other",
    since: 0,
    losses: encode(new Float32Array(), [0]),
  });
  store.dispatch({ type: "open", run, progress, moment, example: 0, large: null, guide: null });
  assert.equal(find("#draw .can").hidden, true);
  assert.match(textOf("#draw .advice p"), /not one of digits/);
  effects.draw.draw(stroke(), false);
  await settle();
  assert.equal(store.get().draw.input, null, "nothing is asked");
});
