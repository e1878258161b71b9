/** A picker of training examples: thumbnails, a page at a time. */

import { isOpen } from "../../core/state.js";
import { decode, sizeOfShape } from "../../core/typed_arrays.js";
import { onChange } from "../../graphics/changes.js";
import { modal } from "../../graphics/dialog.js";
import { element, one, say } from "../../graphics/dom.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";
import { grouped } from "../../graphics/format.js";
import { COUNT } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */

const SIDE = 48;

/** @param {HTMLElement} root @param {import("../../core/effects.js").App} app @returns {(state: State) => void} */
export function mountExamples(root, { store, effects }) {
  const dialog = /** @type {HTMLDialogElement} */ (root);
  const grid = one(".grid", dialog);
  const range = one(".range", dialog);
  const previous = /** @type {HTMLButtonElement} */ (one(".previous", dialog));
  const next = /** @type {HTMLButtonElement} */ (one(".next", dialog));
  const open = modal(dialog, () => store.dispatch({ type: "dialog", close: "examples" }));
  previous.addEventListener("click", () => void effects.examples.turn(-COUNT));
  next.addEventListener("click", () => void effects.examples.turn(COUNT));

  /** @param {number} number @param {string} text @param {HTMLElement} picture */
  function thumbnail(number, text, picture) {
    const button = element("button", "thumb", picture, element("span", "", text));
    button.title = `training example ${number}`;
    button.addEventListener("click", () => void effects.examples.choose(number));
    return button;
  }

  const draw = onChange(
    /** @param {State["examples"]["page"]} page @param {readonly string[]} classes @param {State["theme"]} theme */
    (page, classes, theme) => {
      previous.disabled = next.disabled = true;
      if (!page) {
        grid.replaceChildren();
        return say(range, "loading …");
      }
      const { start, total, labels, numbers, signed } = page;
      const last = start + labels.length - 1;
      previous.disabled = start === 0;
      next.disabled = last + 1 >= total;
      const [cells, shape] = [decode(page.images), shapeOf(page.images)];
      const size = sizeOfShape(shape);
      const look = { side: SIDE, limit: largestOf(cells), signed, theme };
      grid.replaceChildren(
        ...labels.map((label, i) => {
          const number = numbers[i];
          const own = cells.subarray(i * size, (i + 1) * size);
          const words = label === null ? `example ${number}` : `a ${classes[label]}`;
          const text = label === null ? String(number) : classes[label];
          return thumbnail(number, text, thumbOf(shape, own, { ...look, label: words }));
        }),
      );
      say(range, `${start} to ${last} of ${grouped(total)}`);
    },
  );

  return (state) => {
    const run = isOpen(state, "examples") ? state.run : null;
    open(run !== null);
    if (run) draw(state.examples.page, run.classes, state.theme);
  };
}
