/** Nudging one number: the change that its gradient predicts beside the change that happens. The run stays as it is. */

import { element, one } from "../../graphics/dom.js";
import { indexOf, told } from "../../graphics/format.js";
import { infoOf } from "../../core/shown_tensors.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Nudge} Nudge */
/** @typedef {import("../../wire.js").Change} Change */

/**
 * @param {Run} run @param {string} text such as conv2.out[0,1,1]
 * @returns {{ name: string, cell: number } | null} null where no such cell exists
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
const text = (value) => told(value, 6);

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

/** @param {HTMLFormElement} form @param {App} app @returns {(state: State) => void} */
export function mountNudge(form, { store, effects }) {
  const amount = /** @type {HTMLInputElement} */ (one(".amount", form));
  const watch = /** @type {HTMLInputElement} */ (one(".watch", form));
  const result = one(".result", form);
  /** @type {State["inspection"]["nudged"]} */
  let drawn = null;
  /** @type {State["guide"]} */
  let guided = null;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { run } = store.get();
    if (!run) return;
    const isWatching = watch.value.trim() !== "";
    const watched = isWatching ? cellOf(run, watch.value) : null;
    if (isWatching && !watched)
      effects.refuseNudge(`There is no cell “${watch.value}”. One is written as dense.out[3].`);
    else void effects.nudge(amount.value.trim() === "" ? NaN : Number(amount.value), watched);
  });

  /** Fills in the form from the stop of a worked example. @param {State} state */
  function prepare({ run, guide }) {
    if (guide === guided) return;
    guided = guide;
    const trial = guide?.preset.stops[guide.stop].trial;
    const info = trial && run ? infoOf(run, trial.watch) : undefined;
    if (!trial || !info) return;
    amount.value = String(trial.amount);
    watch.value = `${trial.watch}[${indexOf(trial.watch_cell, info.shape).join(",")}]`;
  }

  /** @param {State["inspection"]["nudged"]} nudged */
  function draw(nudged) {
    if (!nudged) return result.replaceChildren();
    if ("problem" in nudged) return result.replaceChildren(element("p", "problem", nudged.problem));
    result.replaceChildren(table(nudged.nudge), element("p", "quiet", nudged.nudge.words));
  }

  return (state) => {
    const { run, shown, inspection } = state;
    prepare(state);
    if (inspection.nudged !== drawn) draw((drawn = inspection.nudged));
    const last = run?.layers.at(-2);
    const label = shown?.iteration.examples[shown.example]?.label ?? 0;
    if (last) watch.placeholder = `${last.name}.out[${indexOf(label, last.shape).join(",")}]`;
  };
}
