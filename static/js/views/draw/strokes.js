/** A drawing as strokes of a pen. Lengths are fractions of the pad's side, so that a drawing scales. All pure. */

/** @typedef {{ readonly width: number, readonly points: readonly (readonly [number, number])[] }} Stroke */
/** @typedef {readonly Stroke[]} Drawing */

/** @type {Drawing} */
export const EMPTY = [];

/** @param {Drawing} drawing @param {readonly [number, number]} point @param {number} width @returns {Drawing} */
export const begun = (drawing, point, width) => [...drawing, { width, points: [point] }];

/** Continues the last stroke to a point. @param {Drawing} drawing @param {readonly [number, number]} point @returns {Drawing} */
export function continued(drawing, point) {
  const last = drawing.at(-1);
  if (!last) return drawing;
  return [...drawing.slice(0, -1), { ...last, points: [...last.points, point] }];
}

/** Removes the last stroke. @param {Drawing} drawing @returns {Drawing} */
export const undone = (drawing) => drawing.slice(0, -1);

/**
 * Draws the strokes, smooth through the midpoints between their points. A single point is a dot.
 * @param {Pick<CanvasRenderingContext2D, "fillStyle" | "strokeStyle" | "lineWidth" | "lineCap" | "lineJoin" | "fillRect"
 *   | "beginPath" | "moveTo" | "lineTo" | "quadraticCurveTo" | "stroke">} context
 * @param {number} side pixels @param {Drawing} drawing @param {{ paper: string, ink: string }} colours
 */
export function paint(context, side, drawing, { paper, ink }) {
  context.fillStyle = paper;
  context.fillRect(0, 0, side, side);
  context.strokeStyle = ink;
  context.lineCap = context.lineJoin = "round";
  for (const { width, points } of drawing) {
    const at = points.map(([x, y]) => [x * side, y * side]);
    context.lineWidth = width * side;
    context.beginPath();
    context.moveTo(at[0][0], at[0][1]);
    for (let i = 1; i < at.length - 1; i++) {
      const [[x, y], [nextX, nextY]] = [at[i], at[i + 1]];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    const [endX, endY] = at[at.length - 1];
    // A canvas draws no line of length zero.
    context.lineTo(points.length === 1 ? endX + 0.01 : endX, endY);
    context.stroke();
  }
}
