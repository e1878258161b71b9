/** The colours and the type of the marks on maps, read from the style sheet once for each theme. */

/**
 * @typedef {object} Inks
 * @property {string} hatchPaper
 * @property {string} hatchLine
 * @property {string} raised
 * @property {string} quiet
 * @property {string} ink
 * @property {string} grid the lines between cells
 * @property {string} family of the type
 */

/** @type {Map<string, Inks>} */
const known = new Map();

/** Forgets the colours, because those of the system have changed. */
export const forgetInks = () => known.clear();

/** @param {"light" | "dark"} theme @returns {Inks} */
export function inksOf(theme) {
  const found = known.get(theme);
  if (found) return found;
  const style = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const read = (name) => style.getPropertyValue(name).trim();
  const inks = {
    hatchPaper: read("--hatch-paper"),
    hatchLine: read("--hatch-line"),
    raised: read("--raised"),
    quiet: read("--quiet"),
    ink: read("--ink"),
    grid: read("--grid"),
    family: style.fontFamily,
  };
  // A theme that the page does not have yet, as in a test, is not remembered.
  if (document.documentElement.dataset.theme === theme) known.set(theme, inks);
  return inks;
}

/** @type {Map<string, CanvasPattern | null>} */
const patterns = new Map();

/**
 * The pattern of cells that are not computed.
 * @param {CanvasRenderingContext2D} context @param {Inks} inks @param {number} ratio device pixels per CSS pixel
 * @returns {CanvasPattern | string}
 */
export function hatching(context, { hatchPaper, hatchLine }, ratio) {
  const key = `${hatchPaper} ${hatchLine} ${ratio}`;
  const found = patterns.get(key);
  if (found) return found;
  const side = Math.round(6 * ratio);
  const tile = new OffscreenCanvas(side, side);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (tile.getContext("2d"));
  pen.fillStyle = hatchPaper;
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = hatchLine;
  pen.lineWidth = ratio;
  pen.beginPath();
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift, side);
    pen.lineTo(shift + side, 0);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  patterns.set(key, pattern);
  return pattern ?? hatchPaper;
}

/** @typedef {{ advance: number, left: number, right: number }} Glyph its width with and without the room on its sides */

/** @type {Map<string, Map<string, Glyph>>} */
const fonts = new Map();

/**
 * @param {CanvasRenderingContext2D} context with its font set
 * @returns {(text: string) => number} the width of the ink of a text in device pixels, from its characters
 */
export function measuring(context) {
  const key = `${context.font} ${context.letterSpacing}`;
  /** @type {Map<string, Glyph>} */
  const glyphs = fonts.get(key) ?? new Map();
  fonts.set(key, glyphs);
  /** @param {string} character @returns {Glyph} */
  const glyphOf = (character) => {
    const found = glyphs.get(character);
    if (found) return found;
    const { width, actualBoundingBoxLeft, actualBoundingBoxRight } = context.measureText(character);
    const glyph = { advance: width, left: actualBoundingBoxLeft, right: actualBoundingBoxRight };
    glyphs.set(character, glyph);
    return glyph;
  };
  return (text) => {
    const each = [...text].map(glyphOf);
    const [first, last] = [each[0], each[each.length - 1]];
    return each.reduce((sum, { advance }) => sum + advance, first.left + last.right - last.advance);
  };
}
