/** Rows of numbers as curves. */

import { colourOf, cssOf, PALETTES } from "../colour.js";
import { cellCorner } from "../mosaic.js";
import { isComputed } from "./picture.js";

/**
 * Draws each row as a curve. The area between zero and the curve has the colours of its numbers.
 * @param {import("./marks.js").Sheet} sheet @param {import("./picture.js").Picture} picture
 */
export function drawCurves({ context, m, ratio, inks }, picture) {
  const { cells, limit, signed, theme } = picture;
  if (!cells) return;
  const inset = Math.ceil(ratio);
  const room = m.high - 2 * inset;
  const zero = inset + (signed ? room / 2 : room);
  context.strokeStyle = inks.ink;
  context.lineWidth = ratio;
  context.lineJoin = "round";
  for (let start = 0; start < cells.length; start += m.columns) {
    context.beginPath();
    for (let cell = start; cell < start + m.columns && isComputed(picture, cell); cell++) {
      const { x, y } = cellCorner(m, cell);
      const isFinite = Number.isFinite(cells[cell]);
      const part = limit > 0 && isFinite ? cells[cell] / limit : 0;
      const at = y + zero - Math.max(-1, Math.min(1, part)) * (signed ? room / 2 : room);
      // What is not finite is seen over the whole height.
      const [top, bottom] = isFinite ? [Math.min(at, y + zero), Math.max(at, y + zero)] : [y, y + m.high];
      context.fillStyle = cssOf(colourOf(cells[cell], limit, signed, PALETTES[theme]));
      context.fillRect(x, top, m.cell, bottom - top);
      context.lineTo(x + m.cell / 2, at);
    }
    context.stroke();
  }
}
