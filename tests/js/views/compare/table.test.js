import { find, openPage, recordedApp, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountTable } from "../../../../static/js/views/compare/table.js";
import { INITIAL } from "../../../../static/js/core/reducer.js";
import { RUN } from "../../fixture.js";

/** @typedef {import("../../../../static/js/wire.js").SweepReport} SweepReport */
/** @typedef {import("../../../../static/js/views/compare/state.js").Compare} Compare */

/** @type {Compare["order"]} */
const UNSORTED = { column: null, isDescending: false };
const DEFAULTS = /** @type {any} */ ({ ...RUN.recipe, seed: 7 });

/** @param {number} rate @param {object} [changes] to a finished run with this learning rate */
const run = (rate, changes = {}) => ({
  values: [rate],
  recipe: { ...DEFAULTS, optimizer: { kind: "sgd", learning_rate: rate } },
  status: "done",
  problem: null,
  computed: 200,
  iterations: 200,
  seconds: 2.34,
  train_loss: 0.25,
  accuracy: 0.875,
  loss: 0.5,
  best_epoch: 2,
  diverged: null,
  ...changes,
});

/** The table of a sweep over the learning rate. @param {object[]} runs @param {object} [changes] to the report */
function comparing(runs, changes = {}) {
  openPage("compare");
  const report = /** @type {SweepReport} */ (
    /** @type {unknown} */ ({
      sweep: { axes: [{ kind: "learning_rate" }] },
      monitored: "test",
      has_classes: true,
      runs,
      folds: [],
      ...changes,
    })
  );
  const { app, asked } = recordedApp(INITIAL);
  const draw = mountTable(find("#compare table"), find("#compare .chart"), app);
  /** @param {Compare["order"]} [order] */
  const show = (order = UNSORTED) => draw(report, order, DEFAULTS);
  show();
  const rows = () => [...document.querySelectorAll("#compare tbody tr")];
  return {
    asked,
    show,
    rows,
    /** The texts of a row. @param {number} number */
    row: (number) => textsOf("td", rows()[number]),
    column: (/** @type {number} */ number) => rows().map((row) => textsOf("td", row)[number]),
  };
}

test("each run has a row with its value, its results and its state", () => {
  const { row } = comparing([run(0.02), run(0.2, { accuracy: 1, seconds: null, best_epoch: null })]);
  assert.deepEqual(textsOf("#compare th"), [
    "",
    "Learning rate",
    "Training loss",
    "Test accuracy",
    "Test loss",
    "Best epoch",
    "Seconds",
    "Run",
  ]);
  assert.deepEqual(row(0), ["", "0.02", "0.25", "87.5 %", "0.5", "2", "2.3", "done"]);
  assert.deepEqual(row(1).slice(3, 7), ["100.0 %", "0.5", "", ""]);
});

test("without classes the table has no accuracy, and the validation split is named", () => {
  comparing([run(0.02, { accuracy: null })], { has_classes: false, monitored: "validation" });
  const headings = textsOf("#compare th");
  assert.ok(headings.includes("Validation loss"));
  assert.ok(!headings.some((heading) => heading.includes("accuracy")));
});

test("the last column shows the progress, and marks what went wrong", () => {
  const problem = "the batch is too large";
  const { column, rows } = comparing([
    run(1, { status: "running", computed: 59 }),
    run(2, { status: "waiting" }),
    run(3, { status: "diverged", diverged: 17 }),
    run(4, { status: "failed", problem }),
  ]);
  assert.deepEqual(column(7), ["29 %", "waiting", "diverged at 17", `failed: ${problem}`]);
  const states = rows().map((row) => /** @type {HTMLElement} */ (row.lastElementChild));
  assert.deepEqual(
    states.map((state) => state.className === "wrong"),
    [false, false, true, true],
  );
  assert.equal(states[3].title, problem);
});

test("a click on a heading sorts, and the heading shows the direction", () => {
  const { asked, show, column } = comparing([run(0.3), run(0.1, { accuracy: null }), run(0.2)]);
  assert.deepEqual(column(1), ["0.3", "0.1", "0.2"]);
  find("#compare th:nth-child(4) button").click();
  assert.deepEqual(asked, [["dispatch", { type: "sort", column: "accuracy" }]]);
  show({ column: 0, isDescending: true });
  assert.deepEqual(column(1), ["0.3", "0.2", "0.1"]);
  assert.equal(textOf("#compare th:nth-child(2)"), "Learning rate ↓");
  show({ column: 0, isDescending: false });
  assert.deepEqual(column(1), ["0.1", "0.2", "0.3"]);
  assert.deepEqual(
    [...document.querySelectorAll("#compare th")].map((th) => th.getAttribute("aria-sort")),
    [null, "ascending", ...Array(5).fill("none"), null],
  );
  show({ column: "accuracy", isDescending: true });
  assert.equal(column(1)[2], "0.1", "a run without a number is last");
});

test("a row opens its run, and a click with Control follows its link", () => {
  const { asked, rows } = comparing([run(0.02), run(0.2)]);
  const link = /** @type {HTMLAnchorElement} */ (find("a", rows()[1]));
  assert.equal(link.getAttribute("aria-label"), "Open the run with learning rate 0.2");
  assert.match(link.getAttribute("href") ?? "", /optimizer\.learning_rate=0\.2(&|$)/);
  const click = new MouseEvent("click", { bubbles: true, cancelable: true });
  link.dispatchEvent(click);
  assert.deepEqual(asked, [["compare.open", run(0.2).recipe]]);
  assert.equal(click.defaultPrevented, true);
  const withControl = new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: true });
  link.dispatchEvent(withControl);
  assert.deepEqual([asked.length, withControl.defaultPrevented], [1, false]);
});

test("the focus stays with the same run when the table is drawn again", () => {
  const { show, rows } = comparing([run(0.1), run(0.2)]);
  find("a", rows()[0]).focus();
  show({ column: 0, isDescending: true });
  assert.equal(document.activeElement, find("a", rows()[1]));
});

test("folds are averaged below the runs", () => {
  const axes = [{ kind: "pooling" }, { kind: "fold" }];
  const folds = [
    {
      values: ["average"],
      done: 2,
      train_loss: { mean: 0.25, deviation: 0.125 },
      accuracy: { mean: 0.5, deviation: null },
      loss: null,
    },
  ];
  comparing([run(0, { values: ["average", 1] })], { sweep: { axes }, folds });
  assert.deepEqual(textsOf("#compare tfoot td"), [
    "",
    "average",
    "mean of 2",
    "0.25 ± 0.13",
    "50.0 %",
    "",
    "",
    "",
    "",
  ]);
});

test("the ninth run has the colour of the first, dashed", () => {
  const { rows } = comparing(Array.from({ length: 9 }, (_, i) => run(i + 1)));
  const line = (/** @type {number} */ i) =>
    /** @type {SVGElement} */ (/** @type {unknown} */ (find("line", rows()[i])));
  assert.deepEqual(
    [0, 1, 8].map((i) => [line(i).style.stroke, line(i).getAttribute("stroke-dasharray")]),
    [
      ["var(--line-1)", ""],
      ["var(--line-2)", ""],
      ["var(--line-1)", "5 3"],
    ],
  );
});
