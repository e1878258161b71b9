/** Canvases that record what is drawn on them, for the page in Node. */

import { cssOf } from "../../static/js/graphics/colour.js";

/** @typedef {{ x0: number, y0: number, x1: number, y1: number, style: string, width: number }} Line */
/** @typedef {{ text: string, x: number, y: number, style: string }} Text */

/** The `fillStyle` with which cells that are not computed are hatched. */
export const HATCHED = "hatched";

/** The content of a canvas: the style of each filled pixel, and the lines and texts above. */
export class Drawing {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    /** Styles, or pixels of an image. @type {(string | number | undefined)[]} */
    this.pixels = new Array(width * height);
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Text[]} */
    this.texts = [];
    /** The middles of circles. @type {{ x: number, y: number }[]} */
    this.rings = [];
  }

  /** @param {number} x @param {number} y @returns {string | undefined} such as "hatched" or "rgb(255 0 0)" */
  at(x, y) {
    const pixel = this.pixels[Math.floor(y) * this.width + Math.floor(x)];
    return typeof pixel === "number" ? cssOf(pixel) : pixel;
  }
}

/** The part of a 2D context that the page uses. */
class Context {
  fillStyle = "";
  strokeStyle = "";
  lineWidth = 1;
  font = "10px sans-serif";
  /** @type {[number, number, number, number][]} */
  #path = [];
  /** @type {[number, number] | null} */
  #pen = null;

  /** @param {any} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.drawing = new Drawing(canvas.width, canvas.height);
  }
  clear() {
    this.drawing = new Drawing(this.canvas.width, this.canvas.height);
  }
  scale() {}
  /** @param {string} text */
  measureText(text) {
    const width = 0.6 * parseFloat(this.font) * text.length;
    return { width, actualBoundingBoxLeft: 0, actualBoundingBoxRight: width };
  }
  createPattern() {
    return HATCHED;
  }
  /** @param {number} width @param {number} height */
  createImageData(width, height) {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }
  /** @param {{ width: number, height: number, data: Uint8ClampedArray }} image */
  putImageData({ width, height, data }) {
    // An image of the page covers its whole canvas.
    this.clear();
    const pixels = new Uint32Array(data.buffer, 0, width * height);
    this.drawing.pixels = Array.from(pixels, (pixel) => pixel || undefined);
  }
  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    const { drawing } = this;
    for (let row = Math.max(0, Math.round(y)); row < Math.min(drawing.height, y + height); row++)
      for (let column = Math.max(0, Math.round(x)); column < Math.min(drawing.width, x + width); column++)
        drawing.pixels[row * drawing.width + column] = this.fillStyle;
  }
  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  clearRect(x, y, width, height) {
    const { drawing } = this;
    const isInside = (/** @type {{ x: number, y: number }} */ at) =>
      at.x >= x && at.x < x + width && at.y >= y && at.y < y + height;
    drawing.texts = drawing.texts.filter((text) => !isInside(text));
    drawing.rings = drawing.rings.filter((ring) => !isInside(ring));
    for (let row = y; row < y + height; row++)
      drawing.pixels.fill(undefined, row * drawing.width + x, row * drawing.width + x + width);
  }
  /** @param {string} text @param {number} x @param {number} y */
  fillText(text, x, y) {
    this.drawing.texts.push({ text, x, y, style: this.fillStyle });
  }
  beginPath() {
    this.#path = [];
    this.#pen = null;
  }
  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.#pen = [x, y];
  }
  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    if (this.#pen) this.#path.push([...this.#pen, x, y]);
    this.#pen = [x, y];
  }
  /** @param {number} _x @param {number} _y @param {number} x @param {number} y */
  quadraticCurveTo(_x, _y, x, y) {
    this.lineTo(x, y);
  }
  stroke() {
    for (const [x0, y0, x1, y1] of this.#path)
      this.drawing.lines.push({ x0, y0, x1, y1, style: this.strokeStyle, width: this.lineWidth });
  }
  /** @param {number} x @param {number} y */
  arc(x, y) {
    this.drawing.rings.push({ x, y });
  }
  fill() {}
}

/** @type {WeakMap<object, Context>} */
const contexts = new WeakMap();
/** @param {object} canvas */
export function contextOf(canvas) {
  const context = contexts.get(canvas) ?? new Context(canvas);
  contexts.set(canvas, context);
  return context;
}

/** Gives canvases a context. Setting the size of a canvas clears it. @param {any} window */
export function giveCanvases(window) {
  const prototype = window.HTMLCanvasElement.prototype;
  prototype.getContext = function () {
    return contextOf(this);
  };
  prototype.toBlob = function (/** @type {(blob: Blob) => void} */ done) {
    done(new Blob([JSON.stringify(contextOf(this).drawing.lines)]));
  };
  for (const side of ["width", "height"]) {
    const { get, set } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, side));
    Object.defineProperty(prototype, side, {
      get,
      set(value) {
        set?.call(this, value);
        contextOf(this).clear();
      },
    });
  }
  prototype.setPointerCapture = window.HTMLElement.prototype.setPointerCapture = () => {};
}

/** @param {HTMLCanvasElement} canvas @returns {Drawing} */
export const drawingOf = (canvas) => contextOf(canvas).drawing;
