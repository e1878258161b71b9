/** The state of the comparison: the changed fields of the form, and the sweep. All pure. */

import { axisOf, suggested } from "./sweep_form.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").SweepReport} SweepReport */
/** @typedef {import("./sweep_form.js").Column} Column */
/** @typedef {import("./sweep_form.js").Kind} Kind */

/**
 * @typedef {object} Compare
 * @property {Readonly<Record<string, string>>} fields the changed fields of the form, as text
 * @property {SweepReport | null} sweep
 * @property {{ readonly column: Column | null, readonly isDescending: boolean }} order of the table; null for the order of the sweep
 */

/**
 * @typedef {(
 *   | { type: "compare field", field: string, text: string }
 *   | { type: "sweep", sweep: SweepReport }
 *   | { type: "sort", column: Column }
 * )} Action
 */

/** The most epochs that a sweep begins with. */
const EPOCHS = 3;
/** The first axis, and a second one that a person can add. */
const AXIS_NUMBERS = [0, 1];

/** @type {Compare["order"]} */
const UNSORTED = { column: null, isDescending: false };

/** @type {Compare} */
export const INITIAL = { fields: {}, sweep: null, order: UNSORTED };

/** @param {Compare} compare @param {import("../../core/state.js").Action} action @returns {Compare} */
export function reduce(compare, action) {
  switch (action.type) {
    case "compare field": {
      const fields = { ...compare.fields, [action.field]: action.text };
      // Another kind of axis has other values.
      if (action.field.startsWith("kind")) delete fields[action.field.replace("kind", "values")];
      return { ...compare, fields };
    }
    case "sweep": {
      const order = action.sweep.id === compare.sweep?.id ? compare.order : UNSORTED;
      return { ...compare, sweep: action.sweep, order };
    }
    case "sort": {
      const { column, isDescending } = compare.order;
      // The best comes first: of accuracies the largest, of all else the smallest.
      const first = action.column === "accuracy";
      const next = action.column === column ? !isDescending : first;
      return { ...compare, order: { column: action.column, isDescending: next } };
    }
    default:
      return compare;
  }
}

/** An axis in the form; an empty kind varies nothing. @typedef {{ readonly kind: Kind | "", readonly values: string }} AxisForm */

/**
 * What the form shows: what a person has changed, and suggestions for the open run.
 * @param {State} state @returns {{ axes: readonly AxisForm[], epochs: string } | null} null while there is no run, or
 * while the options are on their way
 */
export function formOf({ run, options, compare: { fields } }) {
  if (!run || !options) return null;
  const axes = AXIS_NUMBERS.map((number) => {
    const kind = /** @type {Kind | ""} */ (fields[`kind${number}`] ?? (number ? "" : "learning_rate"));
    const values = kind === "" ? "" : (fields[`values${number}`] ?? suggested(kind, run.recipe, options));
    return { kind, values };
  });
  return { axes, epochs: fields.epochs ?? String(Math.min(run.recipe.epochs, EPOCHS)) };
}

/** The sweep that the form describes, unchecked. @param {State} state @returns {unknown} */
export function sweepOf(state) {
  const form = formOf(state);
  const { run, options } = state;
  if (!form || !run || !options) return null;
  // An empty field becomes null, which the server refuses with a reason.
  const epochs = form.epochs.trim() === "" ? NaN : Number(form.epochs);
  const axes = form.axes.flatMap(({ kind, values }) =>
    kind === "" ? [] : [axisOf(kind, values, run.recipe, options)],
  );
  return { recipe: { ...run.recipe, edits: [], epochs }, axes };
}

/** @param {SweepReport} sweep @returns {boolean} true when nothing more of it is to come */
export const isOver = ({ status }) => status === "done" || status === "cancelled";
