/** The table of a sweep: a row for each run, sorted by any column, and the means over folds. */

import { toAddress } from "../../core/address.js";
import { onChange } from "../../graphics/changes.js";
import { element, one, svg } from "../../graphics/dom.js";
import { capital, PARTS, percent, short, written } from "../../graphics/format.js";
import { light } from "./curves.js";
import { AXES, COLOURS, runText, sorted, valueText } from "./sweep_form.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("./state.js").Compare} Compare */
/** @typedef {import("./sweep_form.js").Column} Column */
/** @typedef {import("../../wire.js").SweepReport} SweepReport */
/** @typedef {import("../../wire.js").SweepRun} SweepRun */
/** @typedef {import("../../wire.js").Spread} Spread */

const DASHES = ["", "5 3", "1.5 2.5"];
const PLACE = { at: null, example: 0, look: null, view: null };

/** @param {number | null} value @param {(value: number) => string} text */
const known = (value, text = short) => (value === null ? "" : text(value));

/** @param {Spread | null} spread @param {(value: number, digits: number) => string} [text] */
function spreadText(spread, text = short) {
  if (!spread) return "";
  return text(spread.mean, 4) + (spread.deviation === null ? "" : ` ± ${text(spread.deviation, 2)}`);
}

/** A run's line as its curves are drawn: colour and dashes. @param {number} number */
function swatch(number) {
  const line = svg("line", {
    x1: 0,
    y1: 5,
    x2: 26,
    y2: 5,
    "stroke-dasharray": DASHES[Math.floor(number / COLOURS)],
  });
  line.style.stroke = `var(--line-${(number % COLOURS) + 1})`;
  return svg("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" }, line);
}

/** The columns of numbers: accuracy only where there are classes. @param {SweepReport} report @returns {[Column, string][]} */
function columnsOf({ sweep, monitored, has_classes }) {
  /** @type {[Column, string][]} */
  const all = [
    ...sweep.axes.map((axis, i) => /** @type {[Column, string]} */ ([i, AXES[axis.kind].title])),
    ["train_loss", "training loss"],
    ["accuracy", `${PARTS[monitored]} accuracy`],
    ["loss", `${PARTS[monitored]} loss`],
    ["best_epoch", "best epoch"],
    ["seconds", "seconds"],
  ];
  return all.filter(([column]) => has_classes || column !== "accuracy");
}

/** @param {SweepRun} run */
function statusText({ status, computed, iterations, diverged, problem }) {
  if (status === "running") return `${Math.floor((100 * computed) / iterations)} %`;
  if (status === "diverged") return `diverged at ${diverged}`;
  return status === "failed" ? `failed: ${problem}` : status;
}

/** The number of a run in a column, as text. @param {SweepRun} run @param {Column} column @returns {string} */
function cellText(run, column) {
  if (typeof column === "number") return valueText(run.values[column]);
  if (column === "accuracy") return known(run.accuracy, percent);
  if (column === "seconds") return known(run.seconds, (seconds) => written(seconds.toFixed(1)));
  return known(run[column]);
}

/** The mean over the folds, and the number of folds that are done. @param {SweepReport} report @param {[Column, string][]} columns */
const footOf = ({ folds, sweep }, columns) =>
  folds.map(({ values, done, train_loss, accuracy, loss }) => {
    const rest = [...values];
    const texts = columns.map(([column]) => {
      if (column === "train_loss") return spreadText(train_loss);
      if (column === "accuracy") return spreadText(accuracy, percent);
      if (column === "loss") return spreadText(loss);
      if (typeof column !== "number") return "";
      return sweep.axes[column].kind === "fold" ? `mean of ${done}` : valueText(rest.shift() ?? "");
    });
    const cells = texts.map((text) => element("td", "number", text));
    return element("tr", "", element("td"), ...cells, element("td"));
  });

/**
 * @param {HTMLElement} root @param {HTMLElement} chart whose line is highlighted while its row is pointed at
 * @param {import("../../core/effects.js").App} app
 */
export function mountTable(root, chart, { store, effects }) {
  const [head, body, foot] = ["thead", "tbody", "tfoot"].map((name) => one(name, root));

  /** @param {Column} column @param {string} title @param {Compare["order"]} order */
  function heading(column, title, order) {
    const isSorted = order.column === column;
    const arrow = isSorted ? (order.isDescending ? " ↓" : " ↑") : "";
    const button = element("button", "", capital(title) + arrow);
    button.dataset.at = `column-${column}`;
    button.addEventListener("click", () => store.dispatch({ type: "sort", column }));
    const cell = element("th", "", button);
    cell.setAttribute("aria-sort", isSorted ? (order.isDescending ? "descending" : "ascending") : "none");
    return cell;
  }

  /** @param {SweepReport} report @param {number} number @param {[Column, string][]} columns @param {State["defaults"]} defaults */
  function row({ runs, sweep }, number, columns, defaults) {
    const run = runs[number];
    const cells = columns.map(([column]) => {
      const text = cellText(run, column);
      if (column !== 0) return element("td", "number", text);
      const link = element("a", "", text);
      link.dataset.at = `run-${number}`;
      link.setAttribute("aria-label", `Open the run with ${runText(sweep.axes, run)}`);
      if (defaults) link.href = toAddress(run.recipe, defaults, null, PLACE);
      return element("td", "number", link);
    });
    const isWrong = run.status === "failed" || run.status === "diverged";
    const status = element("td", isWrong ? "wrong" : "quiet number", statusText(run));
    if (run.problem) status.title = run.problem;
    const row = element("tr", "", element("td", "", swatch(number)), ...cells, status);
    row.addEventListener("mouseenter", () => light(chart, number));
    row.addEventListener("mouseleave", () => light(chart, null));
    row.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      void effects.compare.open(run.recipe);
    });
    return row;
  }

  return onChange(
    /** @param {SweepReport} report @param {Compare["order"]} order @param {State["defaults"]} defaults */
    (report, order, defaults) => {
      const columns = columnsOf(report);
      const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.at;
      const headings = columns.map(([column, title]) => heading(column, title, order));
      head.replaceChildren(element("tr", "", element("th"), ...headings, element("th", "", "Run")));
      const { column, isDescending } = order;
      const numbers =
        column === null ? report.runs.map((_, i) => i) : sorted(report.runs, column, isDescending);
      body.replaceChildren(...numbers.map((number) => row(report, number, columns, defaults)));
      foot.replaceChildren(...footOf(report, columns));
      if (focused) /** @type {HTMLElement | null} */ (root.querySelector(`[data-at="${focused}"]`))?.focus();
    },
  );
}
