/** Pictures in grey, as a scan is: from black to white, or from the page's paper to its ink. */

/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */

/** Paper and ink of a pad; a drawing looks the same in both themes, as paper does. */
export const PAPER = "#fdfcfa";
export const INK = "#17171a";
const [PAPER_GREY, INK_GREY] = [252, 24];

/**
 * @param {HTMLCanvasElement} canvas gets a pixel for each number
 * @param {Numbers} cells row by row, from 0 @param {readonly number[]} shape rows and columns
 * @param {number} most the number that is white or, `isInk`, ink @param {boolean} isInk
 */
export function shade(canvas, cells, [rows, columns], most, isInk) {
  canvas.width = columns;
  canvas.height = rows;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(columns, rows);
  for (let cell = 0; cell < rows * columns; cell++) {
    const part = Math.max(0, Math.min(1, cells[cell] / most));
    const grey = isInk ? PAPER_GREY + part * (INK_GREY - PAPER_GREY) : 255 * part;
    image.data.set([grey, grey, grey, 255], 4 * cell);
  }
  context.putImageData(image, 0, 0);
}
