import assert from "node:assert/strict";
import { test } from "node:test";

import { drawCurves, lossLimit } from "../../../../static/js/views/compare/curves.js";
import { typed } from "../../fixture.js";
import {
  AXES,
  axisOf,
  runText,
  sorted,
  suggested,
  valueText,
} from "../../../../static/js/views/compare/sweep_form.js";

const recipe = /** @type {any} */ ({
  optimizer: { kind: "adam", learning_rate: 0.02, beta1: 0.8 },
  initialisation: { kind: "he" },
});
const options = /** @type {any} */ ({
  optimizer: [
    { value: { kind: "sgd", learning_rate: 0.03 } },
    { value: { kind: "momentum", learning_rate: 0.01 } },
    { value: { kind: "adam", learning_rate: 0.001, beta1: 0.9 } },
  ],
  initialisation: [{ value: { kind: "he" } }, { value: { kind: "all_equal" } }],
});

test("suggested rates lie around the recipe's own", () => {
  assert.equal(suggested("learning_rate", recipe, options), "0.01, 0.02, 0.1");
  const other = { ...recipe, optimizer: { learning_rate: 0.03 } };
  assert.equal(suggested("learning_rate", other, options), "0.01, 0.03, 0.1");
});

test("suggested values of each axis are numbers or known kinds, as the server accepts", () => {
  for (const kind of /** @type {(keyof typeof AXES)[]} */ (Object.keys(AXES))) {
    const axis = /** @type {any} */ (axisOf(kind, suggested(kind, recipe, options), recipe, options));
    assert.equal(axis.kind, kind);
    const values = axis.values ?? [axis.folds];
    for (const value of values) {
      if (kind === "pooling") assert.ok(["max", "average"].includes(value));
      else if (kind === "optimizer") assert.ok(value.learning_rate > 0);
      else if (kind === "initialisation") assert.ok(value.kind);
      else assert.equal(typeof value, "number");
    }
  }
});

test("the recipe's optimizer keeps its numbers, and others get those of the options", () => {
  const axis = axisOf("optimizer", "sgd, adam,", recipe, options);
  assert.deepEqual(axis, {
    kind: "optimizer",
    values: [{ kind: "sgd", learning_rate: 0.03 }, recipe.optimizer],
  });
});

test("a value that is no number and no known kind is sent as typed", () => {
  assert.deepEqual(axisOf("batch_size", "8, many", recipe, options), {
    kind: "batch_size",
    values: [8, "many"],
  });
  assert.deepEqual(axisOf("fold", "five", recipe, options), { kind: "fold", folds: "five" });
  assert.deepEqual(axisOf("initialisation", "he, best", recipe, options), {
    kind: "initialisation",
    values: [{ kind: "he" }, { kind: "best" }],
  });
  assert.deepEqual(axisOf("width", " ", recipe, options), { kind: "width", values: [] });
});

test("the name of a run lists what varies", () => {
  const axes = /** @type {any} */ ([{ kind: "learning_rate" }, { kind: "initialisation" }]);
  const run = /** @type {any} */ ({ values: [0.1, "all_equal"] });
  assert.equal(runText(axes, run), "learning rate 0.1, initialisation all equal");
  assert.equal(valueText(2), "2");
});

test("runs are sorted by numbers or words, and runs without a value come last", () => {
  const runs = /** @type {any} */ ([
    { values: [10, "sgd"], loss: 0.5 },
    { values: [2, "adam"], loss: null },
    { values: [3, "momentum"], loss: 0.1 },
  ]);
  assert.deepEqual(sorted(runs, 0, false), [1, 2, 0]);
  assert.deepEqual(sorted(runs, 1, false), [1, 2, 0]);
  assert.deepEqual(sorted(runs, "loss", false), [2, 0, 1]);
  assert.deepEqual(sorted(runs, "loss", true), [0, 2, 1]);
});

test("a loss that exploded does not set the scale of the others", () => {
  const run = (/** @type {number[]} */ losses, /** @type {number[]} */ train_losses) =>
    /** @type {any} */ ({ losses: typed(losses), train_losses: typed(train_losses) });
  assert.equal(lossLimit([run([2, 1], [2.4, 1.1]), run([2], [2, 5])]), null);
  assert.equal(lossLimit([run([2, 1], [2.4, 1.1]), run([2], [2, 5e9])]), 3);
  assert.equal(lossLimit([run([], [])]), null);
});

test("before the first number the axes have the length of the sweep, and accuracies go to 100 %", async () => {
  /** @type {any} */
  let layout = null;
  const Plotly = { react: async (/** @type {unknown[]} */ ...given) => (layout = given[2]) };
  const drawn = async (/** @type {number[]} */ at) => {
    const numbers = typed(at.map(() => 0.5));
    const run = { values: [0.1], iterations: 24, evaluated_at: typed(at), accuracies: numbers };
    const runs = [{ ...run, losses: numbers, trained_at: typed(at), train_losses: numbers }];
    const sweep = { axes: [{ kind: "learning_rate" }], recipe: { epochs: 2 } };
    const report = /** @type {any} */ ({ runs, sweep, monitored: "test", has_classes: true });
    const style = /** @type {any} */ ({ getPropertyValue: () => "", fontSize: "13px" });
    await drawCurves(Plotly, /** @type {any} */ ({ clientWidth: 900 }), report, style);
  };
  await drawn([]);
  assert.deepEqual(
    [layout.xaxis.range, layout.xaxis2.range, layout.yaxis.range],
    [
      [0, 24],
      [0, 24],
      [0, 1],
    ],
  );
  await drawn([0, 12]);
  assert.deepEqual([layout.xaxis.range, layout.yaxis.range], [undefined, [0, 1]]);
});
