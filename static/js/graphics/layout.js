/** How a tensor is laid out on the stage: the shape in which it is drawn, and the size of its cells. */

import { mapsOf, mosaic } from "./mosaic.js";

/** @typedef {import("../wire.js").TensorInfo} TensorInfo */
/** @typedef {{ cell: number, across: number, gap: number, wrap?: number, high?: number }} Layout */

/** Parameters with at most this many cells are drawn large. */
const TINY = 32;

/** A map of one row with at least this many cells is a signal, and drawn as a curve. */
const SIGNAL = 12;

/** A matrix with more columns is folded: each row becomes a map. */
const FOLDED = 192;
const FLAT = 256;

/** The height of parameters, in units, above which the gradients under them would leave the view. */
const HIGHEST = 54;
/** The width, in units, above which their cells become smaller instead. */
const WIDEST = 60;

/**
 * The shape in which a tensor is drawn: its own, or that of a wide matrix with folded rows. The order of the cells is
 * the same in both.
 * @param {TensorInfo} info @returns {readonly number[]}
 */
export function drawnShape({ shape }) {
  const [rows, columns] = shape;
  if (shape.length !== 2 || columns <= FOLDED) return shape;
  let across = Math.ceil(Math.sqrt(columns));
  while (columns % across) across++;
  return across > FOLDED ? shape : [rows, columns / across, across];
}

/** @param {readonly number[]} shape @returns {boolean} true where its maps are signals */
export const isSignal = (shape) => shape.length === 3 && shape[1] === 1 && shape[2] >= SIGNAL;

/**
 * The layout of a tensor on the stage, where a map of values is about 8 units wide.
 * @param {TensorInfo} info @param {number} unit pixels @returns {Layout}
 */
export function layoutOf(info, unit) {
  const { lane } = info;
  const shape = drawnShape(info);
  const { maps, rows, columns } = mapsOf(shape);
  const gap = 3;
  if (shape.length === 1 && shape[0] > FLAT && lane !== "parameters") {
    const wrap = Math.ceil(Math.sqrt(shape[0]));
    return { cell: Math.max(1, Math.floor((16 * unit) / wrap)), across: 1, gap, wrap };
  }
  if (shape.length === 1) {
    const flat = lane === "parameters";
    const isTiny = shape[0] <= TINY / 8;
    const cell = flat
      ? isTiny
        ? 2 * unit
        : Math.max(3, Math.round(unit * 0.75))
      : shape[0] > 16
        ? 2 * unit
        : 3 * unit;
    const wrap = flat ? Math.min(shape[0], shape[0] > 40 ? 40 : 10) : Math.ceil(shape[0] / 16);
    return {
      cell: Math.max(1, Math.min(cell, Math.floor((32 * unit) / Math.ceil(shape[0] / wrap)))),
      across: 1,
      gap,
      wrap,
    };
  }
  if (lane === "parameters") {
    const isTiny = maps * rows * columns <= TINY;
    const small = columns > 96 || shape !== info.shape ? unit / 3 : unit / 2;
    const cell = isTiny
      ? 2 * unit
      : maps > 1 && maps <= 16 && rows * columns <= 36
        ? unit
        : Math.max(1, Math.round(small));
    const kernels = shape.length === 4 && shape[1] > 1 ? shape[1] : 0;
    return lowEnough(
      shape,
      unit,
      {
        cell,
        across: kernels || Math.min(4, maps),
        gap: Math.max(1, Math.round(unit / 4)),
      },
      kernels || 1,
    );
  }
  if (isSignal(shape)) {
    const width = Math.max(1, Math.floor(((maps === 1 ? 24 : 16) * unit) / columns));
    const high = (maps === 1 ? 10 : maps > 8 ? 3 : 4) * unit;
    return { cell: width, across: maps > 8 ? 2 : 1, gap, high };
  }
  const side = (maps === 1 ? 24 : maps > 8 ? 6 : 8) * unit;
  return { cell: Math.max(1, Math.floor(side / Math.max(rows, columns))), across: Math.ceil(maps / 4), gap };
}

/**
 * A layout that fits the height of its lane. It has more maps in a row, `together` at a time so that a row holds whole
 * filters, and smaller cells where that makes it too wide.
 * @param {readonly number[]} shape @param {number} unit @param {Layout} layout @param {number} together @returns {Layout}
 */
function lowEnough(shape, unit, layout, together) {
  const { maps } = mapsOf(shape);
  const low = { ...layout };
  const size = () => mosaic(shape, low);
  for (; ; low.cell--, low.across = layout.across) {
    while (size().height > HIGHEST * unit && low.across < maps) low.across += together;
    if (low.cell <= 1 || (size().height <= HIGHEST * unit && size().width <= WIDEST * unit)) return low;
  }
}
