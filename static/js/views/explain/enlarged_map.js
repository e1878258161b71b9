/** The map of the open cell, with its numbers in its cells and its legend. Its neighbours are a click away. */

import { one, say } from "../../graphics/dom.js";
import { exact, indexOf, plural, times } from "../../graphics/format.js";
import { mapsOf } from "../../graphics/mosaic.js";
import { describe, outlinesOf, sharedLimit } from "../../graphics/tensors.js";
import { infoOf, sizeOf, tensorAt, unknownText } from "../../core/shown_tensors.js";
import { partOfCells } from "../../core/typed_arrays.js";
import { openValue } from "./answer.js";
import "../../graphics/heatmap.js";
import "../../graphics/legend.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../graphics/legend.js").ScaleLegend} ScaleLegend */
/** @typedef {import("../../graphics/heatmap.js").Picture} Picture */

/** The side of a cell, in heights of the type. */
const CELL = 3.4;
const SMALLEST_CELL = 2.5;
/** The width of the panel, in heights of the type. */
const PANEL = 26;
const VECTOR_COLUMNS = 8;

/**
 * The open map: the part of its tensor that holds the open cell.
 * @typedef {object} OpenMap
 * @property {TensorInfo} info
 * @property {number} cell the open one, in the tensor
 * @property {readonly number[]} shape of the map
 * @property {number} start the map's first cell in the tensor
 * @property {number} end the first cell after it
 * @property {number} maps how many the tensor has
 */

/** @param {State} state @returns {OpenMap | null} */
function openMap({ run, large }) {
  const info = run && large && infoOf(run, large.name);
  if (!info) return null;
  const { rows, columns, maps } = mapsOf(info.shape);
  const size = sizeOf(info) / maps;
  const start = Math.floor(large.cell / size) * size;
  const shape = info.shape.length === 1 ? info.shape : [rows, columns];
  return { info, cell: large.cell, shape, start, end: start + size, maps };
}

/** @param {readonly number[]} shape of a map @returns {number} the cells in a row */
const acrossOf = (shape) => (shape.length === 1 ? Math.min(VECTOR_COLUMNS, shape[0]) : shape[1]);

/** @param {readonly number[]} shape of a map @returns {number} pixels: room for a number, where the window is wide enough */
function cellSide(shape) {
  const type = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const room = Math.min(PANEL * type, window.innerWidth) - 48;
  return Math.round(Math.max(SMALLEST_CELL * type, Math.min(CELL * type, room / acrossOf(shape))));
}

/** @param {State} state @param {OpenMap} open @param {number} limit @returns {Picture} */
function pictureOf(state, { info, cell, shape, start, end }, limit) {
  const { values, done } = tensorAt(state, info.name);
  const doneHere =
    typeof done === "number"
      ? Math.max(0, done - start)
      : typeof done === "string"
        ? done
        : partOfCells(done, start, end);
  const outlines = outlinesOf(state, info.name).map(({ cells, style }) => ({
    style,
    cells: cells.filter((each) => each >= start && each < end).map((each) => each - start),
  }));
  return {
    shape,
    layout: { cell: cellSide(shape), across: 1, gap: 0, wrap: Math.min(VECTOR_COLUMNS, shape[0]) },
    cells: values && partOfCells(values.cells, start, end),
    done: doneHere,
    limit,
    signed: info.signed,
    outlines: [...outlines, { cells: [cell - start], style: "cursor" }],
    numbers: values?.isExact ?? false,
    theme: state.theme,
    label: `${describe(info)}, opened large`,
  };
}

/** Goes to other maps and other cells. @param {HeatMap} map @param {HTMLElement} root @param {App} app */
function listen(map, root, { store, effects }) {
  // The newest state can be ahead of the picture.
  const now = () => openMap(store.get());
  /** @param {1 | -1} direction */
  const turn = (direction) => {
    const open = now();
    if (!open) return;
    const [size, total] = [open.end - open.start, sizeOf(open.info)];
    effects.enlarge({ name: open.info.name, cell: (open.cell + direction * size + total) % total });
  };
  one(".previous", root).addEventListener("click", () => turn(-1));
  one(".next", root).addEventListener("click", () => turn(1));
  map.addEventListener("cell-hover", (event) => {
    const { cell, x, y } = /** @type {CustomEvent} */ (event).detail;
    const open = now();
    const hover = open && cell !== null ? { name: open.info.name, cell: open.start + cell, x, y } : null;
    store.dispatch({ type: "hover", hover });
  });
  map.addEventListener("cell-click", (event) => {
    const { cell } = /** @type {CustomEvent} */ (event).detail;
    const open = now();
    if (open && cell !== null) effects.enlarge({ name: open.info.name, cell: open.start + cell });
  });
  map.addEventListener("keydown", (event) => {
    const open = now();
    if (!open) return;
    const across = acrossOf(open.shape);
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const cell = open.cell + by;
    if (cell >= open.start && cell < open.end) effects.enlarge({ name: open.info.name, cell });
  });
}

/** The exact number of the open cell. @param {HTMLElement} readout @param {OpenMap} open @param {State} state */
function drawReadout(readout, { info, cell }, state) {
  const { values } = tensorAt(state, info.name);
  const value = openValue(state, info.name, cell);
  const odd = values?.nonfinite ? ` ${plural(values.nonfinite, "cell")} not finite.` : "";
  const text = value === null ? unknownText(state, info.name, cell) : exact(value, values?.cells);
  say(readout, `[${indexOf(cell, info.shape).join(", ")}] = ${text}${odd}`);
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountEnlargedMap(root, app) {
  const [title, counter] = [one("h3", root), one(".counter", root)];
  const readout = one(".readout", root);
  const legend = /** @type {ScaleLegend} */ (one("scale-legend", root));
  const turns = [one(".previous", root), one(".next", root)];
  const map = /** @type {HeatMap} */ (one(".frame heat-map", root));
  listen(map, root, app);

  return (state) => {
    const open = openMap(state);
    if (!open || !state.run || root.hidden) return;
    const { info, start, end, maps } = open;
    const limit = sharedLimit(state, info.name);
    say(title, `${info.name} ${times(info.shape)}: ${info.title}`);
    const index = indexOf(start, info.shape).slice(0, -2).join(", ");
    say(counter, maps > 1 ? `map [${index}], ${start / (end - start) + 1} of ${maps}` : "");
    for (const button of turns) button.hidden = maps < 2;
    legend.hidden = tensorAt(state, info.name).done === "none";
    legend.scale = { limit, signed: info.signed };
    map.picture = pictureOf(state, open, limit);
    drawReadout(readout, open, state);
  };
}
