/** Where the windows of a pool lie: which cells of its input a cell of its output reads. All pure. */

/** @typedef {import("../wire.js").Extent} Extent */
/** @typedef {readonly number[]} Shape channels, rows and columns; channels alone for one number each */

/** @param {Shape} shape @returns {readonly [number, number, number]} */
const volume = ([channels, rows = 1, columns = 1]) => [channels, rows, columns];

/** @param {number} cell @param {Shape} shape @returns {[number, number, number]} its channel, row and column */
function placeIn(cell, shape) {
  const [, rows, columns] = volume(shape);
  return [Math.floor(cell / (rows * columns)), Math.floor(cell / columns) % rows, cell % columns];
}

/**
 * The cells of a window, row by row.
 * @param {Extent} window @param {Shape} input @param {Shape} output @param {number} cell of the output @returns {number[]}
 */
export function windowCells({ size: [high, wide], stride: [down, across] }, input, output, cell) {
  const [channel, row, column] = placeIn(cell, output);
  const [, rows, columns] = volume(input);
  const first = (channel * rows + row * down) * columns + column * across;
  return Array.from({ length: high * wide }, (_, i) => first + Math.floor(i / wide) * columns + (i % wide));
}

/**
 * An output cell whose window holds an input cell: the first one, or else the nearest.
 * @param {Extent} window @param {Shape} input @param {Shape} output @param {number} cell of the input @returns {number}
 */
export function readerOf({ size: [high, wide], stride: [down, across] }, input, output, cell) {
  const [channel, row, column] = placeIn(cell, input);
  const [, rows, columns] = volume(output);
  /** @param {number} at @param {number} length @param {number} step @param {number} count */
  const first = (at, length, step, count) =>
    Math.min(count - 1, Math.max(0, Math.ceil((at - length + 1) / step)));
  return (channel * rows + first(row, high, down, rows)) * columns + first(column, wide, across, columns);
}
