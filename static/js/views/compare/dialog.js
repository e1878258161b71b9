/** The comparison: a sweep is chosen in a form, and grows as a table and as parallel curves. */

import { toQuery } from "../../core/address.js";
import { element, one, say } from "../../graphics/dom.js";
import { capital, PARTS, percent, plural, short } from "../../graphics/format.js";
import { load } from "../../graphics/plotly.js";
import { AXES, axisOf, COLOURS, runText, sorted, suggested, valueText } from "./sweep_form.js";
import { attempting } from "../../core/refusals.js";
import { drawCurves, light } from "./curves.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Options} Options */
/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").SweepReport} SweepReport */
/** @typedef {import("../../wire.js").SweepRun} SweepRun */
/** @typedef {import("../../wire.js").Spread} Spread */
/** @typedef {import("./sweep_form.js").Column} Column */
/** @typedef {import("./sweep_form.js").Kind} Kind */

const POLL_SECONDS = 0.5;
const EPOCHS = 3;
const DASHES = ["", "5 3", "1.5 2.5"];

/** @param {number | null} value @param {(value: number) => string} text */
const known = (value, text = short) => (value === null ? "" : text(value));

/** @param {Spread | null} spread @param {(value: number, digits: number) => string} [text] */
function spreadText(spread, text = short) {
  if (!spread) return "";
  return text(spread.mean, 4) + (spread.deviation === null ? "" : ` ± ${text(spread.deviation, 2)}`);
}

/** A run's line as its curves are drawn: colour and dashes. @param {number} number */
function swatch(number) {
  const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [name, value] of Object.entries({ x1: "0", y1: "5", x2: "26", y2: "5" }))
    line.setAttribute(name, value);
  line.style.stroke = `var(--line-${(number % COLOURS) + 1})`;
  line.setAttribute("stroke-dasharray", DASHES[Math.floor(number / COLOURS)]);
  box.setAttribute("viewBox", "0 0 26 10");
  box.setAttribute("aria-hidden", "true");
  box.append(line);
  return box;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ state: () => State, options: () => Promise<Options>,
 *   begin: (sweep: unknown) => Promise<SweepReport>, progress: (id: string) => Promise<SweepReport>,
 *   cancel: (id: string) => Promise<SweepReport>, openRun: (recipe: Recipe) => Promise<void> }} on
 * @returns {{ open: () => Promise<void> }}
 */
export function mountCompare(dialog, on) {
  const form = /** @type {HTMLFormElement} */ (one("form", dialog));
  const note = one(".note", dialog);
  const stop = one(".stop", dialog);
  const problem = one(".problem", dialog);
  const hint = one(".hint", dialog);
  const found = one(".found", dialog);
  const chart = one(".chart", dialog);
  const [head, body, foot] = ["thead", "tbody", "tfoot"].map((part) => one(part, dialog));
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
  /** @type {Options | null} */
  let options = null;
  /** @type {SweepReport | null} */
  let report = null;
  /** @type {{ column: Column | null, isDescending: boolean }} */
  let order = { column: null, isDescending: false };
  let round = 0;

  const attempt = attempting(problem);

  /** @param {number} number of the axis, first or second: its values to begin with */
  function suggest(number) {
    const kind = field(`kind${number}`).value;
    const { run } = on.state();
    const values = field(`values${number}`);
    const label = one(`[data-of="values${number}"]`, form);
    label.hidden = kind === "";
    if (kind === "" || !run || !options) return;
    values.value = suggested(/** @type {Kind} */ (kind), run.recipe, options);
    say(one("span", label), AXES[/** @type {Kind} */ (kind)].values);
  }

  async function begin() {
    const { run } = on.state();
    if (!run || !options) return;
    const { recipe } = run;
    const axes = [0, 1].flatMap((number) => {
      const kind = /** @type {Kind | ""} */ (field(`kind${number}`).value);
      return kind && options ? [axisOf(kind, field(`values${number}`).value, recipe, options)] : [];
    });
    const epochs = field("epochs").value.trim() === "" ? NaN : Number(field("epochs").value);
    const begun = await on.begin({ recipe: { ...recipe, edits: [], epochs }, axes });
    order = { column: null, isDescending: false };
    await follow(begun);
  }

  /** A sweep to its end, as long as somebody looks. @param {SweepReport} news */
  async function follow(news) {
    const mine = ++round;
    while (mine === round) {
      report = news;
      draw();
      await drawChart();
      if (news.status === "done" || news.status === "cancelled" || !dialog.open) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_SECONDS * 1000));
      if (mine === round) news = await on.progress(news.id);
    }
  }

  function draw() {
    if (!report) return;
    const { runs, status, sweep, monitored } = report;
    const over = runs.filter(({ status }) => !["waiting", "running"].includes(status)).length;
    const told = {
      waiting: "Waiting for its turn …",
      running: `${over} of ${plural(runs.length, "run")} done`,
      done: `${plural(runs.length, "run")} of ${plural(sweep.recipe.epochs, "epoch")}`,
      cancelled: "Cancelled",
    };
    say(note, told[status]);
    stop.hidden = status === "done" || status === "cancelled";
    found.hidden = false;
    hint.hidden = monitored !== "test" || !runs.some(({ accuracy }) => accuracy !== null);
    drawTable();
  }

  /** The columns of numbers: those of accuracy only where there are classes. @param {SweepReport} of */
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

  function drawTable() {
    if (!report) return;
    const { runs, sweep, folds } = report;
    const columns = columnsOf(report);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.at;
    head.replaceChildren(
      element(
        "tr",
        "",
        element("th"),
        ...columns.map(([column, title]) => heading(column, title)),
        element("th", "", "Run"),
      ),
    );
    const { column, isDescending } = order;
    const numbers = column === null ? runs.map((_, i) => i) : sorted(runs, column, isDescending);
    body.replaceChildren(...numbers.map((number) => row(runs[number], number, columns)));
    foot.replaceChildren(
      ...folds.map(({ values, done, train_loss, accuracy, loss }) => {
        const rest = [...values];
        const cells = columns.map(([column]) => {
          if (column === "train_loss") return spreadText(train_loss);
          if (column === "accuracy") return spreadText(accuracy, percent);
          if (column === "loss") return spreadText(loss);
          if (typeof column !== "number") return "";
          return sweep.axes[column].kind === "fold" ? `mean of ${done}` : valueText(rest.shift() ?? "");
        });
        return element(
          "tr",
          "",
          element("td"),
          ...cells.map((text) => element("td", "number", text)),
          element("td"),
        );
      }),
    );
    if (focused) /** @type {HTMLElement | null} */ (dialog.querySelector(`[data-at="${focused}"]`))?.focus();
  }

  /** @param {Column} column @param {string} title */
  function heading(column, title) {
    const isSorted = order.column === column;
    const arrow = isSorted ? (order.isDescending ? " ↓" : " ↑") : "";
    const button = element("button", "", capital(title) + arrow);
    button.dataset.at = `column-${column}`;
    button.addEventListener("click", () => {
      // The best comes first: of accuracies the largest, of all else the smallest.
      const first = column === "accuracy";
      order = { column, isDescending: isSorted ? !order.isDescending : first };
      drawTable();
    });
    const cell = element("th", "", button);
    cell.setAttribute("aria-sort", isSorted ? (order.isDescending ? "descending" : "ascending") : "none");
    return cell;
  }

  /** @param {SweepRun} run @param {number} number @param {[Column, string][]} columns */
  function row(run, number, columns) {
    const { defaults } = on.state();
    const axes = report?.sweep.axes ?? [];
    const cells = columns.map(([column]) => {
      if (column === "accuracy") return element("td", "number", known(run.accuracy, percent));
      if (column === "seconds")
        return element(
          "td",
          "number",
          known(run.seconds, (s) => s.toFixed(1)),
        );
      if (typeof column !== "number") return element("td", "number", known(run[column]));
      const text = valueText(run.values[column]);
      if (column > 0) return element("td", "number", text);
      const link = element("a", "", text);
      link.dataset.at = `run-${number}`;
      link.setAttribute("aria-label", `Open the run with ${runText(axes, run)}`);
      const place = { at: null, example: 0, view: null };
      if (defaults) link.href = toQuery(run.recipe, defaults, null, place);
      return element("td", "number", link);
    });
    const isWrong = run.status === "failed" || run.status === "diverged";
    const state = element("td", isWrong ? "wrong" : "quiet number", stateText(run));
    if (run.problem) state.title = run.problem;
    const made = element("tr", "", element("td", "", swatch(number)), ...cells, state);
    made.addEventListener("mouseenter", () => light(chart, number));
    made.addEventListener("mouseleave", () => light(chart, null));
    made.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      void attempt(async () => {
        await on.openRun(run.recipe);
        dialog.close();
      });
    });
    return made;
  }

  /** @param {SweepRun} run */
  function stateText({ status, computed, iterations, diverged, problem }) {
    if (status === "running") return `${Math.floor((100 * computed) / iterations)} %`;
    if (status === "diverged") return `diverged at ${diverged}`;
    return status === "failed" ? `failed: ${problem}` : status;
  }

  async function drawChart() {
    if (!report) return;
    try {
      const Plotly = await load(dialog.dataset.plotly ?? "");
      await drawCurves(Plotly, chart, report, getComputedStyle(dialog));
    } catch (error) {
      say(problem, /** @type {Error} */ (error).message);
      problem.hidden = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(begin);
  });
  for (const number of [0, 1]) field(`kind${number}`).addEventListener("change", () => suggest(number));
  stop.addEventListener("click", () =>
    attempt(async () => {
      if (report) await follow(await on.cancel(report.id));
    }),
  );
  one(".close", dialog).addEventListener("click", () => dialog.close());

  return {
    async open() {
      const { run } = on.state();
      if (!run || dialog.open) return;
      dialog.showModal();
      await attempt(async () => {
        if (!options) {
          options = await on.options();
          for (const number of [0, 1]) {
            const kinds = Object.entries(AXES).map(([kind, { title }]) => new Option(title, kind));
            field(`kind${number}`).replaceChildren(
              ...(number ? [new Option("nothing else", "")] : []),
              ...kinds,
            );
            suggest(number);
          }
          field("epochs").value = String(Math.min(run.recipe.epochs, EPOCHS));
        }
        if (report) await follow(await on.progress(report.id));
      });
    },
  };
}
