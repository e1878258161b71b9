/** The colours of numbers: zero is neutral, negative numbers are blue, positive numbers are orange. */

/** @typedef {"light" | "dark"} Theme */
/** @typedef {{ signed: Uint32Array, positive: Uint32Array }} Palette */

/** The colours of a scale are numbered from 0 to this. Zero of a signed scale is in the middle. */
const STEPS = 512;

/** The ends of the colour scales. The style sheet gets them from here. */
export const ENDS = {
  light: { zero: "#eceae6", negative: "#0b4fa8", positive: "#b84700" },
  dark: { zero: "#2a2c31", negative: "#6db4ff", positive: "#ff9b42" },
};

/** @param {number} c a channel of sRGB, 0 to 1 @returns {number} linear light */
const light = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

/** @param {string} hex @returns {number[]} linear light, red green blue */
const linear = (hex) => [1, 3, 5].map((at) => light(parseInt(hex.slice(at, at + 2), 16) / 255));

/** Converts to OKLab (Ottosson 2020), where equal distances look equal. @param {string} hex */
function lab(hex) {
  const [r, g, b] = linear(hex);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {number[]} colour in OKLab @returns {number} a pixel: alpha, blue, green, red, from the high to the low byte */
function pixel([L, A, B]) {
  const l = (L + 0.3963377774 * A + 0.2158037573 * B) ** 3;
  const m = (L - 0.1055613458 * A - 0.0638541728 * B) ** 3;
  const s = (L - 0.0894841775 * A - 1.291485548 * B) ** 3;
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((c) => {
    const v = c <= 0.0031308 ? 12.92 * c : 1.055 * Math.max(c, 0) ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, Math.max(0, v)));
  });
  return ((255 << 24) | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0]) >>> 0;
}

/** The pixels between two colours. @param {string} from @param {string} to @param {number} steps */
function ramp(from, to, steps) {
  const [a, b] = [lab(from), lab(to)];
  return Uint32Array.from({ length: steps }, (_, i) =>
    pixel(a.map((start, axis) => start + ((b[axis] - start) * i) / (steps - 1))),
  );
}

/** @param {Theme} theme @returns {Palette} */
function palette(theme) {
  const { zero, negative, positive } = ENDS[theme];
  const half = STEPS / 2;
  const below = ramp(zero, negative, half + 1);
  const above = ramp(zero, positive, half + 1);
  const signed = Uint32Array.from({ length: STEPS + 1 }, (_, i) =>
    i < half ? below[half - i] : above[i - half],
  );
  return { signed, positive: ramp(zero, positive, STEPS + 1) };
}

/** @type {Record<Theme, Palette>} */
export const PALETTES = { light: palette("light"), dark: palette("dark") };

/** A cell that is NaN or infinite: red, which is on neither scale. */
const NONFINITE = 0xff2020d0;

/**
 * @param {number} value @param {number} limit the size of a number that gets the strongest colour, at least 0
 * @param {boolean} signed @param {Palette} colours @returns {number} a pixel
 */
export function colourOf(value, limit, signed, colours) {
  const pixels = new Uint32Array(1);
  colourCells(pixels, 0, [value], 0, 1, scaleOf(limit, signed, colours));
  return pixels[0];
}

/** @typedef {{ table: Uint32Array, factor: number, zero: number }} Scale number × factor + zero is a place in the table */

/** @param {number} limit @param {boolean} signed @param {Palette} colours @returns {Scale} */
export function scaleOf(limit, signed, colours) {
  const zero = signed ? STEPS / 2 : 0;
  const factor = limit > 0 ? Math.min((STEPS - zero) / limit, Number.MAX_VALUE) : 0;
  return { table: signed ? colours.signed : colours.positive, factor, zero };
}

/**
 * Writes the colours of consecutive cells.
 * @param {Uint32Array} pixels @param {number} at the first pixel
 * @param {ArrayLike<number>} cells @param {number} from the first cell @param {number} count
 * @param {Scale} scale
 */
export function colourCells(pixels, at, cells, from, count, { table, factor, zero }) {
  const half = zero + 0.5;
  for (let i = 0; i < count; i++) {
    const value = cells[from + i];
    const place = value * factor + half;
    // The difference of a number to itself is NaN where the number is not finite.
    pixels[at + i] =
      value - value !== 0 ? NONFINITE : table[place <= 0 ? 0 : place >= STEPS ? STEPS : place | 0];
  }
}

/**
 * The pixel of a red, a green and a blue number.
 * @param {number} red @param {number} green @param {number} blue
 * @param {readonly [number, number]} ends the numbers for dark and for bright
 */
export function mixed(red, green, blue, [dark, bright]) {
  if (![red, green, blue].every(Number.isFinite)) return NONFINITE;
  const [r, g, b] = [red, green, blue].map((value) =>
    Math.round(255 * Math.max(0, Math.min(1, (value - dark) / (bright - dark)))),
  );
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** @param {number} colour a pixel @returns {string} the colour in CSS */
export const cssOf = (colour) => `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;

/** The colours of numbers and marks in a cell. One of the two has a contrast of 4.5 or more with any colour. */
export const INKS = { dark: "#040405", light: "#ffffff" };

/** @param {number[]} rgb linear light @returns {number} relative luminance (WCAG 2.2) */
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** @param {string} hex @param {number} colour a pixel @returns {number} their contrast, 1 to 21 (WCAG 2.2) */
export function contrast(hex, colour) {
  const rgb = [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255].map((c) => light(c / 255));
  const [a, b] = [luminance(linear(hex)), luminance(rgb)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** @type {Map<number, string>} */
const inks = new Map();

/** @param {number} colour a pixel @returns {string} the ink that reads best on it */
export function inkOn(colour) {
  const found = inks.get(colour);
  if (found) return found;
  const ink = contrast(INKS.dark, colour) >= contrast(INKS.light, colour) ? INKS.dark : INKS.light;
  inks.set(colour, ink);
  return ink;
}

/** @param {{ minimum: number | null, maximum: number | null }[]} tensors @returns {number} the size of their largest number */
export function limitOf(tensors) {
  const sizes = tensors.flatMap(({ minimum, maximum }) => [Math.abs(minimum ?? 0), Math.abs(maximum ?? 0)]);
  return Math.max(0, ...sizes);
}
