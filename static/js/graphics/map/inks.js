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

const forced = () => window.matchMedia?.("(forced-colors: active)").matches ?? false;

/** @type {Map<string, Inks>} */
const known = new Map();

/** @param {"light" | "dark"} theme @returns {Inks} */
export function inksOf(theme) {
  const key = `${theme} ${forced()}`;
  const found = known.get(key);
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
  if (document.documentElement.dataset.theme === theme) known.set(key, inks);
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

/** @type {Map<string, Map<string, number>>} */
const widths = new Map();

/**
 * @param {CanvasRenderingContext2D} context with its font set
 * @returns {(text: string) => number} the width of a text in device pixels: the sum of its characters
 */
export function measuring(context) {
  const ofFont = widths.get(context.font) ?? new Map();
  widths.set(context.font, ofFont);
  return (text) => {
    let width = 0;
    for (const character of text) {
      if (!ofFont.has(character)) ofFont.set(character, context.measureText(character).width);
      width += ofFont.get(character);
    }
    return width;
  };
}
