/** The largest cells with which the maps of a tensor fit into a box. All pure. */

import { mapsOf } from "./mosaic.js";

/** @typedef {{ width: number, height: number }} Box in CSS pixels */
/** @typedef {{ cell: number, across: number, gap: number, wrap?: number }} Layout */
/** @typedef {{ readonly shape: readonly number[], readonly layout: Layout, readonly maps: number, readonly cells: number }} Fitted
 * `shape` is drawn: the first `maps` maps of the tensor, which have `cells` cells together */

/** Maps with cells smaller than this are not told apart: fewer maps are drawn instead. */
const SMALLEST = 2;

/**
 * The layout of a vector as rows of squares.
 * @param {number} length @param {Box} box @param {number} largest @returns {Layout}
 */
function vector(length, { width, height }, largest) {
  let best = { cell: 0, wrap: 1 };
  for (let wrap = 1; wrap <= length; wrap++) {
    const cell = Math.min(Math.floor(width / wrap), Math.floor(height / Math.ceil(length / wrap)), largest);
    // Of layouts with equal cells, the last has the fewest rows.
    if (cell >= best.cell) best = { cell, wrap };
  }
  return { ...best, cell: Math.max(1, best.cell), across: 1, gap: 0 };
}

/**
 * The layout of equal maps side by side and in rows.
 * @param {{ maps: number, rows: number, columns: number }} grid @param {Box} box @param {number} gap @param {number} largest
 * @returns {Layout} with a cell of 0 where they do not fit
 */
function grid({ maps, rows, columns }, { width, height }, gap, largest) {
  let best = { cell: 0, across: 1, gap };
  for (let across = 1; across <= maps; across++) {
    const down = Math.ceil(maps / across);
    const cell = Math.min(
      Math.floor((width - (across - 1) * gap) / (across * columns)),
      Math.floor((height - (down - 1) * gap) / (down * rows)),
      largest,
    );
    if (cell > best.cell) best = { cell, across, gap };
  }
  return best;
}

/**
 * Lays out a tensor in a box. Where its maps would be too small, only the first ones are drawn.
 * @param {readonly number[]} shape @param {Box} box
 * @param {{ gap?: number, largest?: number }} [options] largest: the most pixels of a cell
 * @returns {Fitted}
 */
export function fitted(shape, box, { gap = 3, largest = Infinity } = {}) {
  const cells = shape.reduce((a, b) => a * b, 1);
  if (shape.length === 1) return { shape, layout: vector(cells, box, largest), maps: 1, cells };
  const { maps, rows, columns } = mapsOf(shape);
  for (let count = maps; count > 1; count = Math.floor(count / 2)) {
    const layout = grid({ maps: count, rows, columns }, box, gap, largest);
    if (layout.cell >= SMALLEST || (count === maps && maps === 1))
      return { shape: [count, rows, columns], layout, maps: count, cells: count * rows * columns };
  }
  const layout = grid({ maps: 1, rows, columns }, box, gap, largest);
  return {
    shape: [rows, columns],
    layout: { ...layout, cell: Math.max(1, layout.cell) },
    maps: 1,
    cells: rows * columns,
  };
}
