/** The answers of a network as bars, a row for each class. A click maps the saliency of a class. */

import { element, say } from "../../graphics/dom.js";
import { percent, short } from "../../graphics/format.js";
import { scoresOf } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */

/** @param {HTMLElement} list @param {App} app @returns {(state: State) => void} */
export function mountScoreBars(list, { store, effects }) {
  /** The classes that have rows. */
  let names = "";
  /** @type {{ row: HTMLElement, bar: HTMLElement, number: HTMLElement }[]} */
  let rows = [];

  /** @param {number} label */
  function choose(label) {
    const { run } = store.get();
    const unit = run && scoresOf(run)[label];
    if (unit) void effects.draw.mapUnit(unit);
  }

  /** @param {readonly string[]} classes */
  function build(classes) {
    rows = classes.map((name, label) => {
      const [bar, number] = [element("i"), element("span", "number")];
      const row = element("button", "", element("b", "", name), element("span", "track", bar), number);
      row.title = `Why ${name}, or why not?`;
      row.addEventListener("click", () => choose(label));
      return { row, bar, number };
    });
    list.replaceChildren(...rows.map(({ row }) => element("li", "", row)));
  }

  return ({ run, draw: { answer } }) => {
    const asked = answer?.run ?? run;
    const classes = asked?.classes ?? [];
    if (names !== classes.join("\n")) build(classes);
    names = classes.join("\n");
    const isLikelihood = asked?.answer === "loss.probabilities";
    const { answers = [], winner = null } = answer?.prediction ?? {};
    const scale = isLikelihood ? 1 : Math.max(...answers.map((each) => Math.abs(each ?? 0)), 0) || 1;
    rows.forEach(({ row, bar, number }, label) => {
      const value = answers[label] ?? null;
      row.classList.toggle("best", label === winner);
      bar.style.width = `${(100 * Math.abs(value ?? 0)) / scale}%`;
      say(number, value === null ? "" : isLikelihood ? percent(value) : short(value));
    });
  };
}
