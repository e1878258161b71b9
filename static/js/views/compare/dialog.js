/** The comparison: the form of a sweep, and its runs as a table and as parallel curves. */

import { isOpen, refusalOf } from "../../core/state.js";
import { onChange } from "../../graphics/changes.js";
import { modal } from "../../graphics/dialog.js";
import { one, say } from "../../graphics/dom.js";
import { plural } from "../../graphics/format.js";
import { load } from "../../graphics/plotly.js";
import { drawCurves } from "./curves.js";
import { formOf, isOver } from "./state.js";
import { AXES } from "./sweep_form.js";
import { mountTable } from "./table.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("./state.js").Compare} Compare */
/** @typedef {import("../../wire.js").SweepReport} SweepReport */

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountCompare(root, app) {
  const dialog = /** @type {HTMLDialogElement} */ (root);
  const { store, effects } = app;
  const note = one(".note", dialog);
  const stop = one(".stop", dialog);
  const problem = one(".problem", dialog);
  const hint = one(".hint", dialog);
  const found = one(".found", dialog);
  const open = modal(dialog, () => store.dispatch({ type: "dialog", close: "compare" }));
  const drawForm = mountForm(/** @type {HTMLFormElement} */ (one("form", dialog)), app);
  const chart = mountChart(one(".chart", dialog), dialog.dataset.plotly ?? "");
  const drawTable = mountTable(one("table", dialog), one(".chart", dialog), app);
  stop.addEventListener("click", () => void effects.compare.cancel());

  return (state) => {
    const isShown = isOpen(state, "compare") && state.run !== null;
    open(isShown);
    if (!isShown) return;
    const { sweep, order } = state.compare;
    const words = refusalOf(state, "compare") ?? chart.problem();
    say(problem, words ?? "");
    problem.hidden = words === null;
    drawForm(state);
    stop.hidden = sweep === null || isOver(sweep);
    found.hidden = sweep === null;
    if (!sweep) return;
    say(note, noteOf(sweep));
    hint.hidden = sweep.monitored !== "test" || !sweep.runs.some(({ accuracy }) => accuracy !== null);
    drawTable(sweep, order, state.defaults);
    chart.draw(sweep, state.theme);
  };
}

/** @param {SweepReport} report @returns {string} how far it has come */
function noteOf({ runs, status, sweep }) {
  const over = runs.filter(({ status }) => !["waiting", "running"].includes(status)).length;
  const words = {
    waiting: "Waiting for its turn …",
    running: `${over} of ${plural(runs.length, "run")} done`,
    done: `${plural(runs.length, "run")} of ${plural(sweep.recipe.epochs, "epoch")}`,
    cancelled: "Cancelled",
  };
  return words[status];
}

/** @param {HTMLFormElement} form @param {App} app */
function mountForm(form, { store, effects }) {
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
  form.addEventListener("input", ({ target }) => {
    const { name, value } = /** @type {HTMLInputElement | HTMLSelectElement} */ (target);
    store.dispatch({ type: "compare field", field: name, text: value });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void effects.compare.begin();
  });

  /** The axes to choose from. The second one is optional. */
  function drawKinds() {
    for (const number of [0, 1]) {
      const kinds = Object.entries(AXES).map(([kind, { title }]) => new Option(title, kind));
      field(`kind${number}`).replaceChildren(...(number ? [new Option("nothing else", "")] : []), ...kinds);
    }
  }

  /** @param {string} name @param {string} text */
  function fill(name, text) {
    if (field(name).value !== text) field(name).value = text;
  }

  /** @param {State} state */
  return (state) => {
    const shown = formOf(state);
    if (!shown) return;
    if (field("kind0").childElementCount === 0) drawKinds();
    shown.axes.forEach(({ kind, values }, number) => {
      const label = one(`[data-of="values${number}"]`, form);
      label.hidden = kind === "";
      fill(`kind${number}`, kind);
      fill(`values${number}`, values);
      if (kind !== "") say(one("span", label), AXES[kind].values);
    });
    fill("epochs", shown.epochs);
  };
}

/** The curves of the runs. @param {HTMLElement} root @param {string} address of Plotly */
function mountChart(root, address) {
  /** Why the chart is missing. @type {string | null} */
  let problem = null;

  /** @param {SweepReport} sweep */
  async function draw(sweep) {
    try {
      const Plotly = await load(address);
      await drawCurves(Plotly, root, sweep, getComputedStyle(root));
      problem = null;
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
    }
  }
  return {
    problem: () => problem,
    draw: onChange(
      /** @param {SweepReport} sweep @param {State["theme"]} _theme */
      (sweep, _theme) => void draw(sweep),
    ),
  };
}
