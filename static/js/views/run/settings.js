/** What a person can change: a new run from the beginning, or an edit from this iteration on. */

import { element, one, say } from "../../graphics/dom.js";
import { short } from "../../graphics/format.js";
import { Refusal } from "../../core/refusals.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").Effects} Effects */

/** @typedef {import("../../wire.js").Options} Options */
/** @typedef {import("../../wire.js").Option} Option */
/** @typedef {{ [key: string]: unknown }} Values of one choice, its kind among them */

/** What a recipe chooses by kind. @type {(keyof Options)[]} */
const CHOICES = ["optimizer", "loss", "schedule", "initialisation", "early_stopping"];

/** @param {unknown} value @returns {string} as a person writes it: nothing for what is not in use */
const written = (value) => (value === null ? "" : Array.isArray(value) ? value.join(", ") : String(value));

/** The first iteration that an edit made now can change: the one on the stage has been computed already.
 * @param {State} state */
export function nextIteration({ moment, run, progress }) {
  const end = progress.stopped?.iteration ?? run?.iterations ?? 1;
  return Math.min(moment.iteration + 1, end - 1);
}

/** @param {HTMLDialogElement} dialog @param {Effects} effects @returns {{ open: () => Promise<void>, update: (state: State) => void }} */
export function mountSettings(dialog, effects) {
  const form = /** @type {HTMLFormElement} */ (one("form", dialog));
  const problem = one(".problem", dialog);
  const line = one("#recipe-line");
  const edit = one("#edit-rate", dialog);
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
  /** @type {State | null} */
  let last = null;
  /** What there is to choose, once it has been asked for. @type {Options | null} */
  let options = null;

  /** @param {keyof Options} choice @returns {Option} the one that is chosen */
  const chosen = (choice) =>
    /** @type {Option} */ (options?.[choice].find(({ value }) => value.kind === field(choice).value));

  /** Shows the numbers of what is chosen. @param {keyof Options} choice @param {Values} values */
  function drawFields(choice, values) {
    const { about } = chosen(choice);
    const labels = Object.keys(values)
      .filter((key) => key !== "kind" && key !== "learning_rate")
      .map((key) => {
        const input = element("input");
        input.name = `${choice}.${key}`;
        // A list is written with commas.
        input.type = Array.isArray(values[key]) ? "text" : "number";
        input.step = "any";
        input.placeholder = "none";
        input.value = written(values[key]);
        return element("label", "", key.replaceAll("_", " "), input);
      });
    one(`[data-of="${choice}"]`, form).replaceChildren(element("p", "quiet", about), ...labels);
  }

  /** @param {keyof Options} choice @returns {any} the choice with its numbers, unchecked */
  function read(choice) {
    const entries = Object.entries(chosen(choice).value).map(([key, before]) => {
      if (key === "kind") return [key, before];
      if (key === "learning_rate") return [key, numberIn(key)];
      const name = `${choice}.${key}`;
      const text = field(name).value.trim();
      if (Array.isArray(before)) return [key, text === "" ? [] : text.split(",").map(Number)];
      return [key, text === "" && before === null ? null : numberIn(name)];
    });
    return Object.fromEntries(entries);
  }

  for (const choice of CHOICES)
    field(choice).addEventListener("change", () => {
      const value = /** @type {Values} */ ({ ...chosen(choice).value });
      drawFields(choice, value);
      if (choice === "optimizer") field("learning_rate").value = String(value.learning_rate);
    });

  /** @param {string} name @returns {number} what a person left empty is not 0: the server asks for it */
  const numberIn = (name) => (field(name).value.trim() === "" ? NaN : Number(field(name).value));

  /** @param {() => Promise<void>} action */
  async function attempt(action) {
    try {
      await action();
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(problem, error.message);
      problem.hidden = false;
    }
  }

  // The server checks the numbers, so that there is one place that says what a good one is.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { run } = /** @type {State} */ (last);
    if (!run) return;
    void attempt(() =>
      effects.newRun({
        seed: numberIn("seed"),
        batch_size: numberIn("batch_size"),
        epochs: numberIn("epochs"),
        dtype: /** @type {import("../../wire.js").Recipe["dtype"]} */ (field("dtype").value),
        ...Object.fromEntries(CHOICES.map((choice) => [choice, read(choice)])),
      }),
    );
  });
  edit.addEventListener("click", () => {
    const iteration = nextIteration(/** @type {State} */ (last));
    const value = numberIn("learning_rate");
    void attempt(() => effects.edit({ kind: "learning_rate", iteration, value }));
  });
  one(".cancel", dialog).addEventListener("click", () => dialog.close());

  /** @param {State} state */
  function update(state) {
    last = state;
    const { run, shown } = state;
    if (!run) return;
    const { recipe } = run;
    const rate = shown?.iteration.learning_rate ?? recipe.optimizer.learning_rate;
    const edits = recipe.edits.length
      ? `${recipe.edits.length} edit${recipe.edits.length > 1 ? "s" : ""}`
      : "";
    const { kind } = recipe.optimizer;
    const parts = [
      run.dataset_title,
      `seed ${recipe.seed}`,
      kind === "sgd" ? "" : kind,
      `learning rate ${short(rate)}${recipe.schedule.kind === "constant" ? "" : ` (${recipe.schedule.kind})`}`,
      `batch ${recipe.batch_size}`,
    ];
    const told = [...parts, recipe.dtype, edits].filter(Boolean).join(" · ");
    say(line, told);
    // Where it is cut off, it can still be read.
    line.title = told;
    say(edit, `Change the learning rate from iteration ${nextIteration(state)} on`);
  }

  return {
    update,
    async open() {
      try {
        options ??= await effects.options();
      } catch (error) {
        effects.report(error);
        return;
      }
      const { run, shown } = last ?? {};
      if (!run || dialog.open) return;
      const { recipe } = run;
      for (const choice of CHOICES) {
        const select = /** @type {HTMLSelectElement} */ (field(choice));
        select.replaceChildren(...options[choice].map(({ title, value }) => new Option(title, value.kind)));
        select.value = recipe[choice].kind;
        drawFields(choice, { ...recipe[choice] });
      }
      field("seed").value = String(recipe.seed);
      // A schedule starts from the optimizer's own rate, whatever it has made of it by now.
      const own = recipe.optimizer.learning_rate;
      const rate = recipe.schedule.kind === "constant" ? (shown?.iteration.learning_rate ?? own) : own;
      field("learning_rate").value = String(rate);
      field("batch_size").value = String(recipe.batch_size);
      field("epochs").value = String(recipe.epochs);
      field("dtype").value = recipe.dtype;
      problem.hidden = true;
      dialog.showModal();
    },
  };
}
