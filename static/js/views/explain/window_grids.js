/** The grids of the windows as elements: a row each for patch, kernel, products and sum, and the maps before the sum. */

import { element, one, say } from "../../graphics/dom.js";
import { short } from "../../graphics/format.js";
import { heldLimit, sharedLimit } from "../../graphics/tensors.js";
import { infoOf } from "../../core/shown_tensors.js";
import {
  headsOf,
  isEmpty,
  mapIn,
  newestOf,
  OTHERS,
  rowTitle,
  spreadDone,
  underKernel,
  WHOLE,
} from "../../graphics/window_data.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../graphics/heatmap.js").Outline} Outline */
/** @typedef {import("../../graphics/window_data.js").Windows} Windows */
/** @typedef {import("../../graphics/window_data.js").Row} Row */
/** @typedef {import("../../graphics/window_data.js").Grid} Grid */
/** @typedef {import("../../graphics/window_data.js").Spot} Spot */

/** The side of a cell where there is room, in heights of the type. */
const SIDE = 2.4;
/** The widths of a row, of the signs between its grids, and of its sum, in heights of the type. */
const ROOM = 24.5;
const BETWEEN = 4;
const SUM = 8.5;
/** The side of a cell that holds a number, and of the smallest cell, in pixels. */
const READABLE = 24;
const SMALLEST = 5;
/** Grids with more columns than this omit the numbers where there is no room. */
const MOST_COLUMNS = 5;
/** The sides of a map before the sum and of the spread gradient, in pixels. */
const MAP = 56;
const SPREAD = 72;
/** The label for screen readers lists the numbers of grids with at most this many cells. */
const SPOKEN = 36;

/** @param {Grid} grid @param {number} row @returns {HeatMap} */
function gridElement(grid, row) {
  const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
  map.dataset.part = grid;
  map.dataset.row = String(row);
  return map;
}

/** @param {HTMLElement} map one of the grids @returns {Spot} */
export const spotOf = ({ dataset }) => ({
  grid: /** @type {Grid} */ (dataset.part),
  row: Number(dataset.row),
});

/** @param {Numbers} values @param {string} what */
const spoken = (values, what) =>
  values.length <= SPOKEN ? `${what}: ${[...values].map((value) => short(value, 6)).join(", ")}` : what;

/** The titles over the grids. On a phone each title stays with its column. @param {readonly string[]} heads */
function headElements(heads) {
  const around = heads.length > 4 ? "around" : "";
  return heads.flatMap((head, at) => {
    const beside = at === heads.length - 1 ? "beside" : "";
    const name = element("span", `head quiet ${at === 0 ? around : beside}`, head);
    return at ? [element("span", at === 1 ? around : beside), name] : [name];
  });
}

/** @param {HTMLElement} table @param {Windows} windows */
export function buildRows(table, windows) {
  const { view, rows } = windows;
  const isBlank = isEmpty(windows);
  table.className = `rows${view.way === "correlation" ? " spread" : ""}`;
  table.replaceChildren(
    ...(isBlank ? [] : headElements(headsOf(windows))),
    ...(isBlank ? [] : rows).flatMap(({ spread }, row) => [
      ...(spread ? [gridElement("spread", row), element("span", "sign around", "▸")] : []),
      gridElement("left", row),
      element("span", "sign", "×"),
      gridElement("right", row),
      element("span", "sign", "="),
      gridElement("products", row),
      element("span", "sign beside", "Σ"),
      element("span", "total", element("span", "quiet"), element("output", "number value")),
    ]),
    element("div", "sums"),
  );
}

/**
 * Where a row has no room for everything side by side, its sum stands below and its spread gradient above.
 * @param {readonly number[]} shape of a row's grids @param {boolean} isSpread
 * @returns {{ cell: number, isStacked: boolean }} the side of a cell in pixels
 */
function rowLayout([, columns], isSpread) {
  const type = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const room = Math.min(ROOM * type, window.innerWidth - 48) - BETWEEN * type;
  const beside = SUM * type + (isSpread ? SPREAD + 14 : 0);
  const smallest = columns <= MOST_COLUMNS ? READABLE : SMALLEST;
  const wished = Math.round(SIDE * type);
  const isStacked = window.innerWidth <= 700 || room - beside < 3 * columns * wished;
  const cell = Math.floor((isStacked ? room : room - beside) / (3 * Math.max(1, columns)));
  return { cell: Math.max(smallest, Math.min(wished, cell)), isStacked };
}

/** The colours that a tensor has on the stage. @param {State} state @param {string} name */
function coloursOf(state, name) {
  const { run } = state;
  const limit = sharedLimit(state, name);
  return { limit, signed: (run && infoOf(run, name)?.signed) ?? true };
}

/**
 * @param {HTMLElement} table @param {State} state @param {Windows} windows
 * @param {{ row: number, at: number } | null} pointed the product that is pointed at
 */
export function drawRows(table, state, { view, rows }, pointed) {
  /** @param {Grid} grid @param {number} row @returns {HeatMap | null} */
  const find = (grid, row) => table.querySelector(`heat-map[data-part="${grid}"][data-row="${row}"]`);
  rows.forEach((data, row) => {
    const { left, right, products, computed, spread } = data;
    const { cell, isStacked } = rowLayout(left.shape, spread !== null);
    table.classList.toggle("stacked", isStacked);
    const title = rowTitle(view, data.number);
    const newest = newestOf(view, data);
    /** @type {Outline[]} */
    const outlines = [];
    if (newest >= 0) outlines.push({ cells: [newest], style: "writes" });
    if (pointed?.row === row) outlines.push({ cells: [pointed.at], style: "lit" });
    const layout = { cell, across: 1, gap: 0 };
    const look = { shape: left.shape, layout, outlines, numbers: cell >= READABLE, theme: state.theme };
    for (const [map, patch] of /** @type {const} */ ([
      [find("left", row), left],
      [find("right", row), right],
    ])) {
      const label = spoken(patch.values, `${patch.symbol} of ${title}`);
      const colours = coloursOf(state, patch.name);
      if (map)
        map.picture = { ...look, ...colours, cells: patch.values, done: "all", blank: patch.blank, label };
    }
    const map = find("products", row);
    if (!map) return;
    map.picture = {
      ...look,
      limit: heldLimit(state, view.name) ?? view.limit,
      signed: true,
      cells: products.values,
      done: computed,
      blank: products.blank.filter((spot) => computed[spot]),
      label: spoken(products.values, `products of ${title}`),
    };
    const around = find("spread", row);
    if (around && spread && view.corner) drawSpread(around, state, view, data, spread);
    say(one(".quiet", /** @type {HTMLElement} */ (map.nextElementSibling?.nextElementSibling)), title);
  });
}

/**
 * @param {HeatMap} map @param {State} state @param {Windows["view"]} view @param {Row} row
 * @param {NonNullable<Row["spread"]>} spread
 */
function drawSpread(map, state, view, row, spread) {
  map.picture = {
    shape: spread.shape,
    layout: { cell: Math.max(2, Math.floor(SPREAD / Math.max(...spread.shape))), across: 1, gap: 0 },
    ...coloursOf(state, spread.name),
    cells: spread.values,
    done: spreadDone(view, spread),
    blank: spread.blank,
    outlines: [{ cells: underKernel(view, row), style: "cursor" }],
    numbers: false,
    theme: state.theme,
    label: `the upstream gradient of ${rowTitle(view, row.number)}, spread out`,
  };
}

/** @param {HTMLElement} maps @param {Windows} windows */
export function buildMaps(maps, { view, rows }) {
  const shown = [...rows.keys(), ...(view.count > rows.length ? [OTHERS] : []), WHOLE];
  const pairs = shown.map((row, at) => {
    const figure = element("figure", "", gridElement("map", row), element("figcaption", "quiet"));
    if (at === 0) return figure;
    const isLast = row === WHOLE;
    const bias = isLast && view.bias ? [element("span", "sign", "+"), element("span", "bias number")] : [];
    return element("span", "pair", ...bias, element("span", "sign", isLast ? "=" : "+"), figure);
  });
  maps.replaceChildren(...pairs);
}

/** @param {HTMLElement} maps @param {State} state @param {Windows} windows */
export function drawMaps(maps, state, windows) {
  const { view, rows, whole } = windows;
  const cell = Math.max(2, Math.min(14, Math.floor(MAP / Math.max(...whole.shape))));
  for (const map of /** @type {NodeListOf<HeatMap>} */ (maps.querySelectorAll("heat-map"))) {
    const { row } = spotOf(map);
    const { cells, computed, shape } = mapIn(windows, row);
    const title =
      row === WHOLE
        ? "the map"
        : row === OTHERS
          ? `${view.count - rows.length} more`
          : rowTitle(view, rows[row].number);
    map.picture = {
      shape,
      layout: { cell, across: 1, gap: 0 },
      cells,
      done: computed,
      limit: heldLimit(state, view.name) ?? view.map_limit,
      signed: true,
      outlines: [{ cells: [view.cell - view.start], style: "cursor" }],
      numbers: false,
      theme: state.theme,
      label: row >= 0 ? `what ${title} adds to the map` : title,
    };
    say(/** @type {HTMLElement} */ (map.nextElementSibling), title);
  }
  const bias = maps.querySelector(".bias");
  if (bias && view.bias) say(bias, `b ${view.bias.value === null ? "" : short(view.bias.value)}`);
}
