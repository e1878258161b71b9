import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BEGINNING,
  chapters,
  clamp,
  computed,
  isPending,
  endOf,
  formatMoment,
  parseMoment,
  phaseEnd,
  slotAt,
  step,
  stepAt,
  UNITS,
} from "../../../static/js/core/timeline.js";
import { RUN } from "../fixture.js";

const LAST = { iteration: RUN.iterations - 1, position: RUN.positions };

/** @param {import("../../../static/js/core/timeline.js").Moment} moment */
const flat = ({ iteration, position }) => iteration * RUN.positions + position;

test("steps forward by any unit advance and reach the end of the run", () => {
  for (const unit of UNITS) {
    let moment = BEGINNING;
    for (let count = 0; flat(moment) < flat(LAST); count++) {
      const next = step(RUN, moment, unit, 1);
      assert.ok(flat(next) > flat(moment), unit);
      assert.ok(count < 1000);
      moment = next;
    }
    assert.deepEqual(step(RUN, moment, unit, 1), LAST);
  }
});

test("from an end of a unit, a step forward and a step back cancel", () => {
  for (const unit of UNITS) {
    let moment = step(RUN, BEGINNING, unit, 1);
    for (
      let next = step(RUN, moment, unit, 1);
      flat(next) > flat(moment);
      next = step(RUN, moment, unit, 1)
    ) {
      assert.deepEqual(step(RUN, next, unit, -1), moment, unit);
      moment = next;
    }
  }
});

test("a step back goes to the previous end of its unit, and stops at the beginning", () => {
  for (const unit of UNITS) {
    const ends = [BEGINNING];
    for (
      let m = step(RUN, BEGINNING, unit, 1);
      flat(m) > flat(ends[ends.length - 1]);
      m = step(RUN, m, unit, 1)
    ) {
      ends.push(m);
    }
    for (let iteration = 0; iteration < RUN.iterations; iteration++) {
      for (let position = 1; position <= RUN.positions; position++) {
        const here = { iteration, position };
        const before = ends.findLast((end) => flat(end) < flat(here)) ?? BEGINNING;
        assert.deepEqual(step(RUN, here, unit, -1), before, `${unit} from ${iteration}/${position}`);
      }
    }
  }
});

test("layer steps stop at the end of each layer of each phase", () => {
  const stops = [];
  for (let m = BEGINNING; m.iteration === 0; m = step(RUN, m, "layer", 1)) {
    const { segment } = stepAt(RUN, m.position);
    stops.push(`${segment.phase} ${segment.layer}`);
  }
  assert.deepEqual(stops, [
    "forward input",
    "forward conv",
    "forward dense",
    "loss loss",
    "backward loss",
    "backward dense",
    "backward conv",
    "update conv",
  ]);
});

test("epoch steps stop at the last iteration of each epoch, also of an incomplete one", () => {
  const at = [BEGINNING];
  for (let i = 0; i < 4; i++) at.push(step(RUN, at[at.length - 1], "epoch", 1));
  assert.deepEqual(
    at.map(({ iteration }) => iteration),
    [0, 3, 7, 9, 9],
  );
});

test("every position is one cell of one segment", () => {
  let position = 0;
  for (const segment of RUN.segments) {
    for (let cell = 0; cell < segment.cells; cell++) {
      position++;
      assert.deepEqual(stepAt(RUN, position), { segment, cell });
    }
  }
  assert.equal(position, RUN.positions);
});

test("a moment's address parses to that moment, and a shorter address to the end of what it names", () => {
  for (let position = 1; position <= RUN.positions; position++) {
    const moment = { iteration: 3, position };
    assert.deepEqual(parseMoment(RUN, formatMoment(RUN, moment)), moment);
  }
  assert.deepEqual(parseMoment(RUN, "2"), { iteration: 2, position: RUN.positions });
  assert.deepEqual(parseMoment(RUN, "2/loss"), { iteration: 2, position: phaseEnd(RUN, "loss") });
});

test("an address that names no moment of the run is refused", () => {
  for (const text of [
    "",
    "x",
    "-1",
    "10",
    "1/sideways",
    "1/forward/conv9",
    "1/forward/conv/out/4",
    "1/forward/conv/out/x",
  ]) {
    assert.equal(parseMoment(RUN, text), null, text);
  }
});

test("a tensor is not computed before its segment, partly within it, and completely after it", () => {
  const conv = RUN.segments[1];
  assert.equal(computed(RUN, conv.start, "conv.out"), "none");
  assert.equal(computed(RUN, conv.start + 3, "conv.out"), 3);
  assert.equal(computed(RUN, endOf(conv), "conv.out"), "all");
  const backward = RUN.segments[7];
  assert.equal(computed(RUN, backward.start, "conv.dw"), "none");
  assert.equal(computed(RUN, backward.start + 1, "conv.dw"), "partial");
  assert.equal(computed(RUN, endOf(backward), "conv.dw"), "all");
  assert.equal(computed(RUN, 1, "conv.w"), "all", "what no segment writes was there before");
});

test("moments outside the run are clamped to the nearest one", () => {
  assert.deepEqual(clamp(RUN, { iteration: -3, position: 5 }), BEGINNING);
  assert.deepEqual(clamp(RUN, { iteration: 99, position: 1 }), LAST);
  assert.deepEqual(clamp(RUN, { iteration: 2, position: 999 }), { iteration: 2, position: RUN.positions });
});

test("the phases of an iteration list their layers without gaps", () => {
  const list = chapters(RUN);
  assert.deepEqual(
    list.map(({ phase, layers }) => `${phase}: ${layers.map(({ layer }) => layer).join(" ")}`),
    ["forward: input conv dense", "loss: loss", "backward: loss dense conv", "update: conv"],
  );
  const bounds = list.flatMap(({ layers }) => layers);
  bounds.reduce((before, { start, end }) => (assert.equal(start, before), end), 0);
});

test("the wanted example is shown where the batch has it", () => {
  const run = {
    ...RUN,
    train_examples: 10,
    iterations_per_epoch: 3,
    recipe: { ...RUN.recipe, batch_size: 4 },
  };
  assert.deepEqual(
    [0, 1, 2, 3, 5].map((iteration) => slotAt(run, iteration, 3)),
    [3, 3, 1, 3, 1],
  );
  assert.equal(slotAt(run, 0, 99), 3);
  assert.equal(slotAt(run, 2, 0), 0);
});

test("a gradient with two contributions is partial until both are complete, and pending between them", () => {
  /** @param {string} layer @param {number} start @param {string[]} writes @returns {any} */
  const back = (layer, start, writes) => ({
    ...RUN.segments[6],
    layer,
    name: `${layer}.dout`,
    start,
    cells: 4,
    writes,
  });
  const segments = [
    back("add", 0, ["relu.dout", "conv.dout"]),
    back("conv", 4, ["relu2.dout"]),
    back("relu2", 8, ["relu2.dx", "relu.dout"]),
    back("relu", 12, ["input.dout"]),
  ];
  const run = { ...RUN, segments };
  const seen = [0, 1, 4, 6, 8, 9, 12].map((position) => computed(run, position, "relu.dout"));
  assert.deepEqual(seen, ["none", "partial", "partial", "partial", "partial", "partial", "all"]);
  assert.deepEqual(
    [2, 4, 8, 10, 12].map((position) => isPending(run, position)),
    [true, true, true, false, false],
  );
  assert.ok(RUN.segments.every((segment) => !isPending(RUN, endOf(segment))));
});
