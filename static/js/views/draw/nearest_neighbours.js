/** The training examples that are nearest to the input in the space of the last layer's inputs. */

import { decode, sizeOfShape } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Nearest} Nearest */

const SIDE = 48;

/** @param {Nearest} nearest @param {readonly string[]} classes @param {State["theme"]} theme */
function figuresOf({ images, neighbours, signed }, classes, theme) {
  const [cells, shape] = [decode(images), shapeOf(images)];
  const size = sizeOfShape(shape);
  const limit = largestOf(cells);
  return neighbours.map(({ example, label }, i) => {
    const name = label === null ? "" : classes[label];
    const own = cells.subarray(i * size, (i + 1) * size);
    const picture = thumbOf(shape, own, { side: SIDE, limit, signed, theme, label: name });
    const figure = element("figure", "", picture, element("figcaption", "", name));
    figure.title = `training example ${example}: ${name}`;
    return figure;
  });
}

/** @param {HTMLElement} root @returns {(state: State) => void} */
export function mountNearestNeighbours(root) {
  const [grid, words] = [one(".grid", root), one(".words", root)];
  /** What is drawn. @type {readonly unknown[]} */
  let drawn = [];
  return ({ draw: { nearest }, run, theme }) => {
    root.hidden = nearest === null;
    if (!nearest || (drawn[0] === nearest && drawn[1] === theme)) return;
    drawn = [nearest, theme];
    grid.replaceChildren(...figuresOf(nearest, run?.classes ?? [], theme));
    say(words, nearest.words);
  };
}
