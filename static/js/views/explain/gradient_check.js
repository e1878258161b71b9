/** The gradient check of a layer: its gradients beside finite differences, at their largest difference. */

import { element, one, say } from "../../graphics/dom.js";
import { modal } from "../../graphics/dialog.js";
import { short, verdictOf } from "../../graphics/format.js";
import { isOpen } from "../../core/state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").GradientCheck} GradientCheck */

/** @param {HTMLDialogElement} dialog @param {App} app @returns {(state: State) => void} */
export function mountGradientCheck(dialog, { store, effects }) {
  const [title, words, numbers] = [one("h2", dialog), one(".words", dialog), one(".numbers", dialog)];
  const close = () => store.dispatch({ type: "dialog", close: "check" });
  const show = modal(dialog, close);
  /** What the dialog was drawn from. @type {GradientCheck | null} */
  let drawn = null;

  /** @param {string} what @param {number | null} number @param {GradientCheck} check */
  function row(what, number, { name, cell, index }) {
    const go = element("button", "factor", number === null ? "not finite" : short(number, 8));
    go.title = `Go to ${name}[${index.join(", ")}]`;
    go.addEventListener("click", () => {
      close();
      effects.enlarge({ name, cell });
    });
    return element("p", "", `${what}: `, go);
  }

  /** @param {GradientCheck} check @returns {HTMLElement[]} both numbers at the largest difference */
  function rows(check) {
    if (check.largest_error === null) return [];
    const place = `${check.name}[${check.index.join(", ")}]`;
    return [
      element("p", "", `The largest difference is at ${place}:`),
      row("backpropagation", check.analytic, check),
      row("central difference", check.numeric, check),
    ];
  }

  return (state) => {
    const isShown = isOpen(state, "check");
    show(isShown);
    if (!isShown) return;
    const { layer } = state.inspection;
    const found = state.checks.get(layer);
    const check = found && found !== "running" ? found : null;
    say(title, `Gradient check of ${layer}`);
    say(words, check ? check.words : "Comparing …");
    words.className = `words ${check ? verdictOf(check).kind : ""}`;
    if (check !== drawn || !check) numbers.replaceChildren(...(check ? rows(check) : []));
    drawn = check;
  };
}
