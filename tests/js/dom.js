/**
 * The page in Node: a document made from the templates, and canvases that record what is drawn on them. Import this
 * module before any view, because a custom element needs a document when it is defined.
 */

import { readFileSync } from "node:fs";
import { Window } from "happy-dom";
import { cellCorner, sharpMosaic } from "../../static/js/graphics/mosaic.js";
import { cssOf } from "../../static/js/graphics/colour.js";

/** @typedef {import("../../static/js/graphics/heatmap.js").Picture} Picture */
/** @typedef {import("../../static/js/core/state.js").State} State */
/** @typedef {import("../../static/js/core/state.js").Action} Action */
/** @typedef {import("../../static/js/core/effects.js").App} App */
/** @typedef {{ x0: number, y0: number, x1: number, y1: number, style: string, width: number }} Line */
/** @typedef {{ text: string, x: number, y: number, style: string }} Text */

const GLOBALS = [
  "document",
  "customElements",
  "localStorage",
  "CSS",
  "Node",
  "Event",
  "CustomEvent",
  "KeyboardEvent",
  "MouseEvent",
  "PointerEvent",
  "ResizeObserver",
  "IntersectionObserver",
  "Element",
  "HTMLElement",
  "HTMLButtonElement",
  "HTMLInputElement",
  "HTMLSelectElement",
];
/** The `fillStyle` with which cells that are not computed are hatched. */
const HATCHED = "hatched";
const TEMPLATES = new URL("../../templates/", import.meta.url);

/** The content of a canvas: the style of each filled pixel, and the lines and texts above. */
class Drawing {
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
function contextOf(canvas) {
  const context = contexts.get(canvas) ?? new Context(canvas);
  contexts.set(canvas, context);
  return context;
}

/** Gives canvases a context. Setting the size of a canvas clears it. @param {any} window */
function giveCanvases(window) {
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

const window = /** @type {any} */ (new Window({ width: 1366, height: 768, url: "http://127.0.0.1/" }));
giveCanvases(window);
const scope = /** @type {any} */ (globalThis);
for (const name of GLOBALS) scope[name] = window[name];
scope.window = window;
scope.OffscreenCanvas = class {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    return Object.assign(this, { width, height, getContext: () => contextOf(this) });
  }
};
scope.Option = function (/** @type {string} */ text, /** @type {string} */ value) {
  return Object.assign(document.createElement("option"), { text, value });
};
// The value of a custom property is its name, so that a test can tell which one is used.
scope.getComputedStyle = () => ({
  getPropertyValue: (/** @type {string} */ name) => name,
  fontSize: "14px",
  fontFamily: "sans-serif",
});
window.getComputedStyle = scope.getComputedStyle;

/** @param {string} name @returns {string} the HTML of a template and what it includes, without scripts and style sheets */
const template = (name) =>
  readFileSync(new URL(name, TEMPLATES), "utf8")
    .replace(/<script.*<\/script>|<link[^>]*>/g, "")
    .replace(/\{\{.*?\}\}/g, "")
    .replace(/\{% include "([^"]+)" %\}/g, (_, part) => template(part));

/** Fills the document with the HTML of the page. @param {...string} dialogs the names of the dialogs to include */
export function openPage(...dialogs) {
  const page = template("index.html").replace(/\{% for [^]*\{% endfor %\}/, () =>
    dialogs.map((name) => template(`dialogs/${name}.html`)).join(""),
  );
  document.documentElement.innerHTML = page.replace(/^[^]*?<html[^>]*>|<\/html>[^]*$/g, "");
}

/**
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} selector @param {ParentNode} [root] @returns {E}
 */
export function find(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return /** @type {E} */ (found);
}

/** @param {string} selector @param {ParentNode} [root] @returns {string} the text, with single spaces */
export const textOf = (selector, root) =>
  (find(selector, root).textContent ?? "").replaceAll(/\s+/g, " ").trim();

/** @param {string} selector @param {ParentNode} [root] @returns {string[]} */
export const textsOf = (selector, root = document) =>
  [...root.querySelectorAll(selector)].map((each) => (each.textContent ?? "").replaceAll(/\s+/g, " ").trim());

/** @param {HTMLCanvasElement} canvas @returns {Drawing} */
export const drawingOf = (canvas) => contextOf(canvas).drawing;

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

/**
 * The store and the effects that a view gets, without a server. Calls of effects are recorded in `asked`, and so are
 * dispatched actions. `now` sets the state of the store.
 * @param {State} state
 */
export function recordedApp(state) {
  /** @type {unknown[][]} */
  const asked = [];
  /** @param {string[]} path @returns {any} */
  const effectsAt = (path) =>
    new Proxy(() => {}, {
      // The members of a function and no `handleEvent`, so that an effect can be a listener.
      get: (target, name) =>
        name in target || name === "handleEvent"
          ? Reflect.get(target, name)
          : effectsAt([...path, String(name)]),
      apply: (_, __, values) => {
        asked.push([path.join("."), ...values]);
        return Promise.resolve();
      },
    });
  const store = {
    get: () => state,
    subscribe: () => () => {},
    /** @param {Action} action */
    dispatch: (action) => void asked.push(["dispatch", action]),
  };
  return {
    app: /** @type {App} */ (/** @type {unknown} */ ({ store, effects: effectsAt([]) })),
    asked,
    /** Sets the state of the store. @param {State} next @returns {State} */
    now: (next) => (state = next),
  };
}

/**
 * Mounts a view and draws a state. `update` draws another.
 * @param {(app: App) => (state: State) => void} mount @param {State} state
 */
export function mounted(mount, state) {
  const { app, asked, now } = recordedApp(state);
  const draw = mount(app);
  draw(state);
  return { asked, update: (/** @type {State} */ next) => draw(now(next)) };
}
