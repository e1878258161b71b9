/** A decoded window view, and all texts about it. All pure. */

import { decode, shapeOfArray } from "../core/typed_arrays.js";
import { indexOf, plural, short } from "./format.js";
import { decimalSum } from "./decimal_sum.js";

/** @typedef {import("../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../wire.js").Sliding} Sliding */
/** @typedef {import("../wire.js").Patch} Patch */
/** @typedef {import("../wire.js").TypedArray} TypedArray */
/** @typedef {"left" | "right" | "products" | "spread" | "map"} Grid what a grid of numbers shows */
/** @typedef {{ grid: Grid, row: number }} Spot which grid, in which row: `WHOLE` and `OTHERS` are maps of no row */
/** @typedef {{ name: string, cell: number, example: number | null }} Place a cell of a tensor */

/** Row numbers that stand for the map of the sum, and for the map of all rows that are not listed. */
export const WHOLE = -1;
export const OTHERS = -2;

/** @param {TypedArray} array @returns {{ cells: Numbers, shape: readonly number[] }} */
const gridOf = (array) => ({ cells: decode(array), shape: shapeOfArray(array) });

/** The grid of a patch. Cells with a negative number are zeros of the padding: `blank`. @param {Patch} patch */
function patchOf({ cells, values, symbol, name, example }) {
  const { cells: numbers, shape } = gridOf(cells);
  const blank = [...numbers.keys()].filter((spot) => numbers[spot] < 0);
  return { symbol, name, example, cells: numbers, blank, values: decode(values), shape };
}

/** @param {Sliding["rows"][number]} row */
function rowOf(row) {
  const [left, right] = [patchOf(row.left), patchOf(row.right)];
  return {
    number: row.number,
    value: row.value,
    left,
    right,
    products: { values: decode(row.products), blank: [...new Set([...left.blank, ...right.blank])] },
    computed: decode(row.computed),
    spread: row.spread && patchOf(row.spread),
    map: { ...gridOf(row.map), computed: decode(row.map_computed) },
  };
}

/** @param {Sliding} view */
export const windowsOf = (view) => ({
  view,
  rows: view.rows.map(rowOf),
  whole: { ...gridOf(view.map), computed: decode(view.map_computed) },
  others: { ...gridOf(view.rest_map), computed: decode(view.rest_computed) },
});

/** @typedef {ReturnType<typeof windowsOf>} Windows */
/** @typedef {Windows["rows"][number]} Row */

/** True where no window lies over the cell. @param {Windows} windows */
export const isEmpty = ({ rows }) => rows.length === 0 || rows[0].left.cells.length === 0;

/** Examples are counted from 1, channels and filters from 0 as in the code. @param {Sliding} view @param {number} number */
export const rowTitle = ({ each }, number) => `${each} ${each === "example" ? number + 1 : number}`;

/** @param {string} name @param {readonly number[]} index */
export const cellText = (name, index) => `${name}[${index.join(",")}]`;

/** The titles over the grids of a row, the one of its sum last. @param {Windows} windows @returns {string[]} */
export function headsOf({ view: { kind, way }, rows: [{ left, right }] }) {
  if (kind === "out") return [`input ${left.symbol}`, `kernel ${right.symbol}`, "products", "sum"];
  if (kind === "dw") return ["upstream dout", `input ${right.symbol}`, "products", "sum"];
  if (way === "stamps") return ["upstream dout", "its weight here", "products", "sum"];
  return ["dout, padded", "under it", `turned ${right.symbol}`, "products", "sum"];
}

/** Windows with the same structure are drawn into the same elements. @param {Windows} windows @returns {string} */
export const structureOf = ({ view, rows, others }) =>
  JSON.stringify([
    view.kind,
    view.way,
    view.count,
    rows.map(({ left, spread }) => [left.shape, spread?.shape]),
    others.shape,
  ]);

/** @param {Windows} windows @param {number} row @returns {Row["map"]} */
export const mapIn = ({ rows, whole, others }, row) =>
  row === WHOLE ? whole : row === OTHERS ? others : rows[row].map;

/** The cell that a cell of a grid shows. @param {Windows} windows @param {Spot} spot @param {number} at @returns {Place | null} */
export function placeOf({ view, rows }, { grid, row }, at) {
  if (grid === "map") return { name: view.name, cell: view.start + at, example: view.example };
  const patch = grid === "products" ? null : rows[row][grid];
  if (!patch || patch.cells[at] < 0) return null;
  return { name: patch.name, cell: patch.cells[at], example: patch.example };
}

/** @param {Spot} spot @returns {boolean} whether its cells are the factors or the result of a product */
export const isOfProduct = ({ grid }) => ["left", "right", "products"].includes(grid);

/** Both factors of a product. @param {Windows} windows @param {number} row @param {number} at @returns {Place[]} */
export const factorsOf = (windows, row, at) =>
  /** @type {const} */ (["left", "right"])
    .map((grid) => placeOf(windows, { grid, row }, at))
    .filter((place) => place !== null);

/** @param {Windows} windows @param {number} row @param {number} at @param {(place: Place) => string} textOf names a cell */
function productText(windows, row, at, textOf) {
  const { left, right, products, computed } = windows.rows[row];
  const [a, b] = [left, right].map(({ name, cells, values, example }) =>
    cells[at] < 0
      ? "a zero of the padding"
      : `${textOf({ name, cell: cells[at], example })} ${short(values[at])}`,
  );
  const gate = windows.view.gate === null ? "" : ` × gate ${windows.view.gate}`;
  return `${a} × ${b}${gate} = ${computed[at] ? short(products.values[at]) : "not computed yet"}`;
}

/** @param {Windows} windows @param {number} row @param {number} at @param {(place: Place) => string} textOf */
function mapText(windows, row, at, textOf) {
  const { view, rows } = windows;
  const adds =
    row === WHOLE ? "" : row === OTHERS ? "the others add " : `${rowTitle(view, rows[row].number)} adds `;
  const { cells, computed } = mapIn(windows, row);
  const place = { name: view.name, cell: view.start + at, example: view.example };
  return `${textOf(place)}: ${adds}${computed[at] ? short(cells[at]) : "nothing yet"}`;
}

/**
 * A cell of a grid in words.
 * @param {Windows} windows @param {Spot} spot @param {number} at @param {(place: Place) => string} textOf names a cell
 */
export function spotText(windows, spot, at, textOf) {
  if (isOfProduct(spot)) return productText(windows, spot.row, at, textOf);
  if (spot.grid === "map") return mapText(windows, spot.row, at, textOf);
  const place = placeOf(windows, spot, at);
  const value = windows.rows[spot.row].spread?.values[at] ?? 0;
  return place ? `${textOf(place)} ${short(value)}` : "a zero between or around";
}

/** The newest product of an incomplete gradient, -1 for none. @param {Sliding} view @param {Row} row */
export const newestOf = ({ kind, done }, { left }) =>
  kind === "out" || done === null ? -1 : left.cells.indexOf(done - 1);

/** The cells of the spread gradient under the flipped kernel. @param {Sliding} view @param {Row} row @returns {number[]} */
export function underKernel({ corner, dilation }, { left, spread }) {
  if (!spread || !corner) return [];
  const [top, start] = corner;
  return Array.from({ length: left.shape[0] * left.shape[1] }, (_, spot) => {
    const [row, column] = indexOf(spot, left.shape);
    return (top + row * dilation[0]) * spread.shape[1] + start + column * dilation[1];
  });
}

/** Which cells of the spread gradient have been passed back. @param {Sliding} view @param {NonNullable<Row["spread"]>} spread */
export const spreadDone = ({ done }, { cells }) =>
  done === null ? /** @type {const} */ ("all") : Uint8Array.from(cells, (cell) => (cell < done ? 1 : 0));

/** @param {number | null} value */
const text = (value) => (value === null ? "not finite" : short(value));

/**
 * The sums of the rows, and the lines under them, printed so that they add up to the last line.
 * @param {Windows} windows
 * @returns {{ values: string[], lines: { label: string, number: string, isBias: boolean }[] }}
 */
export function sumsOf(windows) {
  const { view, rows, others } = windows;
  const { bias, count, total, value, name, index, done, each } = view;
  const terms = [...rows, ...(bias ? [bias] : [])].map((term) => ({ factors: [], value: term.value }));
  const sum = decimalSum({ terms, count: count + (bias ? 1 : 0), total, value, function: "sum" });
  /** @param {number | null} number @param {number} at */
  const printed = (number, at) => sum?.lines[at].text ?? text(number);
  const values = rows.map(({ computed, value: own }, at) =>
    done !== null && !computed.includes(1) ? "not yet" : printed(own, at),
  );
  const lines = [];
  const more = count - rows.length;
  const rest = sum?.rest ?? text(view.rest);
  const isBegun = done === null || others.computed.includes(1);
  if (more > 0 && !isEmpty(windows))
    lines.push({
      label: `and ${plural(more, each)} more`,
      number: isBegun ? rest : "not yet",
      isBias: false,
    });
  // The rounding error of the printed digits has a line of its own where no other line includes it.
  const isLeftOver = sum !== null && /[1-9]/.test(sum.rest ?? "");
  if (isLeftOver && (more === 0 || !isBegun)) lines.push({ label: "rounding", number: rest, isBias: false });
  if (bias?.name != null && bias.cell !== null)
    lines.push({
      label: cellText(bias.name, bias.index),
      number: printed(bias.value, rows.length),
      isBias: true,
    });
  lines.push({ label: `= ${cellText(name, index)}`, number: sum?.total ?? text(value), isBias: false });
  return { values, lines };
}
