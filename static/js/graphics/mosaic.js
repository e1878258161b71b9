/** The geometry of a tensor that is laid out as a mosaic of maps, in whole cells and pixels. All pure. */

import { sizeOfShape } from "../core/typed_arrays.js";

/**
 * @typedef {object} Mosaic
 * @property {number} maps how many maps
 * @property {number} rows cells down a map
 * @property {number} columns cells across a map
 * @property {number} across how many maps a row of the mosaic has
 * @property {number} cell the width of a cell, in pixels
 * @property {number} high the height of a cell: larger than its width where rows are drawn as curves
 * @property {number} gap pixels between maps
 * @property {number} width of the whole, in pixels
 * @property {number} height of the whole, in pixels
 */

/**
 * The maps of a tensor. The last two axes are the rows and columns of a map, the axes before count the maps. A vector is
 * one map with `wrap` columns.
 * @param {readonly number[]} shape @param {number} [wrap] columns of a wrapped vector
 */
export function mapsOf(shape, wrap = 1) {
  if (shape.length === 1) return { maps: 1, rows: Math.ceil(shape[0] / wrap), columns: wrap };
  const [rows, columns] = shape.slice(-2);
  return { maps: sizeOfShape(shape.slice(0, -2)), rows, columns };
}

/**
 * @param {readonly number[]} shape
 * @param {{ cell: number, across: number, gap: number, wrap?: number, high?: number }} options
 * @returns {Mosaic}
 */
export function mosaic(shape, { cell, across, gap, wrap, high = cell }) {
  const { maps, rows, columns } = mapsOf(shape, wrap);
  const wide = Math.min(across, maps);
  const down = Math.ceil(maps / wide);
  return {
    maps,
    rows,
    columns,
    across: wide,
    cell,
    high,
    gap,
    width: wide * columns * cell + (wide - 1) * gap,
    height: down * rows * high + (down - 1) * gap,
  };
}

/** @param {number} a @param {number} b @returns {number} their greatest common divisor */
const commonDivisor = (a, b) => (b === 0 ? a : commonDivisor(b, a % b));

/** Cells of fewer device pixels than this are separated by whole cells. */
const FINE = 6;

/**
 * The gap that is nearest to the wanted one and has a large common divisor with a cell, so that few pixels of a canvas
 * make up a cell.
 * @param {number} gap @param {number} cell
 */
function sharpGap(gap, cell) {
  if (gap === 0 || cell < FINE) return Math.max(gap && 1, Math.round(gap / cell)) * cell;
  const near = [gap, gap + 1, gap - 1].filter((each) => each > 0);
  return near.reduce((best, each) => (commonDivisor(cell, each) > commonDivisor(cell, best) ? each : best));
}

/**
 * The mosaic in device pixels. Each cell has whole pixels, at most as many as the layout gives it.
 * @param {readonly number[]} shape
 * @param {Parameters<typeof mosaic>[1]} layout in CSS pixels
 * @param {number} ratio device pixels per CSS pixel
 * @returns {Mosaic & { unitX: number, unitY: number }} `unitX` and `unitY`: the device pixels that a pixel of a canvas may
 *   cover, because all edges of cells lie on their multiples
 */
export function sharpMosaic(shape, layout, ratio) {
  // The sum makes up for ratios such as 1.1, which are not exact.
  const whole = (/** @type {number} */ length) => Math.max(1, Math.floor(length * ratio + 1e-6));
  const cell = whole(layout.cell);
  const high = layout.high === undefined ? cell : whole(layout.high);
  const { maps } = mapsOf(shape, layout.wrap);
  const gap = maps > 1 ? sharpGap(Math.round(layout.gap * ratio), cell) : 0;
  const m = mosaic(shape, { ...layout, cell, high, gap });
  return { ...m, unitX: commonDivisor(cell, gap), unitY: commonDivisor(high, gap) };
}

/** @param {Mosaic} m @param {number} map @returns {{ x: number, y: number }} its upper left corner */
export function cornerOf(m, map) {
  return {
    x: (map % m.across) * (m.columns * m.cell + m.gap),
    y: Math.floor(map / m.across) * (m.rows * m.high + m.gap),
  };
}

/** @param {Mosaic} m @param {number} cell row-major @returns {{ x: number, y: number }} its upper left corner */
export function cellCorner(m, cell) {
  const size = m.rows * m.columns;
  const { x, y } = cornerOf(m, Math.floor(cell / size));
  const inside = cell % size;
  return { x: x + (inside % m.columns) * m.cell, y: y + Math.floor(inside / m.columns) * m.high };
}

/**
 * @param {Mosaic} m @param {number} x @param {number} y @param {number} total cells in all
 * @returns {number | null} the cell at a point in row-major order, null between maps
 */
export function cellAt(m, x, y, total) {
  const [stepX, stepY] = [m.columns * m.cell + m.gap, m.rows * m.high + m.gap];
  const [mapX, mapY] = [Math.floor(x / stepX), Math.floor(y / stepY)];
  const [column, row] = [Math.floor((x - mapX * stepX) / m.cell), Math.floor((y - mapY * stepY) / m.high)];
  if (x < 0 || y < 0 || mapX >= m.across || column >= m.columns || row >= m.rows) return null;
  const map = mapY * m.across + mapX;
  const cell = map * m.rows * m.columns + row * m.columns + column;
  return map < m.maps && cell < total ? cell : null;
}

/**
 * @param {Mosaic} m @param {number} x @param {number} y @param {number} total cells in all
 * @returns {number} the cell that is nearest to a point in its map; of points between two maps, in the map before them
 */
export function nearestCell(m, x, y, total) {
  const [stepX, stepY] = [m.columns * m.cell + m.gap, m.rows * m.high + m.gap];
  const clamp = (/** @type {number} */ at, /** @type {number} */ end) => Math.min(Math.max(0, at), end - 1);
  const across = clamp(Math.floor(x / stepX), m.across);
  const down = clamp(Math.floor(y / stepY), Math.ceil(m.maps / m.across));
  const map = clamp(down * m.across + across, m.maps);
  const corner = cornerOf(m, map);
  const column = clamp(Math.floor((x - corner.x) / m.cell), m.columns);
  const row = clamp(Math.floor((y - corner.y) / m.high), m.rows);
  return clamp((map * m.rows + row) * m.columns + column, total);
}

/** @param {Mosaic} m @param {number} cell @returns {{ map: number, row: number, column: number }} all from 0 */
export function placeOf(m, cell) {
  const size = m.rows * m.columns;
  return {
    map: Math.floor(cell / size),
    row: Math.floor((cell % size) / m.columns),
    column: cell % m.columns,
  };
}

/**
 * The cell that a key goes to: arrows to the neighbour, also in the next map of the mosaic; Home and End to the ends of
 * the row; PageUp and PageDown to the same place in another map.
 * @param {Mosaic} m @param {number} cell @param {string} key @param {number} total cells in all
 * @returns {number | null} null for a key that goes nowhere; the same cell where there is nothing in that direction
 */
export function cellByKey(m, cell, key, total) {
  const { map, row, column } = placeOf(m, cell);
  const size = m.rows * m.columns;
  /** @param {number} toMap @param {number} toRow @param {number} toColumn */
  const go = (toMap, toRow, toColumn) => {
    const to = toMap * size + toRow * m.columns + toColumn;
    return toMap >= 0 && toMap < m.maps && to < total ? to : cell;
  };
  const isFirst = map % m.across === 0;
  const isLast = map % m.across === m.across - 1;
  switch (key) {
    case "ArrowLeft":
      if (column > 0) return go(map, row, column - 1);
      return isFirst ? cell : go(map - 1, row, m.columns - 1);
    case "ArrowRight":
      if (column < m.columns - 1) return go(map, row, column + 1);
      return isLast ? cell : go(map + 1, row, 0);
    case "ArrowUp":
      return row > 0 ? go(map, row - 1, column) : go(map - m.across, m.rows - 1, column);
    case "ArrowDown":
      return row < m.rows - 1 ? go(map, row + 1, column) : go(map + m.across, 0, column);
    case "Home":
      return go(map, row, 0);
    case "End":
      return Math.min(go(map, row, 0) + m.columns, total) - 1;
    case "PageUp":
      return go(map - 1, row, column);
    case "PageDown":
      return go(map + 1, row, column);
    default:
      return null;
  }
}

/**
 * The outline of a set of cells: the edges between a cell of the set and a cell outside it, within each map.
 * @param {Mosaic} m @param {Iterable<number>} cells
 * @returns {[number, number, number, number][]} line segments x0, y0, x1, y1
 */
export function outline(m, cells) {
  const set = new Set(cells);
  const size = m.rows * m.columns;
  /** @type {[number, number, number, number][]} */
  const lines = [];
  for (const cell of set) {
    const { x, y } = cellCorner(m, cell);
    const [row, column] = [Math.floor((cell % size) / m.columns), cell % m.columns];
    const [right, below] = [x + m.cell, y + m.high];
    if (row === 0 || !set.has(cell - m.columns)) lines.push([x, y, right, y]);
    if (row === m.rows - 1 || !set.has(cell + m.columns)) lines.push([x, below, right, below]);
    if (column === 0 || !set.has(cell - 1)) lines.push([x, y, x, below]);
    if (column === m.columns - 1 || !set.has(cell + 1)) lines.push([right, y, right, below]);
  }
  return lines;
}
