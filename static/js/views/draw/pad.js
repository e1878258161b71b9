/** The pad: a sheet to draw on with mouse, finger or pen, or a picture of one's own, on which a digit is cropped. */

import { element, one, say } from "../../graphics/dom.js";
import { INK, PAPER, shade } from "../../graphics/greyscale.js";
import { begun, continued, EMPTY, paint, undone } from "./strokes.js";

/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {readonly [number, number, number, number]} Box left, top, right, bottom in parts of the picture */

const SIDE = 280;
/** The pen's width, as parts of the pad's side, from thin to thick. */
const PENS = [0.03, 0.045, 0.065, 0.085, 0.11];
/** A drag shorter than this part of the picture is a click, and crops nothing. */
const LEAST = 0.03;
const DRAWING = "Mouse, finger or pen; or drop or paste a picture.";

/**
 * @param {HTMLElement} root
 * @param {{ drawn: () => void, cropped: (box: Box) => void }} on
 */
export function mountPad(root, on) {
  const sheet = one(".sheet", root);
  const pad = /** @type {HTMLCanvasElement} */ (one("canvas.pad", root));
  const photo = /** @type {HTMLCanvasElement} */ (one("canvas.photo", root));
  const boxes = one(".boxes", root);
  const prompt = one(".prompt", root);
  const hint = one(".hint", root);
  const pen = /** @type {HTMLInputElement} */ (one("input.pen", root));
  const undo = /** @type {HTMLButtonElement} */ (one(".undo", root));
  const clear = /** @type {HTMLButtonElement} */ (one(".clear", root));
  const context = /** @type {CanvasRenderingContext2D} */ (pad.getContext("2d"));
  let drawing = EMPTY;
  /** Where a crop began. @type {[number, number] | null} */
  let corner = null;
  let isPhoto = false;
  let isDown = false;
  pen.max = String(PENS.length - 1);

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    pad.width = pad.height = Math.round(SIDE * ratio);
    paint(context, pad.width, drawing, { paper: PAPER, ink: INK });
    undo.disabled = clear.disabled = drawing.length === 0;
    prompt.hidden = isPhoto || drawing.length > 0;
  }

  /** @param {typeof drawing} next */
  function change(next) {
    drawing = next;
    draw();
    on.drawn();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  function place(event) {
    const box = (isPhoto ? photo : pad).getBoundingClientRect();
    /** @param {number} part */
    const inside = (part) => Math.max(0, Math.min(1, part));
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  }

  sheet.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    isDown = true;
    if (isPhoto) corner = place(event);
    else change(begun(drawing, place(event), PENS[Number(pen.value)]));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!sheet.hasPointerCapture(event.pointerId)) return;
    if (isPhoto) return outline([between(corner ?? place(event), place(event))], -1);
    for (const each of event.getCoalescedEvents?.() ?? [event]) drawing = continued(drawing, place(each));
    change(drawing);
  });
  sheet.addEventListener("lostpointercapture", () => {
    isDown = false;
    if (!isPhoto) on.drawn();
  });
  sheet.addEventListener("pointerup", (event) => {
    if (!corner) return;
    const box = between(corner, place(event));
    corner = null;
    if (box[2] - box[0] >= LEAST && box[3] - box[1] >= LEAST) on.cropped(box);
  });
  sheet.addEventListener("pointercancel", () => (corner = null));
  undo.addEventListener("click", () => change(undone(drawing)));
  clear.addEventListener("click", () => change(EMPTY));

  /** @param {readonly [number, number]} a @param {readonly [number, number]} b @returns {Box} */
  function between([ax, ay], [bx, by]) {
    return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
  }

  /** Frames on the sheet. @param {readonly Box[]} list @param {number} chosen the number of the one that is meant */
  function outline(list, chosen) {
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = isPhoto ? photo : pad;
    boxes.replaceChildren(
      ...list.map(([left, top, right, bottom], number) => {
        const frame = element("i", number === chosen ? "chosen" : "");
        frame.style.left = `${offsetLeft + left * offsetWidth}px`;
        frame.style.top = `${offsetTop + top * offsetHeight}px`;
        frame.style.width = `${(right - left) * offsetWidth}px`;
        frame.style.height = `${(bottom - top) * offsetHeight}px`;
        return frame;
      }),
    );
  }

  draw();
  say(hint, DRAWING);
  return {
    outline,
    isEmpty: () => drawing.length === 0,
    /** Whether a stroke is being drawn: what it will be is not known yet. */
    isDown: () => isDown && !isPhoto,
    /** The drawing as a picture file. @returns {Promise<Blob>} */
    async file() {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SIDE;
      paint(/** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), SIDE, drawing, {
        paper: "#fff",
        ink: "#000",
      });
      return new Promise((resolve) =>
        canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob)), "image/png"),
      );
    },
    /** Shows a picture instead of the pad, or (null) the pad again. @param {{ cells: Numbers, shape: readonly number[] } | null} grey */
    show(grey) {
      isPhoto = grey !== null;
      pad.hidden = isPhoto;
      photo.hidden = !isPhoto;
      prompt.hidden = isPhoto || drawing.length > 0;
      say(hint, isPhoto ? "Drag over it to crop a digit by hand." : DRAWING);
      if (grey) shade(photo, grey.cells, grey.shape, 255, false);
    },
  };
}
