/** Training on the picture: the network before and after, side by side. */

import { element, one, say } from "../../graphics/dom.js";
import { percent, plural, short } from "../../graphics/format.js";
import { labelIn } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Comparison} Comparison */
/** @typedef {import("../../wire.js").Side} Side */

/** The numbers of iterations to choose from. */
const TIMES = [1, 3, 10];

/** @param {readonly string[]} cells @param {"th" | "td"} [tag] */
const row = (cells, tag = "td") =>
  element("tr", "", ...cells.map((text, i) => element(i === 0 ? "th" : tag, i === 0 ? "" : "number", text)));

/** @param {Comparison} effect @param {number} label @param {readonly string[]} classes */
function sidesTable({ before, after }, label, classes) {
  /** @param {(side: Side) => number | null | undefined} get @param {(value: number) => string} text */
  const both = (get, text) =>
    [before, after].map((side) => {
      const value = get(side);
      return value === null || value === undefined ? "–" : text(value);
    });
  /** @param {number} winner */
  const nameOf = (winner) => classes[winner] ?? String(winner);
  return element(
    "table",
    "sides",
    row(["", "before", "after"], "th"),
    row(["says", ...both((side) => side.winner, nameOf)]),
    row([`probability of ${classes[label] ?? ""}`, ...both((side) => side.answers[label], percent)]),
    row(["loss on your picture", ...both((side) => side.loss, short)]),
    row(["accuracy on the test set", ...both((side) => side.test?.accuracy, percent)]),
  );
}

/** @param {Comparison} effect @returns {HTMLElement} the parameters that changed most */
function movedTable({ moved }) {
  const rows = moved.map(({ name, index, before, after, change }) => {
    const numbers = [before, after, change].map((value) => (value === null ? "–" : short(value)));
    return row([`${name}[${index.join(", ")}]`, ...numbers]);
  });
  return element("table", "moved", row(["moved most", "before", "after", "change"], "th"), ...rows);
}

/** @param {Comparison} effect @param {number} label @param {readonly string[]} classes */
const effectElements = (effect, label, classes) => [
  element("p", "", effect.words),
  element("div", "tables", sidesTable(effect, label, classes), movedTable(effect)),
  element(
    "p",
    "quiet",
    "It is an edit of the recipe: the browser's Back undoes it, and the stage shows it now.",
  ),
];

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountTrainOnThis(root, { effects }) {
  const label = /** @type {HTMLSelectElement} */ (one(".label", root));
  const times = /** @type {HTMLSelectElement} */ (one(".times", root));
  const train = /** @type {HTMLButtonElement} */ (one(".train", root));
  const result = one(".effect", root);
  /** The classes that are listed. */
  let names = "";
  /** @type {Comparison | null} */
  let drawn = null;
  times.append(...TIMES.map((count) => new Option(`${plural(count, "time")} on end`, String(count))));
  label.addEventListener("change", () => effects.draw.chooseLabel(Number(label.value)));
  train.addEventListener("click", () => void effects.draw.train(Number(times.value)));
  one(".keep", root).addEventListener("click", () => void effects.draw.keep());

  return ({ draw, run }) => {
    const classes = draw.answer?.run.classes ?? run?.classes ?? [];
    if (names !== classes.join("\n"))
      label.replaceChildren(...classes.map((name, number) => new Option(name, String(number))));
    names = classes.join("\n");
    label.value = String(labelIn(draw));
    train.disabled = draw.isTraining;
    const { effect, isTraining } = draw;
    if (effect && effect !== drawn) result.replaceChildren(...effectElements(effect, labelIn(draw), classes));
    if (!effect) say(result, isTraining ? "training …" : "");
    drawn = effect;
  };
}
