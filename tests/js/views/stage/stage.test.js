import { find, openPage, mounted, textOf, textsOf } from "../../dom.js";
import { fillsOf, hatchedOf, outlinedOf } from "../../maps.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountStage } from "../../../../static/js/views/stage/stage.js";
import { AFTER, NUMBERS, stateAt, WHOLE_RUN, playingState, shaded } from "../../states.js";
import { settle } from "../../until.js";

/** @typedef {import("../../../../static/js/core/state.js").State} State */

/** @param {State} state */
async function staged(state) {
  openPage();
  const { update, asked } = mounted((app) => mountStage(find("#stage"), app), state);
  await settle();
  return { update, asked };
}

/** @param {string} name */
const mapOf = (name) => find(`#stage heat-map[data-name="${name}"]`);

/** @returns {{ [name: string]: string | number[] }} of each map on the stage: what is hatched in it */
function hatching() {
  /** @type {{ [name: string]: string | number[] }} */
  const found = {};
  for (const map of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("#stage heat-map[data-name]")
  )) {
    const name = /** @type {keyof typeof NUMBERS} */ (map.dataset.name);
    const cells = hatchedOf(map);
    found[name] = cells.length === 0 ? "no cell" : cells.length === NUMBERS[name].length ? "all" : cells;
  }
  return found;
}

test("at each moment of an iteration exactly the cells that are not computed yet are hatched", async () => {
  const { update } = await staged(stateAt(AFTER.conv - 2));
  const nothing = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, "all"]));
  const known = { "input.out": "no cell", "conv.w": "no cell", "conv.b": "no cell" };
  assert.deepEqual(hatching(), { ...nothing, ...known, "conv.out": [2, 3] });

  update(stateAt(AFTER.loss));
  await settle();
  const forward = {
    ...known,
    "conv.out": "no cell",
    "dense.out": "no cell",
    "loss.probabilities": "no cell",
    "loss.loss": "no cell",
  };
  assert.deepEqual(hatching(), { ...nothing, ...forward });

  update(stateAt(AFTER.update));
  await settle();
  assert.deepEqual(new Set(Object.values(hatching())), new Set(["no cell"]));
});

test("in an incomplete gradient the cells without a contribution are hatched", async () => {
  const position = AFTER.backward - 2;
  const state = stateAt(position);
  const mask = Uint8Array.of(1, 1, 0, 1, 0, 0, 0, 0, 0);
  const cells = Float64Array.from(NUMBERS["input.dout"]);
  const values = { cells, mask, minimum: -6, maximum: 9, nonfinite: 0 };
  const shown = { .../** @type {any} */ (state.shown), partial: new Map([["input.dout", values]]) };
  await staged({ ...state, shown });
  assert.deepEqual(hatching()["input.dout"], [2, 4, 5, 6, 7, 8]);
});

test("a legend shows the numbers of the strongest colours, and a sign exactly where numbers have signs", async () => {
  await staged(stateAt(AFTER.update));
  /** @param {string} name */
  const legendOf = (name) => {
    const figure = /** @type {HTMLElement} */ (mapOf(name).closest("figure"));
    return [textOf(".legend", figure), find(".legend", figure).className];
  };
  assert.deepEqual(legendOf("input.out"), ["0–1", "legend"]);
  assert.deepEqual(legendOf("loss.probabilities"), ["0–0.75", "legend"]);
  assert.deepEqual(legendOf("conv.out"), ["±2", "legend signed"]);
  assert.deepEqual(legendOf("conv.dw"), ["±3", "legend signed"], "weights and biases share a legend");
  assert.equal(mapOf("conv.dw").closest("figure"), mapOf("conv.db").closest("figure"));
  assert.deepEqual(legendOf("conv.delta_w"), ["±0.3", "legend signed"]);
});

test("a legend is empty before its numbers are computed, and says when none of them is finite", async () => {
  const { update } = await staged(stateAt(AFTER.conv));
  const figure = /** @type {HTMLElement} */ (mapOf("dense.out").closest("figure"));
  assert.equal(textOf(".legend", figure), "");
  update(stateAt(AFTER.loss, { numbers: { "dense.out": [NaN, Infinity] } }));
  assert.equal(textOf(".legend", figure), "not finite");
});

test("the cells that a step reads and writes are outlined, or else those of the term pointed at", async () => {
  const window = {
    reads: [{ name: "input.out", cells: [1, 2, 4, 5] }],
    writes: [{ name: "conv.out", cells: [1] }],
  };
  const state = stateAt(AFTER.conv - 2, { window });
  const { update } = await staged(state);
  assert.deepEqual(outlinedOf(mapOf("input.out"), "reads"), [1, 2, 4, 5]);
  assert.deepEqual(outlinedOf(mapOf("conv.out"), "writes"), [1]);
  assert.deepEqual(outlinedOf(mapOf("conv.out"), "reads"), []);
  update({ ...state, lit: [{ name: "conv.w", cells: [3] }] });
  await settle();
  assert.deepEqual(outlinedOf(mapOf("conv.w"), "lit"), [3]);
  assert.deepEqual(outlinedOf(mapOf("input.out"), "reads"), []);
});

test("a badge shows the result of a layer's gradient check", async () => {
  const state = stateAt(AFTER.update);
  const { update, asked } = await staged(state);
  const badge = find(".column[data-layer=conv] .badge");
  assert.equal(badge.textContent, "∇?");
  for (const [passed, mark, kind] of /** @type {const} */ ([
    [true, "∇✓", "badge right"],
    [false, "∇✗", "badge wrong"],
    [null, "∇≈", "badge "],
  ])) {
    const check = /** @type {any} */ ({ passed, words: "compared" });
    update({ ...state, checks: new Map([["conv", check]]) });
    assert.deepEqual([badge.textContent, badge.className], [mark, kind]);
    assert.equal(badge.title, "compared");
  }
  update({ ...state, checks: new Map([["conv", "running"]]) });
  assert.deepEqual([badge.textContent, badge.className], ["∇…", "badge "]);
  badge.click();
  assert.deepEqual(asked, [["openCheck", "conv"]]);
});

test("the layer that is being computed is lit, with the direction of its phase", async () => {
  const { update } = await staged(stateAt(AFTER.conv));
  const lit = () =>
    [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".column.lit"))].map(
      ({ dataset }) => [dataset.layer, dataset.phase],
    );
  assert.deepEqual(lit(), [["conv", "forward"]]);
  update(stateAt(AFTER.backward));
  assert.deepEqual(lit(), [["conv", "backward"]]);
});

test("a map is opened by a click on a cell, and by Enter at its first cell", async () => {
  const { asked } = await staged(stateAt(AFTER.update));
  const detail = { cell: 2, x: 5, y: 6 };
  mapOf("conv.w").dispatchEvent(new CustomEvent("cell-click", { bubbles: true, detail }));
  mapOf("conv.w").dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, key: "Enter" }));
  mapOf("conv.w").dispatchEvent(new CustomEvent("cell-hover", { bubbles: true, detail }));
  assert.deepEqual(asked, [
    ["enlarge", { name: "conv.w", cell: 2 }],
    ["enlarge", { name: "conv.w", cell: 0 }],
    ["dispatch", { type: "hover", hover: { name: "conv.w", ...detail } }],
  ]);
});

test("an image with three channels is also shown in colour", async () => {
  const layers = WHOLE_RUN.layers.map((layer) =>
    layer.name === "input"
      ? {
          ...layer,
          shape: [3, 1, 2],
          tensors: layer.tensors.map((tensor) => ({ ...tensor, shape: [3, 1, 2] })),
        }
      : layer,
  );
  /** @type {any} */
  const run = { ...WHOLE_RUN, id: "colour", layers, colours: [0, 1] };
  await staged(stateAt(AFTER.update, { run, numbers: { "input.out": [1, 0, 0, 1, 0, 0] } }));
  assert.ok(textsOf("#stage figcaption").includes("in colour"));
  const map = find(".column[data-layer=input] .lane.forward figure heat-map");
  assert.deepEqual(fillsOf(map), ["rgb(255 0 0)", "rgb(0 255 0)"]);
});

test("while it plays, shades are drawn like numbers, and what a frame leaves out is hatched and says so", async () => {
  await staged(playingState([shaded("conv.out", [0, 254, 254, 127])]));
  assert.equal(hatching()["conv.out"], "no cell");
  assert.equal(hatching()["conv.w"], "all");
  const legendOf = (/** @type {string} */ name) =>
    textOf(".legend", /** @type {HTMLElement} */ (mapOf(name).closest("figure")));
  assert.deepEqual([legendOf("conv.out"), legendOf("conv.w")], ["±6", "drawn when paused"]);
});
