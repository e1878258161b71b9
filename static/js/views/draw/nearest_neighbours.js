/** The training examples that are nearest to an input, as the last layer sees them. */

import { decode } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";

const SIDE = 48;

/** @param {HTMLElement} root @param {() => "light" | "dark"} theme */
export function mountNearest(root, theme) {
  return {
    /** @param {import("../../wire.js").Nearest} found @param {readonly string[]} classes */
    draw({ images, neighbours, signed, words }, classes) {
      root.hidden = false;
      const [cells, shape] = [decode(images), shapeOf(images)];
      const size = shape.reduce((a, b) => a * b, 1);
      const limit = largestOf(cells);
      one(".grid", root).replaceChildren(
        ...neighbours.map(({ example, label }, i) => {
          const name = label === null ? "" : classes[label];
          const own = cells.subarray(i * size, (i + 1) * size);
          const picture = thumbOf(shape, own, { side: SIDE, limit, signed, theme: theme(), label: name });
          const figure = element("figure", "", picture, element("figcaption", "", name));
          figure.title = `training example ${example}: ${name}`;
          return figure;
        }),
      );
      say(one(".words", root), words);
    },
    clear() {
      root.hidden = true;
    },
  };
}
