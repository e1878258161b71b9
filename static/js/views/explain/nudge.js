/** Nudging one number: what the gradient predicts, beside what really happens. Nothing is changed for good. */

import { element, one } from "../../graphics/dom.js";
import { indexOf, short } from "../../graphics/format.js";
import { infoOf } from "../../core/state.js";
import { Refusal } from "../../core/refusals.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Nudge} Nudge */
/** @typedef {import("../../wire.js").Change} Change */

/** @param {Run} run @param {string} name @returns {boolean} whether it is a number that can be moved: a parameter or a pixel */
function isFree(run, name) {
  const info = infoOf(run, name);
  return name === "input.out" || (info?.parameter != null && info.parameter === info.tensor);
}

/**
 * @param {Run} run @param {string} text such as conv2.out[0,1,1]
 * @returns {{ name: string, cell: number } | null} null where no such cell is
 */
export function cellOf(run, text) {
  const found = /^\s*([\w.]+)\s*\[(\s*\d+\s*(?:,\s*\d+\s*)*)\]\s*$/.exec(text);
  const info = found && infoOf(run, found[1]);
  if (!found || !info) return null;
  const index = found[2].split(",").map(Number);
  if (index.length !== info.shape.length || index.some((i, axis) => i >= info.shape[axis])) return null;
  return { name: info.name, cell: index.reduce((cell, i, axis) => cell * info.shape[axis] + i, 0) };
}

/** @param {number | null} value */
const text = (value) => (value === null ? "not finite" : short(value, 6));

/** @param {Change} change @param {string} what */
function row({ predicted, actual, before, after }, what) {
  return element(
    "tr",
    "",
    element("th", "", what),
    element("td", "number", text(predicted)),
    element("td", "number", text(actual)),
    element("td", "number", `${text(before)} → ${text(after)}`),
  );
}

/** @param {Nudge} nudge */
function table({ loss, watched }) {
  const heads = ["change of", "predicted", "actual", "from → to"].map((head) => element("th", "", head));
  const rows = [row(loss, "the mean loss")];
  if (watched) rows.push(row(watched, `${watched.name}[${watched.index.join(",")}]`));
  return element(
    "table",
    "nudged",
    element("thead", "", element("tr", "", ...heads)),
    element("tbody", "", ...rows),
  );
}

/**
 * @param {HTMLFormElement} form
 * @param {{ state: () => State, nudge: (amount: number, watch: { name: string, cell: number } | null) => Promise<Nudge | null> }} on
 * @returns {(state: State) => void}
 */
export function mountNudge(form, on) {
  const amount = /** @type {HTMLInputElement} */ (one(".amount", form));
  const watch = /** @type {HTMLInputElement} */ (one(".watch", form));
  const result = one(".result", form);
  let drawnFor = "";

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { run } = on.state();
    if (!run) return;
    const watched = watch.value.trim() ? cellOf(run, watch.value) : null;
    if (watch.value.trim() && !watched) {
      result.replaceChildren(
        element("p", "problem", `There is no cell “${watch.value}”. One is written as dense.out[3].`),
      );
      return;
    }
    try {
      const nudge = await on.nudge(amount.value.trim() === "" ? NaN : Number(amount.value), watched);
      if (nudge) result.replaceChildren(table(nudge), element("p", "quiet", nudge.words));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      result.replaceChildren(element("p", "problem", error.message));
    }
  });

  /** @type {State["guide"]} */
  let guided = null;

  /** A stop with a trial fills the form in. @param {Run | null} run @param {State["guide"]} guide */
  function prepare(run, guide) {
    if (guide === guided) return;
    guided = guide;
    const trial = guide?.preset.stops[guide.stop].trial;
    const info = trial && run ? infoOf(run, trial.watch) : undefined;
    if (!trial || !info) return;
    amount.value = String(trial.amount);
    watch.value = `${trial.watch}[${indexOf(trial.watch_cell, info.shape).join(",")}]`;
  }

  return ({ run, large, shown, explanation, guide }) => {
    prepare(run, guide);
    form.hidden = !run || !large || !explanation || !isFree(run, large.name);
    const now =
      large && shown
        ? `${large.name} ${large.cell} ${shown.iteration.run} ${shown.moment.iteration} ${shown.example}`
        : "";
    if (now !== drawnFor) result.replaceChildren();
    drawnFor = now;
    const last = run?.layers.at(-2);
    const label = shown?.iteration.examples[shown.example]?.label ?? 0;
    if (last) watch.placeholder = `${last.name}.out[${indexOf(label, last.shape).join(",")}]`;
  };
}
