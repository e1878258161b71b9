/** What a drawn heat map shows: the fill, the number and the outline of each cell. */

import { cellCorner, sharpMosaic } from "../../static/js/graphics/mosaic.js";
import { HATCHED, drawingOf } from "./canvas.js";
import { find } from "./dom.js";

/** @typedef {import("../../static/js/graphics/heatmap.js").Picture} Picture */
/** @typedef {import("./canvas.js").Drawing} Drawing */

/**
 * @template T
 * @param {HTMLElement} map a drawn heat map
 * @param {(place: { x: number, y: number, width: number, height: number }) => T} look reads a cell
 * @returns {T[]} the result of `look` for each cell, in row-major order
 */
function eachCell(map, look) {
  const { picture } = /** @type {{ picture: Picture }} */ (/** @type {unknown} */ (map));
  const m = mosaicOf(map);
  const total = picture.shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: total }, (_, cell) =>
    look({ ...cellCorner(m, cell), width: m.cell, height: m.high }),
  );
}

/** @param {HTMLElement} map */
function mosaicOf(map) {
  const { picture } = /** @type {{ picture: Picture }} */ (/** @type {unknown} */ (map));
  return sharpMosaic(picture.shape, picture.layout, 1);
}

/** @param {HTMLElement} map @returns {Drawing | null} its marks: all that is drawn over the colours */
export function marksOf(map) {
  const canvas = map.querySelector("canvas.marks");
  return canvas && drawingOf(/** @type {HTMLCanvasElement} */ (canvas));
}

/** @param {readonly boolean[]} which @returns {number[]} the indices of true */
const cellsWhere = (which) => which.flatMap((isOne, cell) => (isOne ? [cell] : []));

/** @param {HTMLElement} map @returns {(string | undefined)[]} the fill of each cell: "hatched", or a colour */
export function fillsOf(map) {
  const m = mosaicOf(map);
  const colours = drawingOf(/** @type {HTMLCanvasElement} */ (find("canvas", map)));
  const marks = marksOf(map);
  return eachCell(map, ({ x, y, width, height }) => {
    const [atX, atY] = [x + width / 3, y + height / 3];
    return marks?.at(atX, atY) ?? colours.at(Math.floor(atX / m.unitX), Math.floor(atY / m.unitY));
  });
}

/** @param {HTMLElement} map @returns {number[]} the hatched cells */
export const hatchedOf = (map) => cellsWhere(fillsOf(map).map((fill) => fill === HATCHED));

/**
 * The cells inside an outline. A ray from such a cell to the left crosses the outline an odd number of times.
 * @param {HTMLElement} map @param {import("../../static/js/graphics/heatmap.js").Outline["style"]} style @returns {number[]}
 */
export function outlinedOf(map, style) {
  const lines = [...map.querySelectorAll(`.outlines .${style}`)].flatMap((path) =>
    [...(path.getAttribute("d") ?? "").matchAll(/M(\S+) (\S+)L(\S+) (\S+?)(?=M|$)/g)].map((match) =>
      match.slice(1).map(Number),
    ),
  );
  return cellsWhere(
    eachCell(map, ({ x, y, width, height }) => {
      const [middleX, middleY] = [x + width / 2, y + height / 2];
      const crossed = lines.filter(
        ([x0, y0, x1, y1]) => x0 === x1 && x0 < middleX && y0 < middleY && y1 > middleY,
      );
      return crossed.length % 2 === 1;
    }),
  );
}

/** @param {HTMLElement} map @returns {(string | undefined)[]} the number printed in each cell */
export const numbersOf = (map) =>
  eachCell(
    map,
    ({ x, y, width, height }) =>
      marksOf(map)?.texts.find(
        (text) => Math.floor((text.x - x) / width) === 0 && Math.floor((text.y - y) / height) === 0,
      )?.text,
  );

/** @param {HTMLElement} map @returns {number[]} the cells with a ring */
export const ringedOf = (map) =>
  cellsWhere(
    eachCell(
      map,
      ({ x, y, width, height }) =>
        marksOf(map)?.rings.some(
          (ring) => Math.floor((ring.x - x) / width) === 0 && Math.floor((ring.y - y) / height) === 0,
        ) ?? false,
    ),
  );
