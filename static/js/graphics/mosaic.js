/** The geometry of a tensor that is laid out as a mosaic of maps, in whole cells and pixels. All pure. */

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
  return { maps: shape.slice(0, -2).reduce((a, b) => a * b, 1), rows, columns };
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
