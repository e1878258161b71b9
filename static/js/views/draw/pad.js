/** The pad: a sheet to draw on with mouse, finger or pen. In its place, an upload from which a digit can be cropped. */

import { decode, shapeOfArray } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { INK, PAPER, shade } from "../../graphics/greyscale.js";
import { begun, continued, EMPTY, paint, undone } from "./strokes.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {readonly [number, number, number, number]} Box left, top, right, bottom as parts of the picture's sides */

/** The side of the pad, in CSS pixels. */
const SIDE = 280;
/** The widths of the pen, as parts of the pad's side. */
const PENS = [0.03, 0.045, 0.065, 0.085, 0.11];
/** A drag over less than this part of the picture is a click, and crops nothing. */
const LEAST = 0.03;
const DRAWING = "Mouse, finger or pen; or drop or paste a picture.";
const CROPPING = "Drag over it to crop a digit by hand.";

/** @param {readonly [number, number]} a @param {readonly [number, number]} b @returns {Box} */
const between = ([ax, ay], [bx, by]) => [
  Math.min(ax, bx),
  Math.min(ay, by),
  Math.max(ax, bx),
  Math.max(ay, by),
];

/** @param {PointerEvent} event @param {HTMLElement} picture @returns {[number, number]} a point, as parts of its sides */
function pointOn({ clientX, clientY }, picture) {
  const { left, top, width, height } = picture.getBoundingClientRect();
  /** @param {number} part */
  const inside = (part) => Math.max(0, Math.min(1, part));
  return [inside((clientX - left) / width), inside((clientY - top) / height)];
}

/** Frames boxes on a picture. @param {HTMLElement} boxes @param {HTMLElement} picture @param {readonly Box[]} list @param {number} chosen */
function frame(boxes, picture, list, chosen) {
  const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = picture;
  boxes.replaceChildren(
    ...list.map(([left, top, right, bottom], number) => {
      const box = element("i", number === chosen ? "chosen" : "");
      box.style.left = `${offsetLeft + left * offsetWidth}px`;
      box.style.top = `${offsetTop + top * offsetHeight}px`;
      box.style.width = `${(right - left) * offsetWidth}px`;
      box.style.height = `${(bottom - top) * offsetHeight}px`;
      return box;
    }),
  );
}

/**
 * Draws strokes, and drags boxes over an upload.
 * @param {HTMLElement} sheet
 * @param {{ pad: HTMLElement, photo: HTMLElement, width: () => number, drag: (box: Box) => void }} on
 * @param {App} app
 */
function listen(sheet, { pad, photo, width, drag }, { store, effects }) {
  /** Where a crop began. @type {[number, number] | null} */
  let corner = null;
  const now = () => store.get().draw;

  sheet.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    if (now().isPhoto) corner = pointOn(event, photo);
    else effects.draw.draw(begun(now().drawing, pointOn(event, pad), width()), true);
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!sheet.hasPointerCapture(event.pointerId)) return;
    if (now().isPhoto) {
      const point = pointOn(event, photo);
      return drag(between(corner ?? point, point));
    }
    // A browser sends one event a frame, which holds all points since the last event.
    const events = event.getCoalescedEvents?.() ?? [event];
    const drawing = events.reduce((strokes, each) => continued(strokes, pointOn(each, pad)), now().drawing);
    effects.draw.draw(drawing, true);
  });
  sheet.addEventListener("lostpointercapture", () => {
    if (!now().isPhoto) effects.draw.draw(now().drawing, false);
  });
  sheet.addEventListener("pointerup", (event) => {
    if (!corner) return;
    const box = between(corner, pointOn(event, photo));
    corner = null;
    if (box[2] - box[0] >= LEAST && box[3] - box[1] >= LEAST) effects.draw.crop(box);
  });
  sheet.addEventListener("pointercancel", () => (corner = null));
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountPad(root, app) {
  const { store, effects } = app;
  const pad = /** @type {HTMLCanvasElement} */ (one("canvas.pad", root));
  const photo = /** @type {HTMLCanvasElement} */ (one("canvas.photo", root));
  const pen = /** @type {HTMLInputElement} */ (one("input.pen", root));
  const [undo, clear] = [".undo", ".clear"].map((name) => /** @type {HTMLButtonElement} */ (one(name, root)));
  const [boxes, prompt, hint] = [one(".boxes", root), one(".prompt", root), one(".hint", root)];
  const [toPad, tools] = [one(".to-pad", root), one(".pad-tools", root)];
  /** What is drawn. @type {readonly unknown[]} */
  let drawn = [];
  let drawnRatio = 0;

  pen.max = String(PENS.length - 1);
  const width = () => PENS[Number(pen.value)];
  listen(one(".sheet", root), { pad, photo, width, drag: (box) => frame(boxes, photo, [box], -1) }, app);
  undo.addEventListener("click", () => effects.draw.draw(undone(store.get().draw.drawing), false));
  clear.addEventListener("click", () => effects.draw.draw(EMPTY, false));
  toPad.addEventListener("click", () => effects.draw.backToPad());

  /** @param {State["draw"]["drawing"]} drawing */
  function drawStrokes(drawing) {
    drawnRatio = window.devicePixelRatio || 1;
    pad.width = pad.height = Math.round(SIDE * drawnRatio);
    const context = /** @type {CanvasRenderingContext2D} */ (pad.getContext("2d"));
    paint(context, pad.width, drawing, { paper: PAPER, ink: INK });
    undo.disabled = clear.disabled = drawing.length === 0;
  }

  /** @param {State["draw"]["reading"]} reading @param {boolean} isPhoto */
  function drawReading(reading, isPhoto) {
    if (isPhoto && reading) {
      const grey = reading.stages[0].picture;
      shade(photo, decode(grey), shapeOfArray(grey), 255, false);
    }
    const list = reading && (isPhoto || reading.boxes.length > 1) ? reading.boxes : [];
    frame(boxes, isPhoto ? photo : pad, list, reading?.chosen ?? -1);
  }

  return ({ draw: { drawing, upload, reading, isPhoto } }) => {
    const [before, beforeReading, wasPhoto] = drawn;
    if (drawing !== before || drawnRatio !== (window.devicePixelRatio || 1)) drawStrokes(drawing);
    toPad.hidden = upload === null;
    tools.hidden = upload !== null;
    pad.hidden = isPhoto;
    photo.hidden = !isPhoto;
    prompt.hidden = isPhoto || drawing.length > 0;
    say(hint, isPhoto ? CROPPING : DRAWING);
    if (reading !== beforeReading || isPhoto !== wasPhoto) drawReading(reading, isPhoto);
    drawn = [drawing, reading, isPhoto];
  };
}
