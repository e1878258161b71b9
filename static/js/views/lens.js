/** The NumPy lens: the very code that is running at this moment, and one number made once more by plain loops. */

import { element, one, say } from "../dom.js";
import { short, times } from "../format.js";

/** @typedef {import("../wire.js").Lens} Lens */

/** @param {readonly string[]} lines @param {number} first the number of the first */
function listing(lines, first) {
  return element(
    "ol",
    "code",
    ...lines.map((line, i) => {
      const item = element("li", "", line);
      item.value = first + i;
      return item;
    }),
  );
}

/**
 * @param {HTMLDialogElement} dialog @param {{ lens: () => Promise<Lens | null> }} on
 * @returns {{ open: () => Promise<void> }}
 */
export function mountLens(dialog, on) {
  const title = one("h2", dialog);
  const shapes = one(".shapes", dialog);
  const source = one(".source", dialog);
  const loops = one(".loops", dialog);
  const words = one(".words", dialog);
  one(".close", dialog).addEventListener("click", () => dialog.close());

  return {
    async open() {
      const lens = await on.lens();
      if (!lens) return;
      const { layer, phase, name, index, file, shapes: list, value, loops_value: looped, agree } = lens;
      say(title, `${layer}, ${phase}: its code`);
      say(shapes, list.map((array) => `${array.name} ${times(array.shape)}`).join("   "));
      source.replaceChildren(element("h3", "", file), listing(lens.source, lens.first_line));
      const cell = `${name}[${index.join(",")}]`;
      const numbers = element("p", agree ? "number right" : "number wrong");
      /** @param {number | null} number */
      const text = (number) => (number === null ? "not finite" : short(number, 7));
      numbers.textContent = `${cell}: NumPy ${text(value)}, loops ${text(looped)}${agree ? ", the same" : ""}`;
      loops.replaceChildren(
        element("h3", "", "The same in plain loops, really run"),
        listing(lens.loops, 1),
        numbers,
      );
      say(words, lens.words);
      dialog.showModal();
    },
  };
}
