import { find, openPage, mounted } from "../../dom.js";
import { hatchedOf, numbersOf, outlinedOf } from "../../maps.js";
import { textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountDock } from "../../../../static/js/views/explain/dock.js";
import { mountTooltip } from "../../../../static/js/views/stage/tooltip.js";
import { AFTER, stateAt, WHOLE_RUN, playingState, shaded } from "../../states.js";
import { settle } from "../../until.js";

/** @typedef {import("../../../../static/js/core/state.js").State} State */

/** An explanation without terms. @type {any} */
const GIVEN = {
  words: "Given.",
  function: "given",
  count: 0,
  offset: 0,
  terms: [],
  shares: [],
  earlier: null,
  symbols: { tag: "mi", text: "y", items: [] },
  numbers: { tag: "mn", text: "1", items: [] },
};

/** @param {State} state @param {string} name @param {number} cell @returns {State} */
const opened = (state, name, cell) => ({ ...state, large: { name, cell } });

/** @param {State} state */
async function enlarged(state) {
  openPage();
  const { update, asked } = mounted((app) => mountDock(find("#dock"), app), state);
  const show = async (/** @type {State} */ next) => {
    update(next);
    await settle();
  };
  await settle();
  return { show, asked, map: find("#dock .frame heat-map") };
}

test("the scale goes from the strongest negative number over zero to the strongest positive one", async () => {
  const { show } = await enlarged(opened(stateAt(AFTER.update), "conv.dw", 0));
  assert.deepEqual(textsOf("#dock scale-legend span"), ["−3", "0", "3"]);
  await show(opened(stateAt(AFTER.update), "input.out", 0));
  assert.deepEqual(textsOf("#dock scale-legend span"), ["0", "", "1"]);
  await show(opened(stateAt(AFTER.conv), "conv.dw", 0));
  assert.equal(find("#dock scale-legend").hidden, true, "what is hatched has no scale");
});

test("in a half-computed tensor only the later maps are hatched", async () => {
  const layers = WHOLE_RUN.layers.map((layer) => ({
    ...layer,
    tensors: layer.tensors.map((info) => (info.name === "conv.out" ? { ...info, shape: [2, 1, 2] } : info)),
  }));
  const state = stateAt(AFTER.conv - 1, { run: { ...WHOLE_RUN, layers } });
  const { show, map } = await enlarged(opened(state, "conv.out", 2));
  assert.deepEqual(hatchedOf(map), [1]);
  await show(opened(state, "conv.out", 0));
  assert.deepEqual(hatchedOf(map), []);
});

test("cells that are not computed are hatched and hold no number", async () => {
  const { map } = await enlarged(opened(stateAt(AFTER.conv - 2), "conv.out", 0));
  assert.deepEqual(hatchedOf(map), [2, 3]);
  assert.deepEqual(numbersOf(map), ["1", "−2", undefined, undefined]);
});

test("the open cell is outlined and its number shown, also where it is not finite", async () => {
  const { show, map } = await enlarged(opened(stateAt(AFTER.update), "conv.out", 1));
  assert.deepEqual(outlinedOf(map, "cursor"), [1]);
  assert.equal(textOf("#dock .readout"), "[0, 0, 1] = −2");
  await show(opened(stateAt(AFTER.update, { numbers: { "conv.out": [1, NaN, 0, 0.5] } }), "conv.out", 1));
  assert.equal(textOf("#dock .readout"), "[0, 0, 1] = NaN 1 cell not finite.");
  assert.equal(numbersOf(map)[1], "NaN");
});

test("a cell that is not computed yet names the step that computes it, and a click goes there", async () => {
  const { asked } = await enlarged(opened(stateAt(AFTER.conv - 2), "conv.out", 3));
  assert.equal(textOf("#dock .readout"), "[0, 1, 1] = not computed yet");
  assert.equal(textOf("#dock .value"), "not computed yet");
  assert.equal(textOf("#dock .maker"), "It is made by conv, forward ›");
  find("#dock .maker button").click();
  assert.deepEqual(asked, [["seek", { position: AFTER.conv }]]);
});

test("cells that a step reads are outlined in the open map, moved to its first cell", async () => {
  const numbers = { "conv.w": Array.from({ length: 8 }, (_, i) => i) };
  const state = stateAt(AFTER.conv, { numbers, window: { reads: [{ name: "conv.w", cells: [2, 5, 6] }] } });
  const layers = state.run?.layers.map((layer) => ({
    ...layer,
    tensors: layer.tensors.map((info) => (info.name === "conv.w" ? { ...info, shape: [2, 1, 2, 2] } : info)),
  }));
  const run = /** @type {any} */ ({ ...state.run, layers });
  const { map, show } = await enlarged(opened({ ...state, run }, "conv.w", 4));
  assert.deepEqual(outlinedOf(map, "reads"), [1, 2]);
  assert.deepEqual(numbersOf(map), ["4", "5", "6", "7"]);
  assert.equal(textOf("#dock .counter"), "map [1, 0], 2 of 2");
  await show(opened({ ...state, run }, "conv.w", 1));
  assert.deepEqual(outlinedOf(map, "reads"), [2]);
  assert.equal(textOf("#dock .counter"), "map [0, 0], 1 of 2");
});

test("arrow keys move to the neighbours of the open cell and not out of its map", async () => {
  const { asked, map, show } = await enlarged(opened(stateAt(AFTER.update), "conv.out", 0));
  /** @param {string} key */
  const press = (key) => map.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, key }));
  press("ArrowRight");
  press("ArrowDown");
  press("ArrowUp");
  press("x");
  assert.deepEqual(asked, [
    ["enlarge", { name: "conv.out", cell: 1 }],
    ["enlarge", { name: "conv.out", cell: 2 }],
  ]);
  find("#dock .close").click();
  assert.deepEqual(asked.at(-1), ["enlarge", null]);
  await show(stateAt(AFTER.update));
  assert.equal(find("#dock").hidden, true);
});

test("the tooltip shows the cell's number, or that it is not computed yet", () => {
  openPage();
  const update = mountTooltip(find("#tooltip"));
  const state = stateAt(AFTER.conv - 2);
  /** @param {number} cell */
  const pointed = (cell) => {
    update({ ...state, hover: { name: "conv.out", cell, x: 5, y: 5 } });
    return textOf("#tooltip");
  };
  assert.equal(pointed(1), "conv.out [0, 0, 1]−2");
  assert.equal(pointed(2), "conv.out [0, 1, 0]not computed yet");
  update(state);
  assert.equal(find("#tooltip").hidden, true);
});

test("an open map says whose numbers it has beside an example that is not in the batch", async () => {
  const layers = WHOLE_RUN.layers.map((layer) => ({
    ...layer,
    tensors: layer.tensors.flatMap((info) =>
      info.name === "conv.b"
        ? [
            info,
            ...["mean", "new_mean"].map((tensor) => ({
              ...info,
              tensor,
              name: `conv.${tensor}`,
              parameter: null,
            })),
          ]
        : [info],
    ),
  }));
  const numbers = { "conv.mean": [1], "conv.new_mean": [2] };
  const state = stateAt(AFTER.update, { run: { ...WHOLE_RUN, layers }, numbers });
  const shown = /** @type {any} */ (state.shown);
  const looked_at = { index: 77, label: 0, truth: 0 };
  const beside = { ...state, shown: { ...shown, look: 77, iteration: { ...shown.iteration, looked_at } } };
  const { show } = await enlarged(opened(beside, "conv.out", 0));
  /** @type {[string, string][]} */
  const whose = [
    ["conv.out", "this example, which is not in the batch"],
    ["conv.dw", "the whole batch: one example, without the one shown"],
    ["conv.mean", "the batch’s, with this example as its first"],
    ["conv.new_mean", "the whole batch’s, the same for every example"],
  ];
  for (const [name, words] of whose) {
    await show(opened(beside, name, 0));
    assert.ok(textOf("#dock .about").includes(words), `${name}: ${textOf("#dock .about")}`);
  }
});

test("while it plays, a map of shades has no numbers but that of the open cell, from its explanation", async () => {
  const playing = playingState([shaded("conv.out", [0, 254, 254, 127])]);
  const { show, map } = await enlarged(opened(playing, "conv.out", 1));
  assert.deepEqual(numbersOf(map), [undefined, undefined, undefined, undefined]);
  assert.equal(textOf("#dock .readout"), "[0, 0, 1] = number shown when paused");
  const explanation = /** @type {any} */ ({ ...GIVEN, name: "conv.out", cell: 1, value: 5.5 });
  await show({ ...opened(playing, "conv.out", 1), explanation });
  assert.equal(textOf("#dock .readout"), "[0, 0, 1] = 5.5");
  await show({ ...opened(playing, "conv.out", 2), explanation });
  assert.equal(textOf("#dock .readout"), "[0, 1, 0] = number shown when paused");
});

test("the tooltip shows no number of a shade", () => {
  openPage();
  const update = mountTooltip(find("#tooltip"));
  const playing = playingState([shaded("conv.out", [0, 254, 254, 127])]);
  update({ ...playing, hover: { name: "conv.out", cell: 1, x: 5, y: 5 } });
  assert.equal(textOf("#tooltip"), "conv.out [0, 0, 1]number shown when paused");
});
