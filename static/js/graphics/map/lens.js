/** The magnifier: a round lens beside the finger that shows the cells around one, enlarged and with their numbers. */

import { unfold } from "../motion.js";
import { mosaic, placeOf } from "../mosaic.js";
import { cellDescription, isDone } from "./picture.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */

/** Cells on each side of the chosen one, and the side of a cell in the lens in CSS pixels. */
const REACH = 2;
const CELL = 36;
/** The distance between the point and the lens, and between the lens and the edge of the window. */
const AWAY = 28;
const MARGIN = 8;

/** Cells smaller than this are hard to hit: with a mouse, and with a finger. */
const TARGET = { mouse: 24, touch: 44 };

/** @param {Picture} picture @param {string} pointer the type of the pointer @returns {boolean} true where a magnifier helps */
export const needsLens = ({ layout, explorable }, pointer) =>
  explorable === true && layout.cell < (pointer === "mouse" ? TARGET.mouse : TARGET.touch);

/**
 * The cells around one that are in its map.
 * @param {Picture} picture @param {number} cell
 * @returns {{ picture: Picture, row: number, column: number }} a picture of them, and the place of the cell in it
 */
export function cropAround(picture, cell) {
  const m = mosaic(picture.shape, picture.layout);
  const { map, row, column } = placeOf(m, cell);
  const total = sizeOfShape(picture.shape);
  /** @param {number} at @param {number} end */
  const around = (at, end) => [Math.max(0, at - REACH), Math.min(end, at + REACH + 1)];
  const [top, bottom] = around(row, m.rows);
  const [left, right] = around(column, m.columns);
  /** @type {number[]} */
  const inside = [];
  for (let r = top; r < bottom; r++)
    for (let c = left; c < right; c++) inside.push((map * m.rows + r) * m.columns + c);
  /** @param {readonly number[]} [cells] */
  const within = (cells = []) => cells.map((each) => inside.indexOf(each)).filter((at) => at >= 0);
  const { cells, done, colours } = picture;
  const channels = colours ? [0, total, 2 * total] : [0];
  return {
    row: row - top,
    column: column - left,
    picture: {
      ...picture,
      shape: [bottom - top, right - left],
      layout: { cell: CELL, across: 1, gap: 0 },
      cells:
        cells && Float64Array.from(channels.flatMap((start) => inside.map((each) => cells[start + each]))),
      // The last row of a vector may not be full.
      done: Uint8Array.from(
        channels.flatMap((start) => inside.map((each) => Number(each < total && isDone(done, start + each)))),
      ),
      outlines: [{ cells: [inside.indexOf(cell)], style: "cursor" }],
      blank: within(picture.blank),
      winners: within(picture.winners),
      numbers: picture.isExact !== false,
      curve: false,
      explorable: false,
      label: "",
    },
  };
}

/**
 * @param {{ x: number, y: number }} point under the finger @param {{ width: number, height: number }} lens
 * @param {{ width: number, height: number }} view the window
 * @returns {{ x: number, y: number }} the corner of the lens: above the point, or below where there is no room
 */
export function lensCorner(point, lens, view) {
  /** @param {number} at @param {number} end */
  const clamp = (at, end) => Math.max(MARGIN, Math.min(at, end - MARGIN));
  const above = point.y - AWAY - lens.height;
  return {
    x: clamp(point.x - lens.width / 2, view.width - lens.width),
    y: clamp(above < MARGIN ? point.y + AWAY : above, view.height - lens.height),
  };
}

/** The lens of the page. There is one, because there is one pointer. */
class Lens {
  #root = document.createElement("div");
  #map = /** @type {import("../heatmap.js").HeatMap} */ (document.createElement("heat-map"));
  #text = document.createElement("span");

  constructor() {
    this.#root.className = "map-lens";
    this.#root.popover = "manual";
    this.#root.setAttribute("aria-hidden", "true");
    const glass = document.createElement("div");
    glass.append(this.#map);
    this.#root.append(glass, this.#text);
  }

  /** @param {Picture} picture @param {number} cell @param {{ x: number, y: number }} point in CSS pixels of the window */
  show(picture, cell, point) {
    const crop = cropAround(picture, cell);
    this.#map.picture = crop.picture;
    // The chosen cell is in the middle, also at the edge of a map.
    this.#map.style.translate = `${(REACH - crop.column) * CELL}px ${(REACH - crop.row) * CELL}px`;
    this.#text.textContent = cellDescription(picture, cell);
    const isNew = !this.#root.isConnected;
    if (isNew) {
      document.body.append(this.#root);
      this.#root.showPopover?.();
    }
    const size = { width: this.#root.offsetWidth, height: this.#root.offsetHeight };
    const view = { width: window.innerWidth, height: window.innerHeight };
    const { x, y } = lensCorner(point, size, view);
    this.#root.style.left = `${x}px`;
    this.#root.style.top = `${y}px`;
    if (isNew) unfold(this.#root, { x: point.x - x, y: point.y - y });
  }

  hide() {
    this.#root.remove();
  }
}

/** @type {Lens | null} */
let made = null;

/** @returns {Lens} */
export const lens = () => (made ??= new Lens());
