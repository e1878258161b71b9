/**
 * The marks over the colours of a map, in device pixels: lines between cells, hatching, numbers, signs, rings, curves. Only
 * cells whose marks changed are drawn again.
 */

import { cellText, digitsThatFit, typeIn } from "../cell_numbers.js";
import { colourOf, INKS, inkOn, PALETTES } from "../colour.js";
import { cellCorner, cornerOf, placeOf } from "../mosaic.js";
import { drawCurves } from "./curves.js";
import { hatching, inksOf, measuring } from "./inks.js";
import { isComputed } from "./picture.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("./base.js").SharpMosaic} SharpMosaic */
/** @typedef {import("./inks.js").Inks} Inks */

/** From these sides of a cell on, in CSS pixels, it has lines around it, and a sign of its own. */
const LINED = 6;
const SIGNED = 10;
/** The size of a number that has a sign of its own, as a part of the limit: the colours of smaller ones say no sign either. */
const FAINT = 1 / 32;
/** The room between the characters of a number, in CSS pixels. */
const TRACKING = -0.25;

/** What a cell holds. A ring and the light ink are bits beside it. */
const EMPTY = 0;
const HATCHED = 1;
const BLANK = 2;
const TEXT = 3;
const CROSS = 4;
const MINUS = 5;
const RING = 8;
const LIGHT = 16;

/**
 * @typedef {object} Sheet
 * @property {CanvasRenderingContext2D} context
 * @property {SharpMosaic} m
 * @property {number} ratio device pixels per CSS pixel
 * @property {Inks} inks
 */

/** Hatches whole maps, and runs of cells in a row. @param {Sheet} sheet @param {Picture} picture */
function hatchRuns({ context, m, ratio, inks }, picture) {
  context.fillStyle = hatching(context, inks, ratio);
  const isEmpty = !picture.cells || picture.done === "none" || picture.done === 0;
  for (let map = 0; isEmpty && map < m.maps; map++) {
    const { x, y } = cornerOf(m, map);
    context.fillRect(x, y, m.columns * m.cell, m.rows * m.high);
  }
  if (isEmpty) return;
  const total = sizeOfShape(picture.shape);
  for (let cell = 0; cell < total; cell++) {
    if (isComputed(picture, cell)) continue;
    const first = cell;
    while (cell + 1 < total && (cell + 1) % m.columns && !isComputed(picture, cell + 1)) cell++;
    const { x, y } = cellCorner(m, first);
    context.fillRect(x, y, (cell - first + 1) * m.cell, m.high);
  }
}

/** @param {Picture} picture @returns {boolean} true where a cell may be missing */
const hasMissing = ({ cells, done }) => cells === null || done !== "all";

/** @param {Picture} picture @param {Sheet} sheet @returns {number | null} the digits of its numbers, null where none are printed */
function digitsOf(picture, { context, m, ratio, inks }) {
  const { cells, numbers, colours, curve, exponent = 0 } = picture;
  if (!cells || !numbers || colours || curve) return null;
  const side = m.cell / ratio;
  context.font = `${typeIn(side) * ratio}px ${inks.family}`;
  context.letterSpacing = `${TRACKING * ratio}px`;
  context.textAlign = "left";
  const widthOf = measuring(context);
  /** @type {ArrayLike<number> & Iterable<number>} */
  const all = cells;
  const printed =
    picture.done === "all" ? all : Array.from(all).filter((_, cell) => isComputed(picture, cell));
  return digitsThatFit(printed, exponent, side, (text) => widthOf(text) / ratio);
}

/**
 * @param {Picture} picture @param {number | null} digits @param {number} side of a cell in CSS pixels
 * @returns {(cell: number) => { code: number, text: string }} what a cell holds
 */
function marking(picture, digits, side) {
  const { cells, limit, signed, theme, exponent, colours } = picture;
  const winners = new Set(picture.winners);
  const blank = new Set(picture.blank);
  return (cell) => {
    if (!isComputed(picture, cell) || !cells) return { code: HATCHED, text: "" };
    if (blank.has(cell)) return { code: BLANK, text: "" };
    const value = cells[cell];
    const isOdd = !Number.isFinite(value);
    const text = digits === null ? "" : cellText(value, digits, exponent);
    const ring = winners.has(cell) ? RING : 0;
    const kind = colours
      ? EMPTY
      : text
        ? TEXT
        : isOdd
          ? CROSS
          : value < -limit * FAINT && side >= SIGNED
            ? MINUS
            : EMPTY;
    if (kind === EMPTY && !ring) return { code: EMPTY, text };
    const isLight = inkOn(colourOf(value, limit, signed, PALETTES[theme])) === INKS.light;
    return { code: kind | ring | (isLight ? LIGHT : 0), text };
  };
}

/** The lines above and to the left of a cell. @param {Sheet} sheet @param {number} cell @param {number} x @param {number} y */
function ruleCell({ context, m, ratio, inks }, cell, x, y) {
  const { row, column } = placeOf(m, cell);
  const width = Math.max(1, Math.round(ratio));
  context.fillStyle = inks.grid;
  if (row > 0) context.fillRect(x, y, m.cell, width);
  if (column > 0) context.fillRect(x, y + (row > 0 ? width : 0), width, m.high - (row > 0 ? width : 0));
}

/** @param {Sheet} sheet @param {number} x @param {number} y @param {number} kind */
function drawSign({ context, m, ratio }, x, y, kind) {
  const [middleX, middleY] = [x + m.cell / 2, y + m.high / 2];
  const line = Math.max(1, Math.round(ratio));
  if (kind === MINUS) {
    const half = Math.round(m.cell / 6);
    context.fillRect(Math.round(middleX) - half, Math.round(middleY - line / 2), 2 * half, line);
    return;
  }
  const half = m.cell / 4;
  context.lineWidth = line;
  context.beginPath();
  for (const way of [-1, 1]) {
    context.moveTo(middleX - half, middleY - way * half);
    context.lineTo(middleX + half, middleY + way * half);
  }
  context.stroke();
}

/** A ring around the middle, or around the number where there is one. @param {Sheet} sheet @param {number} x @param {number} y @param {boolean} hasNumber */
function drawRing({ context, m, ratio }, x, y, hasNumber) {
  const side = m.cell / ratio;
  context.lineWidth = (side < 2 * SIGNED || hasNumber ? 1.5 : 2) * ratio;
  context.beginPath();
  if (hasNumber) {
    const inset = 2.5 * ratio;
    context.roundRect(x + inset, y + inset, m.cell - 2 * inset, m.high - 2 * inset, m.high / 3);
  } else {
    const radius = Math.max(1.5, Math.min(7, side / 5)) * ratio;
    context.arc(x + m.cell / 2, y + m.cell / 2, radius, 0, 2 * Math.PI);
  }
  context.stroke();
}

/** @param {Sheet} sheet @param {number} cell @param {number} code @param {string} text @param {boolean} isLined */
function drawCell(sheet, cell, code, text, isLined) {
  const { context, m, ratio, inks } = sheet;
  const { x, y } = cellCorner(m, cell);
  const kind = code & 7;
  context.clearRect(x, y, m.cell, m.high);
  if (kind === HATCHED || kind === BLANK) {
    context.fillStyle = kind === HATCHED ? hatching(context, inks, ratio) : inks.raised;
    context.fillRect(x, y, m.cell, m.high);
  }
  if (isLined) ruleCell(sheet, cell, x, y);
  if (kind === BLANK) {
    // A dot marks a zero that is no number of the tensor.
    const side = Math.max(1, Math.round(m.cell / 10));
    context.fillStyle = inks.quiet;
    context.fillRect(x + Math.round((m.cell - side) / 2), y + Math.round((m.high - side) / 2), side, side);
  }
  context.fillStyle = context.strokeStyle = code & LIGHT ? INKS.light : INKS.dark;
  if (kind === TEXT) context.fillText(text, x + m.cell / 2, y + m.high / 2);
  if (kind === MINUS || kind === CROSS) drawSign(sheet, x, y, kind);
  if (code & RING) drawRing(sheet, x, y, kind === TEXT);
}

/** The canvas with the marks of a map, while it has any. */
export class MarksCanvas {
  /** @type {HTMLCanvasElement | null} */
  #canvas = null;
  /** What the marks that are drawn depend on as a whole. @type {readonly unknown[]} */
  #ground = [];
  #codes = new Uint8Array();
  /** @type {string[]} */
  #texts = [];

  /**
   * @param {HTMLElement} host gets the canvas
   * @param {Picture} picture @param {SharpMosaic} m the same object as long as the places of the cells are the same
   * @param {number} ratio device pixels per CSS pixel
   */
  draw(host, picture, m, ratio) {
    const side = m.cell / ratio;
    const isLined = side >= LINED && !picture.curve;
    if (!isLined && !picture.curve && !hasMissing(picture)) {
      this.#canvas?.remove();
      this.#canvas = null;
      this.#ground = [];
      return;
    }
    const canvas = (this.#canvas ??= document.createElement("canvas"));
    if (!canvas.isConnected) {
      canvas.className = "marks";
      canvas.setAttribute("aria-hidden", "true");
      host.append(canvas);
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const inks = inksOf(picture.theme);
    const sheet = { context, m, ratio, inks };
    const ground = [m, ratio, inks];
    const isNew = ground.some((value, i) => value !== this.#ground[i]);
    this.#ground = ground;
    if (isNew) {
      canvas.width = m.width;
      canvas.height = m.height;
    } else if (!isLined) context.clearRect(0, 0, m.width, m.height);
    if (isLined) this.#drawCells(sheet, picture, isNew);
    else {
      hatchRuns(sheet, picture);
      if (picture.curve) drawCurves(sheet, picture);
    }
  }

  /** @param {Sheet} sheet @param {Picture} picture @param {boolean} isNew */
  #drawCells(sheet, picture, isNew) {
    const { context, m, ratio } = sheet;
    const total = sizeOfShape(picture.shape);
    const mark = marking(picture, digitsOf(picture, sheet), m.cell / ratio);
    if (isNew || this.#codes.length !== total) {
      this.#codes = new Uint8Array(total).fill(255);
      this.#texts = new Array(total).fill("");
    }
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let cell = 0; cell < total; cell++) {
      const { code, text } = mark(cell);
      if (this.#codes[cell] === code && this.#texts[cell] === text) continue;
      this.#codes[cell] = code;
      this.#texts[cell] = text;
      drawCell(sheet, cell, code, text, !picture.colours);
    }
  }
}
