/** Grey pictures: from black to white like a scan, or from paper to ink. */

/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */

/** The paper and the ink of a pad. Both are the same in both themes. */
export const PAPER = "#fdfcfa";
export const INK = "#17171a";
const [PAPER_GREY, INK_GREY] = [252, 24];

/**
 * Draws a pixel for each number.
 * @param {HTMLCanvasElement} canvas
 * @param {Numbers} cells from 0, in row-major order @param {readonly number[]} shape rows and columns
 * @param {number} most the number that is white, or ink where `isInk` @param {boolean} isInk
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
