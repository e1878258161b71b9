import assert from "node:assert/strict";
import { test } from "node:test";
import { liveNames, shownFrom } from "../../../static/js/core/frames.js";
import { INITIAL, reduce } from "../../../static/js/core/reducer.js";
import { isComputed, unknownText, valueAt } from "../../../static/js/core/shown_tensors.js";
import { typed } from "../fixture.js";
import { fakeServer } from "../page.js";
import { stateAt, WHOLE_RUN } from "../states.js";

/** @typedef {import("../../../static/js/wire.js").FrameTensor} FrameTensor */

/** @param {number[]} shades @returns {string} */
const bytes = (shades) => Buffer.from(shades).toString("base64");

/** @param {FrameTensor[]} tensors @param {number} [iteration] */
const frameOf = (tensors, iteration = 4) => ({ ...fakeServer().frame(WHOLE_RUN.id, iteration), tensors });

/** @type {FrameTensor} */
const SHADED = {
  name: "conv.out",
  data: { shape: [1, 2, 2], bdata: bytes([0, 127, 254, 255]) },
  minimum: -2,
  maximum: 6,
  nonfinite: 1,
};
/** @type {FrameTensor} */
const EXACT = { name: "loss.loss", data: typed([0.1]), minimum: 0.1, maximum: 0.1, nonfinite: 0 };

test("shades run from the smallest to the largest number of a tensor, and are no exact numbers", () => {
  const { tensors, moment, isLive } = shownFrom(WHOLE_RUN, frameOf([SHADED, EXACT]), null);
  const map = tensors.get("conv.out");
  assert.deepEqual([...(map?.cells ?? [])], [-2, 2, 6, NaN]);
  assert.deepEqual([map?.isExact, map?.minimum, map?.maximum, map?.nonfinite], [false, -2, 6, 1]);
  assert.deepEqual([...(tensors.get("loss.loss")?.cells ?? [])], [0.1]);
  assert.ok(tensors.get("loss.loss")?.isExact);
  assert.deepEqual([moment, isLive], [{ iteration: 4, position: WHOLE_RUN.positions }, true]);
});

test("a tensor of a frame is decoded when it is first read, and once", () => {
  let decoded = 0;
  const data = {
    shape: [1, 2, 2],
    get bdata() {
      decoded++;
      return bytes([0, 127, 254, 255]);
    },
  };
  const map = shownFrom(WHOLE_RUN, frameOf([{ ...SHADED, data }]), null).tensors.get("conv.out");
  assert.deepEqual([map?.minimum, map?.isExact, decoded], [-2, false, 0]);
  assert.equal(map?.cells, map?.cells);
  assert.equal(decoded, 1);
});

test("shades between two huge numbers stay finite", () => {
  const huge = { ...SHADED, minimum: -1.7e308, maximum: 1.7e308 };
  const run = { ...WHOLE_RUN, recipe: { ...WHOLE_RUN.recipe, dtype: /** @type {const} */ ("float64") } };
  const [low, middle, high] = shownFrom(run, frameOf([huge]), null).tensors.get("conv.out")?.cells ?? [];
  assert.ok(Math.abs(low / -1.7e308 - 1) < 1e-12 && Math.abs(high / 1.7e308 - 1) < 1e-12);
  assert.ok(Math.abs(middle) < 1e295);
});

test("no number is read from shades, nor from a tensor that a frame leaves out; small tensors are exact", () => {
  const playing = {
    ...stateAt(WHOLE_RUN.positions),
    play: { ...INITIAL.play, on: true, unit: "iteration" },
  };
  const state = reduce(/** @type {any} */ (playing), { type: "frame", frame: frameOf([SHADED, EXACT]) });
  assert.equal(valueAt(state, "loss.loss", 0), 0.1);
  for (const name of ["conv.out", "conv.w"]) {
    assert.equal(valueAt(state, name, 1), null);
    assert.ok(isComputed(state, name, 1));
    assert.equal(unknownText(state, name, 1), "number shown when paused");
  }
});

test("a frame of another run, and one that comes when nothing plays, change nothing", () => {
  const rest = stateAt(WHOLE_RUN.positions);
  assert.equal(reduce(rest, { type: "frame", frame: frameOf([]) }), rest);
  const playing = { ...rest, play: { ...rest.play, on: true } };
  assert.equal(reduce(playing, { type: "frame", frame: { ...frameOf([]), run: "another" } }), playing);
  const byCells = { ...playing, play: { ...playing.play, unit: /** @type {const} */ ("cell") } };
  assert.equal(reduce(byCells, { type: "frame", frame: frameOf([]) }), byCells);
});

test("all tensors are asked for where they fit into a frame, or else the smallest, a whole layer by one name", () => {
  assert.deepEqual(liveNames(WHOLE_RUN), ["*"]);
  const large = (/** @type {string} */ name) => ["conv.w", "conv.dw", "conv.delta_w"].includes(name);
  const layers = WHOLE_RUN.layers.map((layer) => ({
    ...layer,
    tensors: layer.tensors.map((info) => (large(info.name) ? { ...info, shape: [1, 1, 1000, 700] } : info)),
  }));
  assert.deepEqual(liveNames({ ...WHOLE_RUN, layers }), [
    "input.*",
    "conv.out",
    "conv.w",
    "conv.b",
    "conv.dw",
    "conv.db",
    "conv.delta_b",
    "conv.dout",
    "dense.*",
    "loss.*",
  ]);
});
