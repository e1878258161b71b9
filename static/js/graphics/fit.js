/** The largest cells with which the maps of a tensor fit into a box. All pure. */

import { mapsOf } from "./mosaic.js";
import { sizeOfShape } from "../core/typed_arrays.js";

/** @typedef {{ width: number, height: number }} Box in CSS pixels */
/** @typedef {{ cell: number, across: number, gap: number, wrap?: number, high?: number }} Layout */
/** @typedef {{ readonly shape: readonly number[], readonly layout: Layout, readonly maps: number, readonly cells: number }} Fitted
 * `shape` is drawn: the first `maps` maps of the tensor, which have `cells` cells together */

/** Maps with cells smaller than this are not told apart: fewer maps are drawn instead. */
const SMALLEST = 2;
/** The most pixels of the height of a signal. */
const HIGHEST = 96;

/**
 * Divides a box into boxes side by side, or one below the other.
 * @template {{ x: number, y: number, width: number, height: number }} B
 * @param {B} box @param {readonly number[]} weights how their sides compare @param {{ gap?: number, down?: boolean }} [options]
 * @returns {{ x: number, y: number, width: number, height: number }[]} with whole pixels
 */
export function divided({ x, y, width, height }, weights, { gap = 16, down = false } = {}) {
  const total = weights.reduce((a, b) => a + b, 0);
  const room = (down ? height : width) - gap * (weights.length - 1);
  let at = down ? y : x;
  return weights.map((weight) => {
    const side = Math.max(0, Math.floor((room * weight) / total));
    const box = down ? { x, y: at, width, height: side } : { x: at, y, width: side, height };
    at += side + gap;
    return box;
  });
}

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
 * @param {{ gap?: number, largest?: number, curve?: boolean }} [options] largest: the most pixels of a cell; curve: a row is a
 * signal, drawn as a curve
 * @returns {Fitted}
 */
export function fitted(shape, box, { gap = 3, largest = Infinity, curve = false } = {}) {
  const cells = sizeOfShape(shape);
  if (curve) {
    const { maps, columns } = mapsOf(shape);
    const high = Math.floor((box.height - (maps - 1) * gap) / maps);
    const cell = Math.max(1, Math.floor(box.width / columns));
    return {
      shape,
      layout: { cell, across: 1, gap, high: Math.max(8, Math.min(HIGHEST, high)) },
      maps,
      cells,
    };
  }
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
