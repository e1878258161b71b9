import assert from "node:assert/strict";
import { test } from "node:test";
import { startOf } from "../../../static/js/core/beginning.js";
import { INITIAL } from "../../../static/js/core/reducer.js";
import { firstSight } from "../../../static/js/core/timeline.js";
import { RUN } from "../fixture.js";

const PRESET = { key: "smallest-convolution", title: "The smallest convolution" };
const presets = /** @type {any} */ ([{ key: "two-inputs", title: "Two inputs" }, PRESET]);
const FIRST_VISIT = { ...INITIAL, run: RUN, defaults: RUN.recipe, presets, moment: firstSight(RUN) };

test("a first visit is offered the smallest convolution", () => {
  assert.equal(startOf(FIRST_VISIT)?.key, "smallest-convolution");
});

test("nothing is offered once a person has gone on, or opened something else", () => {
  const { moment } = FIRST_VISIT;
  assert.equal(startOf({ ...FIRST_VISIT, moment: { ...moment, position: moment.position + 1 } }), undefined);
  assert.equal(startOf({ ...FIRST_VISIT, moment: { ...moment, iteration: 1 } }), undefined);
  assert.equal(startOf({ ...FIRST_VISIT, defaults: { ...RUN.recipe, seed: 99 } }), undefined);
  assert.equal(startOf({ ...FIRST_VISIT, large: { name: "conv.out", cell: 0 } }), undefined);
  assert.equal(startOf({ ...FIRST_VISIT, play: { ...INITIAL.play, on: true } }), undefined);
  assert.equal(startOf({ ...FIRST_VISIT, guide: { preset: presets[1], stop: 0 } }), undefined);
});
