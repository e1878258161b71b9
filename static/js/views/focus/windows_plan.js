/** Where each part of a convolution's picture stands, by arithmetic: rows of input, kernel and products, and the map. Pure. */

/** @typedef {{ readonly rows: number, readonly columns: number }} Size of a map in cells */
/** @typedef {{ readonly x: number, readonly y: number, readonly cell: number, readonly width: number, readonly height: number }} Spot a map, without its caption, in pixels */
/**
 * @typedef {object} Plan
 * @property {number} count rows that fit
 * @property {readonly { readonly input: Spot, readonly patch: Spot | null, readonly kernel: Spot, readonly products: Spot | null, readonly sum: Spot | null }[]} rows
 * @property {Spot} out the map of the filter
 * @property {Spot} strip the filters of the layer
 * @property {Spot} shares of the examples, without height where there is no room
 * @property {Spot} line the sum in numbers
 */

/** The most pixels of a cell. */
const LARGE = 44;
/** The least width of a kernel, in pixels. */
const KERNEL = 84;
/** A caption, the gap between rows, a sign between two maps, the sum of a row, a line of text, the strip, the
 * number of a channel, and the shares of the examples. */
const [CAPTION, GAP, SIGN, SUM, LINE, STRIP, NUMBER, SHARES] = [40, 12, 28, 72, 36, 56, 22, 44];
/** High boxes narrower than this have the map below the rows, and lower ones leave out the filters. */
const NARROW = 480;
const LOW = 240;
const ONE_LINE = 20;
const MOST_ROWS = 4;
/** Between two kernels above each other: a caption of one line. */
const BETWEEN = 24;

/** The least side of an input's cell in pixels. @param {Size} input */
const leastCell = ({ rows }) => (rows <= 10 ? 14 : rows <= 40 ? 6 : 2);

/** @param {Size} size @param {number} width @param {number} height @param {number} [most] @returns {number} the side of the largest cells */
const cellFor = ({ rows, columns }, width, height, most = LARGE) =>
  Math.max(1, Math.min(most, Math.floor(width / columns), Math.floor(height / rows)));

/** @param {number} x @param {number} y @param {Size} size @param {number} cell @returns {Spot} */
const spot = (x, y, { rows, columns }, cell) => ({
  x,
  y,
  cell,
  width: columns * cell,
  height: rows * cell,
});

/**
 * @param {{ width: number, height: number }} box @param {{ input: Size, kernel: Size, out: Size, channels: number, hasPatch: boolean, hasSums: boolean }} sizes
 * and which grids stand beside the kernel
 * @returns {Plan}
 */
export function planOf(box, { input, kernel, out, channels, hasPatch, hasSums }) {
  const isNarrow = box.width < NARROW && box.height > box.width * 0.8;
  // A low box has captions of one line.
  const caption = box.height < LOW ? ONE_LINE : CAPTION;
  const strip = isNarrow || box.height < LOW ? 0 : STRIP;
  // The shares of the examples are left out where the maps would become too small.
  const shares = !hasSums && !isNarrow && box.height >= 300 ? SHARES : 0;
  const high = box.height - caption - LINE - shares - strip;
  const room = isNarrow ? Math.floor((high - caption) * 0.62) : high;
  const least = Math.max(KERNEL, input.rows * leastCell(input));
  const count = Math.max(1, Math.min(channels, MOST_ROWS, Math.floor((room + GAP) / (least + GAP))));
  const rowHigh = Math.floor((room - (count - 1) * GAP) / count);
  const isOne = channels === 1;
  const sum = isOne || !hasSums ? 0 : SUM;

  const outCell = isNarrow
    ? cellFor(out, box.width * 0.4, high - room - caption)
    : cellFor(out, box.width * (isOne && hasSums ? 0.42 : 0.32), high);
  const outWide = isNarrow ? 0 : out.columns * outCell + SIGN;
  // The input takes at most what a kernel beside it leaves.
  const inputCell = cellFor(
    input,
    Math.min(
      box.width * (isNarrow ? 0.6 : isOne ? 0.32 : 0.34),
      box.width - outWide - sum - KERNEL - SIGN - NUMBER,
    ),
    rowHigh,
  );
  const inputWide = input.columns * inputCell;
  const edge = isOne ? 0 : NUMBER;
  const left = box.width - edge - outWide - sum - inputWide;
  /** How many grids of the kernel's size stand side by side, and with which cells. */
  const wanted = [hasPatch && inputCell < 22 && !isNarrow, true, !isNarrow];
  const smallest = Math.max(KERNEL, kernel.columns * 12);
  const fits = (/** @type {number} */ grids) => left >= grids * (smallest + SIGN);
  let grids = wanted.filter(Boolean).length;
  const canStack = !hasSums && count === 1 && rowHigh >= 2 * KERNEL + BETWEEN;
  if (!fits(grids) && !canStack) wanted[2] = false;
  grids = wanted.filter(Boolean).length;
  if (!fits(grids) && !canStack) wanted[0] = false;
  grids = wanted.filter(Boolean).length;
  // On the way back both kernels of a single row stand above each other.
  const isStacked = canStack && wanted[2];
  if (isStacked) grids = 1;
  const kernelHigh = isStacked ? Math.floor((rowHigh - BETWEEN) / 2) : rowHigh;
  const kernelCell = cellFor(kernel, Math.floor(left / grids) - SIGN, kernelHigh, isOne ? LARGE : 36);

  const used = inputWide + grids * (SIGN + kernel.columns * kernelCell) + sum + outWide;
  const start = Math.max(edge, Math.floor((box.width - used) / 2));
  const rows = Array.from({ length: count }, (_, row) => {
    const top = caption + row * (rowHigh + GAP);
    /** @param {Size} size @param {number} cell */
    const middle = ({ rows: high }, cell) => top + Math.max(0, Math.floor((rowHigh - high * cell) / 2));
    let x = start;
    const at = spot(x, middle(input, inputCell), input, inputCell);
    x += inputWide;
    const [patch, weights, products] = wanted.map((isShown, place) => {
      if (!isShown) return null;
      if (isStacked && place > 0)
        return spot(start + inputWide + SIGN, top + (place - 1) * (kernelHigh + BETWEEN), kernel, kernelCell);
      x += SIGN;
      const made = spot(x, middle(kernel, kernelCell), kernel, kernelCell);
      x += made.width;
      return made;
    });
    const total = sum === 0 ? null : { x, y: top, cell: 0, width: SUM, height: rowHigh };
    return { input: at, patch, kernel: /** @type {Spot} */ (weights), products, sum: total };
  });
  const outX = isNarrow ? start : start + used - outWide + SIGN;
  const outY = isNarrow ? caption + room + caption : caption + Math.floor((high - out.rows * outCell) / 2);
  const map = spot(outX, outY, out, outCell);
  const bottom = box.height - LINE - strip;
  return {
    count,
    rows,
    out: map,
    shares: { x: 0, y: bottom - shares, cell: 0, width: box.width, height: shares },
    line: { x: 0, y: bottom, cell: 0, width: box.width, height: LINE },
    strip: isNarrow
      ? {
          x: map.x + map.width + GAP,
          y: map.y,
          cell: 0,
          width: box.width - map.x - map.width - GAP,
          height: bottom - map.y,
        }
      : { x: 0, y: box.height - strip, cell: 0, width: box.width, height: strip },
  };
}
