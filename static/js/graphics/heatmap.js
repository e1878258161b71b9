/**
 * `<heat-map>`: a tensor as a mosaic of maps, with a sharp square for each cell. Rows can be drawn as curves instead, and
 * three channels as one picture in colour. Set its `picture`; it draws what changed.
 *
 * Events, each with `detail: { cell, x, y }` (a place in the window): `cell-hover` for the cell under the pointer, null
 * where it leaves; `cell-click` for a chosen cell; and from an explorable map `cell-focus` for the cell that the keys are
 * at, null where they leave.
 */

import { BaseCanvas } from "./map/base.js";
import { MarksCanvas } from "./map/marks.js";
import { Outlines } from "./map/outlines.js";
import { lens, needsLens } from "./map/lens.js";
import { cellDescription, isSameInside, isSamePicture } from "./map/picture.js";
import { enqueue, observe, unobserve } from "./map/schedule.js";
import { showTable } from "./map/table.js";
import { cellAt, cellByKey, cellCorner, nearestCell, sharpMosaic } from "./mosaic.js";
import { sizeOfShape } from "../core/typed_arrays.js";

/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("./map/picture.js").Picture} Picture */
/** @typedef {import("./map/picture.js").Outline} Outline */
/** @typedef {import("./map/base.js").SharpMosaic} SharpMosaic */

/** How long a pointer is held until the magnifier opens, in milliseconds. A mouse is exact: a click needs none. */
const HOLD = { mouse: 300, touch: 120 };
/** A finger that moves further before the magnifier opens scrolls the page. In pixels. */
const STILL = 8;

/**
 * How much the page magnifies an element. Only the page that presents does so: elsewhere the zoom is not read, because the
 * browser would compute all styles for it.
 * @param {HTMLElement} element
 */
const zoomOf = (element) =>
  document.documentElement.hasAttribute("data-present") ? (element.currentCSSZoom ?? 1) : 1;

export class HeatMap extends HTMLElement {
  #base = new BaseCanvas();
  #marks = new MarksCanvas();
  #outlines = new Outlines();
  /** @type {Picture | null} */
  #picture = null;
  /** The picture on the canvases. @type {Picture | null} */
  #painted = null;
  /** @type {SharpMosaic | null} */
  #mosaic = null;
  #ratio = 0;
  /** The cell that the keys are at, null outside. @type {number | null} */
  #cursor = null;
  /** The cell where the keys left. */
  #left = 0;
  /** Says the cell that the keys are at. @type {HTMLElement | null} */
  #voice = null;
  /** The cell that the pointer went down on. The place of a click itself is rounded. @type {number | null} */
  #pressed = null;
  /** @type {{ x: number, y: number, timer: ReturnType<typeof setTimeout> } | null} */
  #hold = null;
  #isLensOpen = false;
  /** True where the release of the magnifier was the click. */
  #isChosen = false;

  connectedCallback() {
    observe(this);
    if (this.#base.canvas.isConnected) return;
    this.prepend(this.#base.canvas);
    this.#base.canvas.setAttribute("role", "img");
    this.addEventListener("pointermove", (event) => this.#move(event));
    this.addEventListener("pointerleave", (event) => {
      if (!this.#isLensOpen) this.#tell("cell-hover", null, event.clientX, event.clientY);
    });
    this.addEventListener("pointerdown", (event) => this.#press(event));
    this.addEventListener("pointerup", (event) => this.#release(event));
    this.addEventListener("pointercancel", () => this.#closeLens());
    this.addEventListener("click", (event) => {
      // A click by the keyboard has no place.
      if (event.detail > 0 && !this.#isChosen)
        this.#tell("cell-click", this.#pressed, event.clientX, event.clientY);
      this.#isChosen = false;
    });
    // The page does not scroll under an open magnifier, and a long press opens no menu.
    const keep = (/** @type {Event} */ event) => {
      if (this.#isLensOpen) event.preventDefault();
    };
    this.addEventListener("touchmove", keep, { passive: false });
    this.addEventListener("contextmenu", keep);
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("blur", () => this.#goTo(null));
  }

  disconnectedCallback() {
    unobserve(this);
    this.#closeLens();
  }

  get picture() {
    return this.#picture;
  }

  set picture(picture) {
    if (!picture) return;
    const before = this.#picture;
    if (before && isSamePicture(before, picture)) return;
    this.#picture = picture;
    if (!before || before.shape !== picture.shape || before.layout !== picture.layout) this.#layOut();
    if (before?.label !== picture.label || before?.explorable !== picture.explorable) this.#describe();
    enqueue(this);
    if (this.#cursor !== null) this.#say(this.#cursor);
  }

  /** Draws the picture anew where the pixels of the screen are others. */
  refresh() {
    if (!this.#picture) return;
    this.#painted = null;
    this.#layOut();
    enqueue(this);
  }

  /** Called by the schedule. */
  paint() {
    const [picture, m] = [this.#picture, this.#mosaic];
    if (!picture || !m) return;
    if (!this.#painted || !isSameInside(this.#painted, picture)) {
      this.#base.draw(picture, m);
      this.#marks.draw(this, picture, m, this.#ratio);
    }
    this.#painted = picture;
    this.#drawOutlines();
  }

  /** Finds the places of the cells. The mosaic is the same object as long as they are the same. */
  #layOut() {
    const { shape, layout } = /** @type {Picture} */ (this.#picture);
    // A magnified part of the page has more pixels for each of its own.
    const ratio = (window.devicePixelRatio || 1) * zoomOf(this);
    const m = sharpMosaic(shape, layout, ratio);
    const now = this.#mosaic;
    const isSame =
      now &&
      this.#ratio === ratio &&
      Object.entries(m).every(([key, side]) => side === now[/** @type {keyof SharpMosaic} */ (key)]);
    if (isSame) return;
    this.#mosaic = m;
    this.#ratio = ratio;
    this.style.width = `${m.width / ratio}px`;
    this.style.height = `${m.height / ratio}px`;
  }

  #describe() {
    const { label, explorable = false } = /** @type {Picture} */ (this.#picture);
    const { canvas } = this.#base;
    canvas.setAttribute("aria-label", label);
    if (!explorable) return;
    // Screen readers pass the arrow keys to an application only.
    this.tabIndex = 0;
    this.setAttribute("role", "application");
    this.setAttribute("aria-roledescription", "map");
    this.setAttribute("aria-label", label);
    this.setAttribute(
      "aria-description",
      "Enter goes to its cells, arrows choose one, T shows them as a table",
    );
    canvas.setAttribute("aria-hidden", "true");
  }

  #drawOutlines() {
    const [picture, m] = [this.#picture, this.#mosaic];
    if (!picture || !m) return;
    /** @type {Outline[]} */
    const own = this.#cursor === null ? [] : [{ cells: [this.#cursor], style: "cursor" }];
    this.#outlines.draw(this, [...picture.outlines, ...own], m, this.#ratio);
  }

  /** @param {MouseEvent} event @param {typeof cellAt | typeof nearestCell} find @returns {number | null} */
  #cellAt(event, find) {
    const [picture, m] = [this.#picture, this.#mosaic];
    if (!picture || !m) return null;
    const box = this.getBoundingClientRect();
    // A style can stretch a map.
    const [scaleX, scaleY] = [
      box.width ? m.width / box.width : this.#ratio,
      box.height ? m.height / box.height : this.#ratio,
    ];
    const [x, y] = [(event.clientX - box.left) * scaleX, (event.clientY - box.top) * scaleY];
    return find(m, x, y, sizeOfShape(picture.shape));
  }

  /** @param {"cell-hover" | "cell-click" | "cell-focus"} type @param {number | null} cell @param {number} x @param {number} y */
  #tell(type, cell, x, y) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail: { cell, x, y } }));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    this.#isChosen = false;
    this.#pressed = this.#cellAt(event, nearestCell);
    const kind = event.pointerType === "mouse" || !event.pointerType ? "mouse" : "touch";
    if (!this.#picture || event.button > 0 || !needsLens(this.#picture, kind)) return;
    const { clientX: x, clientY: y, pointerId } = event;
    const timer = setTimeout(() => {
      this.#isLensOpen = true;
      this.setPointerCapture(pointerId);
      this.#magnify(x, y);
    }, HOLD[kind]);
    this.#hold = { x, y, timer };
  }

  /** @param {number} x @param {number} y */
  #magnify(x, y) {
    if (!this.#picture || this.#pressed === null) return;
    lens().show(this.#picture, this.#pressed, { x, y });
    this.#tell("cell-hover", this.#pressed, x, y);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (this.#isLensOpen) {
      this.#pressed = this.#cellAt(event, nearestCell);
      this.#magnify(event.clientX, event.clientY);
      return;
    }
    const hold = this.#hold;
    if (hold && Math.hypot(event.clientX - hold.x, event.clientY - hold.y) > STILL) this.#closeLens();
    this.#tell("cell-hover", this.#cellAt(event, cellAt), event.clientX, event.clientY);
  }

  /** @param {PointerEvent} event */
  #release(event) {
    const isOpen = this.#isLensOpen;
    this.#closeLens();
    if (!isOpen) return;
    this.#isChosen = true;
    this.#tell("cell-click", this.#pressed, event.clientX, event.clientY);
  }

  #closeLens() {
    clearTimeout(this.#hold?.timer);
    this.#hold = null;
    if (!this.#isLensOpen) return;
    this.#isLensOpen = false;
    lens().hide();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [picture, m] = [this.#picture, this.#mosaic];
    if (!picture?.explorable || !m || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.#answers(event.key, picture, m)) return;
    // The keys are the map's as long as they are inside it.
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} key @param {Picture} picture @param {SharpMosaic} m @returns {boolean} true where the key is the map's */
  #answers(key, picture, m) {
    const isEnter = key === "Enter" || key === " ";
    const cursor = this.#cursor;
    if (cursor === null) {
      const chosen = picture.outlines.find(({ style }) => style === "cursor")?.cells[0];
      if (isEnter) this.#goTo(chosen ?? this.#left);
      return isEnter;
    }
    if (key === "Escape") this.#goTo(null);
    else if (isEnter) this.#tell("cell-click", cursor, ...this.#middleOf(cursor));
    else if (key.toLowerCase() === "t") showTable(picture, cursor);
    else {
      const next = cellByKey(m, cursor, key, sizeOfShape(picture.shape));
      if (next === null) return false;
      this.#goTo(next);
    }
    return true;
  }

  /** Moves the cursor of the keys. @param {number | null} cell */
  #goTo(cell) {
    if (cell === this.#cursor) return;
    this.#left = this.#cursor ?? this.#left;
    this.#cursor = cell;
    this.#drawOutlines();
    this.#say(cell);
    const [x, y] = cell === null ? [0, 0] : this.#middleOf(cell);
    this.#tell("cell-focus", cell, x, y);
  }

  /** @param {number} cell @returns {[number, number]} in CSS pixels of the window */
  #middleOf(cell) {
    const m = /** @type {SharpMosaic} */ (this.#mosaic);
    const box = this.getBoundingClientRect();
    const { x, y } = cellCorner(m, cell);
    return [
      box.left + ((x + m.cell / 2) / m.width) * box.width,
      box.top + ((y + m.high / 2) / m.height) * box.height,
    ];
  }

  /** @param {number | null} cell */
  #say(cell) {
    if (!this.#voice) {
      this.#voice = document.createElement("span");
      this.#voice.className = "unseen";
      this.#voice.setAttribute("aria-live", "polite");
      this.append(this.#voice);
    }
    const text = cell === null || !this.#picture ? "" : cellDescription(this.#picture, cell);
    if (this.#voice.textContent !== text) this.#voice.textContent = text;
  }
}

customElements.define("heat-map", HeatMap);
