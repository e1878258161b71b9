/** A drawing as a picture file, black on white. */

import { paint } from "./strokes.js";

const SIDE = 280;

/** @param {import("./strokes.js").Drawing} drawing @returns {Promise<Blob>} a PNG */
export function fileOf(drawing) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  paint(context, SIDE, drawing, { paper: "#fff", ink: "#000" });
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob)), "image/png"));
}
