/** The colours of a map: a canvas of one pixel per cell where the gaps allow it, which CSS scales to sharp squares. */

import { colourCells, colourOf, mixed, PALETTES, scaleOf } from "../colour.js";
import { cornerOf } from "../mosaic.js";
import { isComputed, sizeOfShape } from "./picture.js";

/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {ReturnType<typeof import("../mosaic.js").sharpMosaic>} SharpMosaic */
/** @typedef {(row: Uint32Array, from: number, count: number) => void} Colouring writes the pixels of consecutive cells */

/** @param {Picture} picture @returns {Colouring} of three channels */
function mixing(picture) {
  const { cells, colours, shape } = picture;
  const size = sizeOfShape(shape);
  return (row, from, count) => {
    if (!cells || !colours) return;
    for (let i = 0; i < count; i++)
      if (isComputed(picture, from + i))
        row[i] = mixed(cells[from + i], cells[from + i + size], cells[from + i + 2 * size], colours);
  };
}

/** @param {Picture} picture @returns {Colouring} of numbers. Cells that are not computed stay as they are. */
function colouring({ cells, done, limit, signed, theme }) {
  const scale = scaleOf(limit, signed, PALETTES[theme]);
  const mask = typeof done === "object" ? done : null;
  const until = done === "all" || mask ? Infinity : done === "none" ? 0 : Number(done);
  return (row, from, count) => {
    if (!cells) return;
    colourCells(row, 0, cells, from, Math.max(0, Math.min(count, until - from)), scale);
    if (mask) for (let i = 0; i < count; i++) if (mask[from + i] !== 1) row[i] = 0;
  };
}

/** @param {Picture} picture @returns {Colouring} the ground under curves */
function grounding(picture) {
  const { limit, signed, theme } = picture;
  const ground = colourOf(0, limit, signed, PALETTES[theme]);
  return (row, from, count) => {
    for (let i = 0; i < count; i++) if (isComputed(picture, from + i)) row[i] = ground;
  };
}

/**
 * Writes the pixels of all cells. Cells that are not computed are transparent. Gaps are left alone.
 * @param {Picture} picture @param {SharpMosaic} m
 * @param {Uint32Array} pixels of a canvas with a pixel for each unit of the mosaic
 */
export function writePixels(picture, m, pixels) {
  const [width, across, high] = [m.width / m.unitX, m.cell / m.unitX, m.high / m.unitY];
  const total = sizeOfShape(picture.shape);
  const colour = picture.curve ? grounding(picture) : picture.colours ? mixing(picture) : colouring(picture);
  const row = new Uint32Array(m.columns);
  for (let first = 0; first < m.maps * m.rows; first++) {
    const { x, y } = cornerOf(m, Math.floor(first / m.rows));
    const at = (y / m.unitY + (first % m.rows) * high) * width + x / m.unitX;
    const cell = first * m.columns;
    row.fill(0);
    colour(row, cell, Math.min(m.columns, total - cell));
    if (across === 1) pixels.set(row, at);
    else row.forEach((pixel, i) => pixels.fill(pixel, at + i * across, at + (i + 1) * across));
    for (let line = 1; line < high; line++) pixels.copyWithin(at + line * width, at, at + m.columns * across);
  }
}

/** The canvas with the colours of a map. */
export class BaseCanvas {
  canvas = document.createElement("canvas");
  #context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  /** @type {ImageData | null} */
  #image = null;
  /** @type {Uint32Array} */
  #pixels = new Uint32Array();
  /** @type {SharpMosaic | null} */
  #mosaic = null;

  /** @param {Picture} picture @param {SharpMosaic} m the same object as long as the places of the cells are the same */
  draw(picture, m) {
    if (this.#mosaic !== m || !this.#image) {
      this.#mosaic = m;
      this.canvas.width = m.width / m.unitX;
      this.canvas.height = m.height / m.unitY;
      this.#image = this.#context.createImageData(this.canvas.width, this.canvas.height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    writePixels(picture, m, this.#pixels);
    this.#context.putImageData(this.#image, 0, 0);
  }
}
