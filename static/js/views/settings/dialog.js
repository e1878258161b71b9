/** Settings: a new run from its beginning, or another learning rate from the next iteration on. */

import { isOpen, nextIteration, refusalOf } from "../../core/state.js";
import { modal } from "../../graphics/dialog.js";
import { element, one, say } from "../../graphics/dom.js";
import { CHOICES, FIELDS, formOf } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("./state.js").Chosen} Chosen */
/** @typedef {import("./state.js").Choice} Choice */

/**
 * @param {HTMLElement} root @param {import("../../core/effects.js").App} app
 * @returns {(state: State) => void}
 */
export function mountSettings(root, { store, effects }) {
  const dialog = /** @type {HTMLDialogElement} */ (root);
  const form = /** @type {HTMLFormElement} */ (one("form", dialog));
  const problem = one(".problem", dialog);
  const edit = one("#edit-rate", dialog);
  const open = modal(dialog, () => store.dispatch({ type: "dialog", close: "settings" }));
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
  /** The names of the fields that are drawn, by choice. @type {Map<Choice, string>} */
  const drawn = new Map();

  form.addEventListener("input", ({ target }) => {
    const { name, value } = /** @type {HTMLInputElement | HTMLSelectElement} */ (target);
    store.dispatch({ type: "settings", field: name, text: value });
  });
  // Only the server checks the numbers, so that the rules are in one place.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void effects.settings.start();
  });
  edit.addEventListener("click", () => void effects.settings.changeLearningRate());

  /** @param {string} name @param {string} text written only when it differs, so that the cursor stays */
  function fill(name, text) {
    const input = field(name);
    if (input.value !== text) input.value = text;
  }

  /** @param {Choice} choice @param {Chosen} chosen @param {NonNullable<State["options"]>} options */
  function drawChoice(choice, { kind, about, fields }, options) {
    const key = [kind, ...fields.map(({ name }) => name)].join(" ");
    if (drawn.get(choice) !== key) {
      drawn.set(choice, key);
      field(choice).replaceChildren(
        ...options[choice].map(({ title, value }) => new Option(title, value.kind)),
      );
      const labels = fields.map(({ name, label, isList }) => {
        const input = element("input");
        input.name = name;
        // A list is written with commas.
        input.type = isList ? "text" : "number";
        input.step = "any";
        input.placeholder = "none";
        return element("label", "", label, input);
      });
      one(`[data-of="${choice}"]`, form).replaceChildren(element("p", "quiet", about), ...labels);
    }
    fill(choice, kind);
    for (const { name, text } of fields) fill(name, text);
  }

  return (state) => {
    const shown = isOpen(state, "settings") ? formOf(state) : null;
    if (shown && state.options) {
      for (const choice of CHOICES) drawChoice(choice, shown.choices[choice], state.options);
      for (const name of FIELDS) fill(name, shown.texts[name]);
      say(edit, `Change the learning rate from step ${nextIteration(state)} on`);
      const refusal = refusalOf(state, "settings");
      say(problem, refusal ?? "");
      problem.hidden = refusal === null;
    }
    open(shown !== null);
  };
}
