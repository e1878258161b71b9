/** A picker of training examples: thumbnails, a page at a time. */

import { decode } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Examples} Examples */

const COUNT = 60;
const SIDE = 48;

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ load: (start: number, count: number) => Promise<Examples>, choose: (example: number) => void,
 *   classes: () => readonly string[], theme: () => State["theme"], report: (error: unknown) => void }} on
 */
export function mountExamples(dialog, on) {
  const grid = one(".grid", dialog);
  const range = one(".range", dialog);
  const previous = /** @type {HTMLButtonElement} */ (one(".previous", dialog));
  const next = /** @type {HTMLButtonElement} */ (one(".next", dialog));
  let start = 0;
  let asked = 0;

  /** @param {number} from */
  async function show(from) {
    const mine = ++asked;
    try {
      const page = await on.load(from, COUNT);
      if (mine === asked) draw(page);
    } catch (error) {
      dialog.close();
      on.report(error);
    }
  }

  /** @param {Examples} page */
  function draw(page) {
    const { total } = page;
    start = page.start;
    previous.disabled = start === 0;
    next.disabled = start + page.labels.length >= total;
    const cells = decode(page.images);
    const shape = shapeOf(page.images);
    const size = shape.reduce((a, b) => a * b, 1);
    const limit = largestOf(cells);
    grid.replaceChildren(
      ...page.labels.map((label, i) => {
        const own = cells.subarray(i * size, (i + 1) * size);
        const words = label === null ? `example ${start + i}` : `a ${on.classes()[label]}`;
        const look = { side: SIDE, limit, signed: page.signed, theme: on.theme(), label: words };
        const map = thumbOf(shape, own, look);
        const button = element(
          "button",
          "thumb",
          map,
          element("span", "", label === null ? `${start + i}` : on.classes()[label]),
        );
        button.title = `training example ${start + i}`;
        button.addEventListener("click", () => {
          dialog.close();
          on.choose(start + i);
        });
        return button;
      }),
    );
    say(range, `${start} to ${start + page.labels.length - 1} of ${total.toLocaleString("en")}`);
  }

  previous.addEventListener("click", () => void show(Math.max(0, start - COUNT)));
  next.addEventListener("click", () => void show(start + COUNT));
  return {
    open() {
      if (grid.childElementCount === 0) say(range, "loading …");
      dialog.showModal();
      void show(start);
    },
  };
}
