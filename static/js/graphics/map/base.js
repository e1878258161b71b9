/** The colours of a map: a canvas of one pixel per cell where the gaps allow it, which CSS scales to sharp squares. */

import { colourCells, colourOf, mixed, PALETTES, scaleOf } from "../colour.js";
import { cornerOf } from "../mosaic.js";
import { isComputed } from "./picture.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {ReturnType<typeof import("../mosaic.js").sharpMosaic>} SharpMosaic */
/** @typedef {(pixels: Uint32Array, at: number, from: number, count: number) => void} Colouring of consecutive cells */

/** @param {Picture} picture @returns {Colouring} of three channels */
function mixing(picture) {
  const { cells, colours, shape } = picture;
  const size = sizeOfShape(shape);
  return (pixels, at, from, count) => {
    for (let i = 0; i < count; i++)
      pixels[at + i] =
        cells && colours && isComputed(picture, from + i)
          ? mixed(cells[from + i], cells[from + i + size], cells[from + i + 2 * size], colours)
          : 0;
  };
}

/** @param {Picture} picture @returns {Colouring} of numbers */
function colouring({ shape, cells, done, limit, signed, theme }) {
  const scale = scaleOf(limit, signed, PALETTES[theme]);
  const mask = typeof done === "object" ? done : null;
  const until = !cells || done === "none" ? 0 : typeof done === "number" ? done : sizeOfShape(shape);
  return (pixels, at, from, count) => {
    const known = Math.max(0, Math.min(count, until - from));
    if (cells) colourCells(pixels, at, cells, from, known, scale);
    pixels.fill(0, at + known, at + count);
    if (mask) for (let i = 0; i < known; i++) if (mask[from + i] !== 1) pixels[at + i] = 0;
  };
}

/** @param {Picture} picture @returns {Colouring} the ground under curves */
function grounding(picture) {
  const { limit, signed, theme } = picture;
  const ground = colourOf(0, limit, signed, PALETTES[theme]);
  return (pixels, at, from, count) => {
    for (let i = 0; i < count; i++) pixels[at + i] = isComputed(picture, from + i) ? ground : 0;
  };
}

/**
 * Writes the pixels of all cells. Cells that are not computed are transparent. Gaps are left alone.
 * @param {Picture} picture @param {SharpMosaic} m
 * @param {Uint32Array} pixels of a canvas with a pixel for each unit of the mosaic
 */
function writePixels(picture, m, pixels) {
  const [width, across, high] = [m.width / m.unitX, m.cell / m.unitX, m.high / m.unitY];
  const total = sizeOfShape(picture.shape);
  const colour = picture.curve ? grounding(picture) : picture.colours ? mixing(picture) : colouring(picture);
  // Where the rows of a map are consecutive pixels, they are one row.
  const isWhole = across === 1 && high === 1 && width === m.columns;
  const [rows, columns] = isWhole ? [1, m.rows * m.columns] : [m.rows, m.columns];
  const row = across === 1 ? pixels : new Uint32Array(columns);
  let cell = 0;
  for (let map = 0; map < m.maps; map++) {
    const { x, y } = cornerOf(m, map);
    let at = (y / m.unitY) * width + x / m.unitX;
    for (let line = 0; line < rows; line++, cell += columns, at += high * width) {
      const count = Math.min(columns, total - cell);
      colour(row, across === 1 ? at : 0, cell, count);
      for (let i = 0; across > 1 && i < count; i++)
        pixels.fill(row[i], at + i * across, at + (i + 1) * across);
      for (let copy = 1; copy < high; copy++) pixels.copyWithin(at + copy * width, at, at + count * across);
    }
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
