/** The current cell of the layer in focus: the one that its picture speaks of. All pure. */

import { focusedLayer, phaseOf } from "./focus.js";
import { exampleOf } from "./state.js";
import { infoOf, mapAt, sizeOf, tensorAt, weightsOf } from "./shown_tensors.js";
import { stepAt } from "./timeline.js";
import { readerOf, windowCells } from "./windows.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../wire.js").TensorInfo} TensorInfo */
/** @typedef {{ readonly name: string, readonly cell: number }} Place */
/** @typedef {Readonly<Record<string, (cell: number) => number>>} Ways how cells of tensors lead to a cell of another one */

/** @param {number} cell */
const same = (cell) => cell;

/** Cells that correspond one to one. @param {readonly string[]} names @returns {Ways} */
export const alike = (names) => Object.fromEntries(names.map((name) => [name, same]));

/**
 * The cells that a person or a step is at, the most present first: the one under the pointer, the one chosen since the last step,
 * the one that the step makes, the open one, and those chosen before.
 * @param {State} state @returns {Place[]}
 */
function placesOf({ run, shown, large, focus, hover }) {
  const before = Object.entries(focus.cells).map(([name, cell]) => ({ name, cell }));
  const step = run && shown?.window ? stepAt(run, shown.moment.position) : null;
  const now = step && { name: step.segment.name, cell: step.cell };
  return [hover, focus.pinned, now, large, ...before.reverse()].flatMap((place) => place ?? []);
}

/**
 * The cell to which the most present place leads.
 * @param {State} state @param {Ways} ways @param {number} otherwise @returns {number}
 */
export function currentCell(state, ways, otherwise) {
  const place = placesOf(state).find(({ name }) => name in ways);
  return place ? ways[place.name](place.cell) : otherwise;
}

/** The middle of the first map of a tensor. @param {TensorInfo | undefined} info */
function middleOf(info) {
  if (!info) return 0;
  const [rows, columns] = info.shape.length > 1 ? info.shape.slice(-2) : [1, sizeOf(info)];
  return Math.floor(rows / 2) * columns + Math.floor(columns / 2);
}

/** The current cell of a tensor: where a person or a step is in it, or else the middle of its first map. @param {State} state @param {string} name */
export const cellOf = (state, name) =>
  currentCell(state, alike([name]), middleOf((state.run && infoOf(state.run, name)) ?? undefined));

/** True where the focus shows the way back: also while parameters change. @param {State} state */
export const isBackward = (state) => ["backward", "update"].includes(phaseOf(state));

/**
 * The cell that a layer speaks of which works cell by cell.
 * @param {State} state @param {LayerInfo} layer @returns {number} the same in what it reads and in what it makes
 */
export function cellOfAlike(state, { name, source, skip }) {
  const names = [source, name, skip].flatMap((each) => (each ? [`${each}.out`, `${each}.dout`] : []));
  const own = state.run?.layers.find((layer) => layer.name === name)?.tensors ?? [];
  const saved = own.filter((info) => info.scope === "example").map((info) => info.name);
  const out = own.find(({ tensor }) => tensor === "out");
  return currentCell(state, alike([...names, ...saved]), middleOf(out));
}

/**
 * The cells of a pool: the one that it makes, and the one of its input that is spoken of on the way back.
 * @param {State} state @param {LayerInfo} layer @returns {{ out: number, input: number }}
 */
export function cellsOfPool(state, { name, source, window, shape }) {
  const input = state.run?.layers.find((layer) => layer.name === source)?.shape ?? shape;
  const own = [`${name}.out`, `${name}.dout`, `${name}.winner`];
  const theirs = [`${source}.out`, `${source}.dout`];
  const middle = middleOf(
    state.run?.layers.find((each) => each.name === name)?.tensors.find(({ tensor }) => tensor === "out"),
  );
  /** @param {number} cell */
  const reader = (cell) => (window ? readerOf(window, input, shape, cell) : cell);
  const out = currentCell(
    state,
    { ...alike(own), ...Object.fromEntries(theirs.map((each) => [each, reader])) },
    middle,
  );
  /** @param {number} cell */
  const winner = (cell) => {
    const won = tensorAt(state, `${name}.winner`).values?.cells[cell] ?? 0;
    return window ? windowCells(window, input, shape, cell)[won] : cell;
  };
  const back = currentCell(
    state,
    { ...alike(theirs), ...Object.fromEntries(own.map((each) => [each, winner])) },
    winner(out),
  );
  return { out, input: back };
}

/**
 * The output and the input of a dense layer that are spoken of, which are the row and the column of its weights.
 * @param {State} state @param {LayerInfo} layer @returns {{ row: number, column: number, columns: number }}
 */
export function cellsOfMatrix(state, layer) {
  const { name, source, tensors } = layer;
  const { run } = state;
  const weights = weightsOf(layer);
  const columns = weights?.shape[1] ?? 1;
  const matrices = tensors.flatMap(({ name, parameter }) => (parameter === "w" ? [name] : []));
  const rows = tensors.flatMap(({ name, parameter, shape, lane }) =>
    parameter === "b" || (lane !== "parameters" && shape.length === 1) ? [name] : [],
  );
  /** @param {number} cell */
  const rowOf = (cell) => Math.floor(cell / columns);
  /** @param {number} cell */
  const columnOf = (cell) => cell % columns;
  const row = currentCell(
    state,
    {
      ...alike(rows.filter((each) => !matrices.includes(each))),
      ...Object.fromEntries(matrices.map((each) => [each, rowOf])),
    },
    // Of the scores, the one of the true class.
    run?.layers.at(-2)?.name === name ? (exampleOf(state)?.label ?? 0) : 0,
  );
  const column = currentCell(
    state,
    {
      ...alike([`${source}.out`, `${source}.dout`]),
      ...Object.fromEntries(matrices.map((each) => [each, columnOf])),
    },
    Math.floor(columns / 2),
  );
  return { row, column, columns };
}

/** The class or the output that the loss speaks of: the true class by default. @param {State} state @param {LayerInfo} layer */
export function classOf(state, { source, tensors }) {
  const saved = tensors.filter(({ tensor }) => tensor !== "loss").map(({ name }) => name);
  const label = exampleOf(state)?.label ?? 0;
  return currentCell(state, alike([...saved, `${source}.dout`, `${source}.out`]), label);
}

/** The channel, class or output of the current cell of the layer in focus. @param {State} state @returns {number} */
export function channelOf(state) {
  const layer = focusedLayer(state);
  if (!layer) return 0;
  if (layer.name === "loss") return classOf(state, layer);
  return mapAt(layer, cellOfAlike(state, layer));
}

/**
 * What a convolution speaks of: the cell that it makes, and on the way back the middle weight of the filter whose blame arrives.
 * @param {State} state @param {LayerInfo} layer @param {boolean} isBack @returns {Place | null}
 */
function subjectOfConvolution(state, layer, isBack) {
  const { name } = layer;
  if (!isBack) return { name: `${name}.out`, cell: cellOf(state, `${name}.out`) };
  const kernel = weightsOf(layer);
  if (!kernel) return null;
  const [, channels, rows, columns] = kernel.shape;
  const filter = mapAt(layer, cellOf(state, `${name}.dout`));
  const channel = Math.min(state.focus.rows.offset, channels - 1);
  const middle = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
  return { name: `${name}.dw`, cell: (filter * channels + channel) * rows * columns + middle };
}

/**
 * What the focus speaks of: a cell that is explained beside its picture.
 * @param {State} state @returns {Place | null} null where a layer has no picture of its own
 */
export function subjectOf(state) {
  const layer = focusedLayer(state);
  if (!layer) return null;
  const { name, source } = layer;
  const isBack = isBackward(state);
  // The update of parameters is a picture of its own.
  if (phaseOf(state) === "update" && layer.parameters > 0) return null;
  switch (layer.form) {
    case "distribution":
      if (name !== "loss") break;
      return isBack
        ? { name: `${source}.dout`, cell: classOf(state, layer) }
        : { name: "loss.loss", cell: 0 };
    case "windows": {
      if (layer.parameters > 0) return subjectOfConvolution(state, layer, isBack);
      if (!layer.window) return null;
      const { out, input } = cellsOfPool(state, layer);
      return isBack ? { name: `${source}.dout`, cell: input } : { name: `${name}.out`, cell: out };
    }
    case "matrix": {
      const { row, column, columns } = cellsOfMatrix(state, layer);
      return isBack
        ? { name: `${name}.dw`, cell: row * columns + column }
        : { name: `${name}.out`, cell: row };
    }
    case "picture":
      return null;
  }
  return { name: isBack ? `${source}.dout` : `${name}.out`, cell: cellOfAlike(state, layer) };
}
