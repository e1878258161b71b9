/** Training on one's own picture: the network before and after, side by side. */

import { element, one, say } from "../../graphics/dom.js";
import { percent, plural, short } from "../../graphics/format.js";

/** @typedef {import("../../wire.js").Comparison} Comparison */
/** @typedef {import("../../wire.js").Side} Side */

const TIMES = [1, 3, 10];
const MOVED = 8;

/**
 * @param {HTMLElement} root
 * @param {{ train: (label: number, times: number, moved: number) => Promise<Comparison | null> }} on
 */
export function mountTeach(root, on) {
  const label = /** @type {HTMLSelectElement} */ (one(".label", root));
  const times = /** @type {HTMLSelectElement} */ (one(".times", root));
  const button = /** @type {HTMLButtonElement} */ (one(".train", root));
  const result = one(".effect", root);
  let isChosen = false;
  let names = "";
  times.append(...TIMES.map((count) => new Option(`${plural(count, "time")} on end`, String(count))));
  label.addEventListener("change", () => (isChosen = true));
  button.addEventListener("click", async () => {
    button.disabled = true;
    say(result, "training …");
    const effect = await on.train(Number(label.value), Number(times.value), MOVED);
    button.disabled = false;
    if (effect) draw(effect);
    else say(result, "");
  });

  /** @param {readonly string[]} cells @param {"th" | "td"} tag */
  const row = (cells, tag = "td") =>
    element(
      "tr",
      "",
      ...cells.map((text, i) => element(i === 0 ? "th" : tag, i === 0 ? "" : "number", text)),
    );

  /** @param {Comparison} effect */
  function draw({ before, after, moved, words }) {
    const wanted = Number(label.value);
    /** @param {(side: Side) => number | null | undefined} get @param {(value: number) => string} text */
    const both = (get, text) =>
      [before, after].map((side) => {
        const value = get(side);
        return value === null || value === undefined ? "–" : text(value);
      });
    const name = label.selectedOptions[0]?.text ?? "";
    const sides = element(
      "table",
      "sides",
      row(["", "before", "after"], "th"),
      row([
        "says",
        ...both(
          (side) => side.winner,
          (winner) => label.options[winner]?.text ?? String(winner),
        ),
      ]),
      row([`probability of ${name}`, ...both((side) => side.answers[wanted], percent)]),
      row(["loss on your picture", ...both((side) => side.loss, short)]),
      row(["accuracy on the test set", ...both((side) => side.test?.accuracy, percent)]),
    );
    const weights = element(
      "table",
      "moved",
      row(["moved most", "before", "after", "change"], "th"),
      ...moved.map(({ name: tensor, index, before: from, after: to, change }) =>
        row([
          `${tensor}[${index.join(", ")}]`,
          ...[from, to, change].map((v) => (v === null ? "–" : short(v))),
        ]),
      ),
    );
    result.replaceChildren(
      element("p", "", words),
      element("div", "tables", sides, weights),
      element(
        "p",
        "quiet",
        "It is an edit of the recipe: the browser's Back undoes it, and the stage shows it now.",
      ),
    );
  }

  return {
    /** @param {readonly string[]} classes @param {number | null} winner what the network says: the first guess */
    update(classes, winner) {
      if (names !== classes.join("\n")) {
        names = classes.join("\n");
        label.replaceChildren(...classes.map((name, number) => new Option(name, String(number))));
        isChosen = false;
      }
      if (!isChosen && winner !== null) label.value = String(winner);
    },
    /** Other pixels: what was told is of those before. */
    clear() {
      result.replaceChildren();
    },
    /** Another digit: the label that was chosen is of the one before. */
    another() {
      isChosen = false;
    },
    label: () => Number(label.value),
  };
}
