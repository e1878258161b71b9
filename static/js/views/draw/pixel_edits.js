/** Edits of an image: pure functions of its cells, (C, H, W). */

/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {readonly number[]} Shape */

/** @param {Numbers} cells @param {Shape} shape @returns {Float32Array} */
const copy = (cells, shape) => Float32Array.from(cells).subarray(0, shape[0] * shape[1] * shape[2]);

/**
 * Sets all channels in a square of cells to one number.
 * @param {Numbers} cells @param {Shape} shape @param {number} cell the middle of the square, in any channel
 * @param {number} value @param {number} side of the square, odd
 */
export function painted(cells, shape, cell, value, side = 1) {
  const [channels, rows, columns] = shape;
  const plane = rows * columns;
  const row = Math.floor((cell % plane) / columns);
  const column = cell % columns;
  const reach = (side - 1) / 2;
  const result = copy(cells, shape);
  for (let r = Math.max(0, row - reach); r <= Math.min(rows - 1, row + reach); r++)
    for (let c = Math.max(0, column - reach); c <= Math.min(columns - 1, column + reach); c++)
      for (let channel = 0; channel < channels; channel++) result[channel * plane + r * columns + c] = value;
  return result;
}

/**
 * Moves the image by whole cells. Cells that leave it are lost, and new ones are `blank`.
 * @param {Numbers} cells @param {Shape} shape @param {number} down @param {number} across @param {number} [blank]
 */
export function shifted(cells, shape, down, across, blank = 0) {
  const [channels, rows, columns] = shape;
  const result = new Float32Array(channels * rows * columns).fill(blank);
  for (let channel = 0; channel < channels; channel++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const [toRow, toColumn] = [r + down, c + across];
        if (toRow < 0 || toRow >= rows || toColumn < 0 || toColumn >= columns) continue;
        result[(channel * rows + toRow) * columns + toColumn] = cells[(channel * rows + r) * columns + c];
      }
  return result;
}
