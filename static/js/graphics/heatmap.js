/**
 * `<heat-map>`: a tensor as a mosaic of maps on one canvas, with a sharp square for each cell. Rows can be drawn as
 * curves instead, and three channels as one picture in colour.
 */

import { PALETTES, colourOf, cssOf, isBright, mixed } from "./colour.js";
import { short } from "./format.js";
import { cellAt, cellCorner, cornerOf, mosaic, outline } from "./mosaic.js";

/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */

/**
 * @typedef {object} Picture
 * @property {readonly number[]} shape
 * @property {{ cell: number, across: number, gap: number, wrap?: number, high?: number }} layout in CSS pixels
 * @property {Numbers | null} cells
 * @property {"all" | "none" | number | Numbers} done which cells are computed
 * @property {number} limit the size of a number that gets the strongest colour
 * @property {boolean} signed
 * @property {boolean} [curve] true where each row is drawn as a curve
 * @property {readonly [number, number] | null} [colours] where the cells are three channels of the `shape`, red, green
 * and blue: the numbers for dark and for bright
 * @property {readonly Outline[]} outlines
 * @property {readonly number[]} [blank] cells that are no number of the tensor: zeros of the padding or of the dilation
 * @property {boolean} numbers true where they are printed in the cells
 * @property {"light" | "dark"} theme
 * @property {string} label for screen readers
 */

/** @typedef {{ readonly cells: readonly number[], readonly style: "reads" | "writes" | "lit" | "cursor" }} Outline */

/** @param {Picture["done"]} done @param {number} cell */
const isDone = (done, cell) =>
  done === "all" || (typeof done === "number" ? cell < done : done !== "none" && done[cell] === 1);

/** @param {Picture} a @param {Picture} b */
const alike = (a, b) =>
  /** @type {(keyof Picture)[]} */ (Object.keys(a)).every((key) =>
    key === "layout" || key === "shape" || key === "outlines" || key === "blank" || key === "colours"
      ? JSON.stringify(a[key]) === JSON.stringify(b[key])
      : a[key] === b[key],
  );

/** The pattern of cells that are not computed. @param {CSSStyleDeclaration} style @param {number} ratio device pixels per CSS pixel */
function hatch(style, ratio) {
  const side = Math.round(6 * ratio);
  const tile = new OffscreenCanvas(side, side);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (tile.getContext("2d"));
  context.fillStyle = style.getPropertyValue("--hatch-paper");
  context.fillRect(0, 0, side, side);
  context.strokeStyle = style.getPropertyValue("--hatch-line");
  context.lineWidth = ratio;
  context.beginPath();
  for (const shift of [-side, 0, side]) {
    context.moveTo(shift, side);
    context.lineTo(shift + side, 0);
  }
  context.stroke();
  return tile;
}

/**
 * @param {CanvasRenderingContext2D} context @param {import("./mosaic.js").Mosaic} m
 * @param {[number, number, number, number][]} lines @param {number} width @param {string} colour
 */
function stroke(context, m, lines, width, colour) {
  // At the edge of the canvas half of a line would be cut off.
  const inset = width / 2;
  /** @param {number} at @param {number} side */
  const inside = (at, side) => Math.min(Math.max(at, inset), side - inset);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = "square";
  context.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    context.moveTo(inside(x0, m.width), inside(y0, m.height));
    context.lineTo(inside(x1, m.width), inside(y1, m.height));
  }
  context.stroke();
}

export class HeatMap extends HTMLElement {
  #canvas = document.createElement("canvas");
  /** @type {Picture | null} */
  #picture = null;
  #waiting = false;
  /** The cell that the pointer went down on. The place of a click itself is rounded. @type {number | null} */
  #pressed = null;
  #ratio = 0;

  connectedCallback() {
    if (!this.#canvas.isConnected) this.append(this.#canvas);
    this.#canvas.setAttribute("role", "img");
    this.addEventListener("pointermove", (event) => this.#tell("cell-hover", event, this.#cellAt(event)));
    this.addEventListener("pointerleave", (event) => this.#tell("cell-hover", event, null));
    this.addEventListener("pointerdown", (event) => (this.#pressed = this.#cellAt(event)));
    this.addEventListener("click", (event) => {
      // A click by the keyboard has no place.
      if (event.detail > 0) this.#tell("cell-click", event, this.#pressed);
    });
  }

  get picture() {
    return this.#picture;
  }

  set picture(picture) {
    if (!picture) return;
    // A zoom of the browser changes the size of a cell in pixels.
    const isSharp = this.#ratio === window.devicePixelRatio;
    if (this.#picture && isSharp && alike(this.#picture, picture)) return;
    this.#ratio = window.devicePixelRatio;
    this.#picture = picture;
    const { width, height } = mosaic(picture.shape, picture.layout);
    this.style.width = `${width}px`;
    this.style.height = `${height}px`;
    this.#canvas.setAttribute("aria-label", picture.label);
    // Runs after all changes of this turn and before the browser draws, so that pictures and texts change together.
    if (!this.#waiting) queueMicrotask(() => this.#paint());
    this.#waiting = true;
  }

  /** @param {PointerEvent} event @returns {number | null} */
  #cellAt(event) {
    if (!this.#picture) return null;
    const { shape, layout } = this.#picture;
    const box = this.getBoundingClientRect();
    const total = shape.reduce((a, b) => a * b, 1);
    return cellAt(mosaic(shape, layout), event.clientX - box.left, event.clientY - box.top, total);
  }

  /** @param {"cell-hover" | "cell-click"} type @param {MouseEvent} event @param {number | null} cell */
  #tell(type, event, cell) {
    const detail = { cell, x: event.clientX, y: event.clientY };
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  #paint() {
    this.#waiting = false;
    const picture = /** @type {Picture} */ (this.#picture);
    const { shape, layout, cells, done, limit, signed } = picture;
    // Whole device pixels: at a fractional zoom a cell would be blurred by half a pixel.
    const ratio = window.devicePixelRatio || 1;
    const m = mosaic(shape, {
      ...layout,
      cell: Math.max(1, Math.round(layout.cell * ratio)),
      gap: Math.round(layout.gap * ratio),
      ...(layout.high ? { high: Math.round(layout.high * ratio) } : {}),
    });
    const canvas = this.#canvas;
    if (canvas.width !== m.width || canvas.height !== m.height) {
      canvas.width = m.width;
      canvas.height = m.height;
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const style = getComputedStyle(this);
    const total = shape.reduce((a, b) => a * b, 1);
    const image = context.createImageData(m.width, m.height);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = PALETTES[picture.theme];
    /** @type {number[]} */
    const missing = [];
    // In a picture in colour the last channel is computed last.
    const last = picture.colours ? 2 * total : 0;
    for (let cell = 0; cell < total; cell++) {
      if (!cells || !isDone(done, cell + last)) {
        missing.push(cell);
        continue;
      }
      const { x, y } = cellCorner(m, cell);
      const colour = picture.colours
        ? mixed(cells[cell], cells[cell + total], cells[cell + last], picture.colours)
        : colourOf(picture.curve ? 0 : cells[cell], limit, signed, colours);
      for (let row = y; row < y + m.high; row++) {
        pixels.fill(colour, row * m.width + x, row * m.width + x + m.cell);
      }
    }
    context.putImageData(image, 0, 0);
    this.#hatch(context, m, missing, missing.length === m.maps * m.rows * m.columns, hatch(style, ratio));
    this.#blanks(context, m, style);
    if (picture.curve) this.#curves(context, m, ratio, style);
    if (picture.numbers) this.#numbers(context, m, ratio);
    for (const { cells: set, style: kind } of picture.outlines) {
      const width = Math.max(1.5, Math.min(2.5, layout.cell / 4)) * ratio;
      const lines = outline(m, set);
      // A pale edge under the line makes it visible on every colour.
      stroke(context, m, lines, width * 2, style.getPropertyValue("--raised"));
      stroke(context, m, lines, width, style.getPropertyValue(`--outline-${kind}`));
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {import("./mosaic.js").Mosaic} m @param {number[]} missing
   * @param {boolean} whole @param {OffscreenCanvas} tile
   */
  #hatch(context, m, missing, whole, tile) {
    if (missing.length === 0) return;
    context.fillStyle = /** @type {CanvasPattern} */ (context.createPattern(tile, "repeat"));
    if (whole) {
      for (let map = 0; map < m.maps; map++) {
        const { x, y } = cornerOf(m, map);
        context.fillRect(x, y, m.columns * m.cell, m.rows * m.high);
      }
      return;
    }
    for (const cell of missing) {
      const { x, y } = cellCorner(m, cell);
      context.fillRect(x, y, m.cell, m.high);
    }
  }

  /**
   * Draws each row as a curve. The area between zero and the curve has the colours of its numbers.
   * @param {CanvasRenderingContext2D} context @param {import("./mosaic.js").Mosaic} m @param {number} ratio
   * @param {CSSStyleDeclaration} style
   */
  #curves(context, m, ratio, style) {
    const { cells, done, limit, signed, theme } = /** @type {Picture} */ (this.#picture);
    if (!cells) return;
    const inset = Math.ceil(ratio);
    const room = m.high - 2 * inset;
    const zero = inset + (signed ? room / 2 : room);
    context.strokeStyle = style.getPropertyValue("--ink");
    context.lineWidth = ratio;
    context.lineJoin = "round";
    for (let start = 0; start < cells.length; start += m.columns) {
      context.beginPath();
      for (let cell = start; cell < start + m.columns && isDone(done, cell); cell++) {
        const { x, y } = cellCorner(m, cell);
        const part = limit > 0 && Number.isFinite(cells[cell]) ? cells[cell] / limit : 0;
        const at = y + zero - Math.max(-1, Math.min(1, part)) * (signed ? room / 2 : room);
        const [top, bottom] = Number.isFinite(cells[cell])
          ? [Math.min(at, y + zero), Math.max(at, y + zero)]
          : [y, y + m.high];
        context.fillStyle = cssOf(colourOf(cells[cell], limit, signed, PALETTES[theme]));
        context.fillRect(x, top, m.cell, bottom - top);
        context.lineTo(x + m.cell / 2, at);
      }
      context.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./mosaic.js").Mosaic} m @param {CSSStyleDeclaration} style */
  #blanks(context, m, style) {
    for (const cell of this.#picture?.blank ?? []) {
      const { x, y } = cellCorner(m, cell);
      context.fillStyle = style.getPropertyValue("--raised");
      context.fillRect(x, y, m.cell, m.cell);
      // A dot marks a zero that is no number of the tensor.
      context.fillStyle = style.getPropertyValue("--quiet");
      const side = Math.max(1, Math.round(m.cell / 10));
      const inset = Math.round((m.cell - side) / 2);
      context.fillRect(x + inset, y + inset, side, side);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./mosaic.js").Mosaic} m @param {number} ratio */
  #numbers(context, m, ratio) {
    const { cells, done, limit, signed, theme, blank = [] } = /** @type {Picture} */ (this.#picture);
    if (!cells) return;
    const left = new Set(blank);
    const isSmall = m.cell < 30 * ratio;
    const colours = PALETTES[theme];
    const { fontSize, fontFamily } = getComputedStyle(this);
    context.font = `${parseFloat(fontSize) * ratio}px ${fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    cells.forEach((value, cell) => {
      if (!isDone(done, cell) || left.has(cell)) return;
      const { x, y } = cellCorner(m, cell);
      context.fillStyle = isBright(colourOf(value, limit, signed, colours)) ? "#141417" : "#ffffff";
      // A cell holds six characters, a small one five: two digits fit after leading zeros.
      const text = short(value, Math.abs(value) < 0.1 || isSmall ? 2 : 3);
      context.fillText(text, x + m.cell / 2, y + m.cell / 2, m.cell - 4 * ratio);
    });
  }
}

customElements.define("heat-map", HeatMap);
