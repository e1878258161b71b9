/** Changes the open weight for good: an edit of the recipe, with which the run goes on from the step shown. */

import { one, say } from "../../graphics/dom.js";
import { infoOf, valueAt } from "../../core/shown_tensors.js";
import { EDITS } from "../../words/explain.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */

/** @param {HTMLFormElement} form @param {App} app @returns {(state: State) => void} */
export function mountKeep(form, { effects }) {
  const value = /** @type {HTMLInputElement} */ (one(".value", form));
  const from = one(".from", form);
  /** The cell and the step that the form was filled in for. */
  let filled = "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    effects.setParameter(value.value.trim() === "" ? NaN : Number(value.value));
  });
  return (state) => {
    const { run, large, shown } = state;
    const info = run && large && infoOf(run, large.name);
    form.hidden = !shown || !info || info.parameter === null;
    if (form.hidden || !shown || !large || !run) return;
    const { iteration } = shown.moment;
    say(from, EDITS.from(iteration));
    const number = valueAt(state, large.name, large.cell);
    const place = JSON.stringify([run.id, large, iteration]);
    if (number === null || place === filled) return;
    filled = place;
    value.value = String(Number(number.toPrecision(4)));
  };
}
