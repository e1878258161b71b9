/** The step shown, in words and with its numbers. */

import { exampleName, indexOf, times } from "../../graphics/format.js";
import { exampleOf, isBesideBatch } from "../../core/state.js";
import { bestOf, infoOf, tensorAt, valueAt } from "../../core/shown_tensors.js";
import { stepAt } from "../../core/timeline.js";
import { WORDS } from "../../words/en.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/state.js").Shown} Shown */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../../wire.js").Segment} Segment */
/** @typedef {import("../../words/said.js").Said} Said */
/**
 * The step that a sentence is about. `reads` are the cells that it read, by the name of their tensor.
 * @typedef {{ state: State, run: Run, shown: Shown, layer: LayerInfo, segment: Segment, cell: number, value: number,
 *   reads: ReadonlyMap<string, readonly number[]>, index: readonly number[] }} Step
 */

const SAY = WORDS.sentence;
/** Kinds of layers whose function has one input and one output, and no gate. */
const CURVES = ["sigmoid", "tanh", "gelu", "softmax", "batchnorm"];

/** The number in the first cell that a step read of a tensor. @param {Step} step @param {string} name */
const valueRead = ({ state, reads }, name) => valueAt(state, name, reads.get(name)?.[0] ?? 0) ?? 0;

/** @param {Step} step @returns {string} the output of the layer before, which the layer reads */
const before = ({ layer }) => `${layer.source}.out`;

/** The size of a convolution's windows, such as 3×3. @param {Run} run @param {LayerInfo} layer */
function windowOf(run, { name }) {
  const size = infoOf(run, `${name}.w`)?.shape.slice(2) ?? [];
  return times(size[0] === 1 ? size.slice(1) : size);
}

/** The smallest rectangle around cells of a map. @param {readonly number[]} cells @param {readonly number[]} shape of their tensor */
function rectangle(cells, shape) {
  const places = cells.map((cell) => {
    const [row, column] = [0, ...indexOf(cell, shape)].slice(-2);
    return { row: shape.length > 2 ? row : 0, column };
  });
  const [top, left] = [
    Math.min(...places.map(({ row }) => row)),
    Math.min(...places.map(({ column }) => column)),
  ];
  const rows = Math.max(...places.map(({ row }) => row)) - top + 1;
  const columns = Math.max(...places.map(({ column }) => column)) - left + 1;
  return { top, left, rows, columns, text: rows === 1 ? String(columns) : times([rows, columns]) };
}

/** The place of a cell within a rectangle. @param {number} cell @param {readonly number[]} shape @param {ReturnType<typeof rectangle>} within */
function placeOf(cell, shape, within) {
  const one = rectangle([cell], shape);
  const { rows, columns } = within;
  return { row: one.top - within.top, column: one.left - within.left, rows, columns };
}

/** What a unit of a dense layer is called: a class where it is the score of one. @param {Step} step */
function unitOf({ run, layer, index }) {
  const scores = run.layers[run.layers.length - 2];
  const name = layer === scores ? run.classes[index[0]] : undefined;
  return name === undefined ? SAY.unit(layer.name, index[0]) : SAY.scoreOf(name);
}

/** @param {Step} step @returns {Said} */
function poolText(step) {
  const { state, run, reads, value } = step;
  const cells = reads.get(before(step)) ?? [];
  const shape = infoOf(run, before(step))?.shape ?? [];
  const values = cells.map((cell) => valueAt(state, before(step), cell));
  const window = rectangle(cells, shape);
  if (cells.length > 1 && values.every((each) => each === values[0]))
    return SAY.forwardCell.equal({ window: window.text, count: cells.length, value });
  const place = placeOf(cells[Math.max(0, values.indexOf(value))] ?? 0, shape, window);
  return SAY.forwardCell.largest({ window: window.text, place, value });
}

/** The cells of tensors, counted. @param {ReadonlyMap<string, readonly number[]>} cells */
const counts = (cells) =>
  [...cells].filter(([, each]) => each.length > 0).map(([name, each]) => ({ name, count: each.length }));

/** A cell of any tensor, and what it was made from. @param {Step} step @returns {Said} */
function cellText({ run, shown, segment, value, reads, index }) {
  const { name, accumulates } = segment;
  if (accumulates) {
    const writes = new Map(shown.window?.writes.map((each) => [each.name, each.cells]));
    return SAY.passedBack({ name, index, value, writes: counts(writes) });
  }
  const read = new Map([...reads].filter(([each]) => each !== name));
  // A tensor without a batch axis is computed from all examples. The window holds the cells of one of them.
  const isOfAll =
    infoOf(run, name)?.scope !== "example" &&
    [...read.keys()].some((each) => infoOf(run, each)?.scope === "example");
  return SAY.made({
    name,
    index,
    value,
    reads: counts(read),
    examples: isOfAll ? shown.iteration.examples.length : 1,
  });
}

/** One cell that a layer has computed. @param {Step} step @returns {Said} */
function forwardCell(step) {
  const { state, run, layer, reads, value, index, cell, segment } = step;
  const say = SAY.forwardCell;
  if (segment.tensor !== "out") return cellText(step);
  const hasBias = reads.has(`${layer.name}.b`);
  const products = reads.get(`${layer.name}.w`)?.length ?? 0;
  switch (layer.kind) {
    case "conv2d": {
      const label = exampleOf(state)?.label ?? null;
      const isPicture = layer.source === run.layers[0].name;
      const picture = label === null ? SAY.picture : SAY.the(run.classes[label]);
      const maps = infoOf(run, `${layer.name}.w`)?.shape[1] ?? 1;
      const all = infoOf(run, before(step))?.shape[0] ?? 1;
      const of = isPicture ? picture : SAY.mapBefore;
      const window = windowOf(run, layer);
      return say.conv({
        layer: layer.name,
        filter: index[0],
        window,
        maps,
        all,
        of,
        products,
        hasBias,
        value,
      });
    }
    case "maxpool2d":
      return poolText(step);
    case "avgpool2d":
    case "globalavgpool": {
      const window = rectangle(reads.get(before(step)) ?? [0], infoOf(run, before(step))?.shape ?? [1]);
      return say.mean({ window: layer.kind === "avgpool2d" ? window.text : null, value });
    }
    case "relu":
      return say.relu({ before: valueRead(step, before(step)), value });
    case "leaky_relu":
      return say.leaky({ before: valueRead(step, before(step)), value });
    case "dropout":
      return say.dropout({ before: valueRead(step, before(step)), value });
    case "add":
      return say.add({ terms: [...reads.keys()].map((name) => valueRead(step, name)), value });
    case "flatten":
      return say.flatten({ cell, count: segment.cells, value });
    case "dense":
      return say.dense({ unit: unitOf(step), products, hasBias, value });
    default:
      return CURVES.includes(layer.kind)
        ? say.curve({ layer: layer.name, before: valueRead(step, before(step)), value })
        : cellText(step);
  }
}

/** A layer that has computed all of its output. @param {State} state @param {Run} run @param {LayerInfo} layer @returns {Said} */
function forwardDone(state, run, layer) {
  const say = SAY.forwardDone;
  const { values } = tensorAt(state, `${layer.name}.out`);
  if (layer.kind === "conv2d") {
    const [filters, ...shape] = layer.shape;
    return say.conv({ layer: layer.name, filters, window: windowOf(run, layer), shape });
  }
  if (layer.kind === "relu" && values?.isExact) {
    const closed = values.cells.filter((value) => value === 0).length;
    return say.relu({ layer: layer.name, closed, count: values.cells.length });
  }
  const isScores = layer === run.layers[run.layers.length - 2];
  if (layer.kind === "dense" && isScores && values?.isExact && run.classes.length === values.cells.length) {
    const score = Math.max(...values.cells);
    return say.scores({ layer: layer.name, best: run.classes[values.cells.indexOf(score)], score });
  }
  return say.other({ layer: layer.name, works: layer.forward });
}

/** True where the loss is exactly −log of the chance of the true class. @param {Run} run */
const isPlainCrossEntropy = ({ recipe: { loss } }) =>
  loss.kind === "softmax_cross_entropy" && loss.label_smoothing === 0 && loss.class_weights.length === 0;

/** True where chances are near equal before the first step, because weights are random. @param {Run} run @param {number} step @param {number} p */
function isUntrained({ recipe, classes }, step, p) {
  const isRandom = ["he", "xavier", "normal", "uniform"].includes(recipe.initialisation.kind);
  return step === 0 && isRandom && recipe.given.length === 0 && Math.abs(p * classes.length - 1) < 0.5;
}

/** @param {State} state @param {Run} run @param {Segment} segment @param {number} cell @param {boolean} isClose @returns {Said} */
function lossText(state, run, segment, cell, isClose) {
  const label = exampleOf(state)?.label ?? null;
  if (isClose && segment.tensor === "probabilities") {
    const value = valueAt(state, segment.name, cell);
    if (value !== null && run.classes[cell] !== undefined)
      return SAY.loss.probability({ name: run.classes[cell], value });
  }
  const loss = valueAt(state, "loss.loss", 0);
  const p = label === null ? null : valueAt(state, "loss.probabilities", label);
  if (loss === null) return SAY.forwardDone.other({ layer: "loss", works: layerNamed(run, "loss").forward });
  if (p === null || label === null || !isPlainCrossEntropy(run)) return SAY.loss.other({ loss });
  const step = state.shown?.moment.iteration ?? 0;
  const classes = run.classes.length;
  const untrained = isUntrained(run, step, p);
  const says = run.classes[bestOf(state, run)];
  return SAY.loss.crossEntropy({ says, name: run.classes[label], p, loss, classes, isUntrained: untrained });
}

/** @param {Run} run @param {string} name */
const layerNamed = (run, name) => /** @type {LayerInfo} */ (run.layers.find((layer) => layer.name === name));

/** The place of the winner in the window of a max-pool. @param {Step} step */
function winnerOf({ run, shown, layer, index }) {
  const own = run.recipe.network[run.layers.indexOf(layer) - 1];
  const [winner] = shown.window?.writes[0]?.cells ?? [];
  const shape = infoOf(run, `${layer.source}.out`)?.shape ?? [];
  if (own?.kind !== "maxpool2d" || winner === undefined || shape.length < 3) return null;
  const [rows, columns] = own.kernel;
  const [down, across] = own.stride ?? own.kernel;
  const [, row, column] = indexOf(winner, shape);
  return { row: row - index[1] * down, column: column - index[2] * across, rows, columns };
}

/** One gradient that was just computed, or was passed back. @param {Step} step @returns {Said} */
function backwardCell(step) {
  const { run, shown, layer, segment, reads, value, index } = step;
  const say = SAY.backwardCell;
  if (segment.tensor !== "dout") return cellText(step);
  switch (layer.kind) {
    case "conv2d":
      return say.conv({ filter: index[0], layer: layer.name, value });
    case "maxpool2d":
      return say.largest({ place: winnerOf(step), value });
    case "relu":
      return say.relu({ before: valueRead(step, before(step)), value });
    case "dense":
      return say.dense({ unit: unitOf(step), inputs: reads.get(before(step))?.length ?? 0, value });
    case "softmax_cross_entropy": {
      const name = run.classes[index[0]];
      if (name !== undefined && isPlainCrossEntropy(run))
        return say.score({ name, value, examples: shown.iteration.examples.length });
    }
  }
  return cellText(step);
}

/** A layer through which the gradient has gone back. @param {LayerInfo} layer @returns {Said} */
function backwardDone({ name, kind, backward }) {
  const say = SAY.backwardDone;
  if (kind === "conv2d") return say.conv();
  if (kind === "maxpool2d") return say.largest();
  if (kind === "relu") return say.relu();
  if (kind === "dense") return say.dense();
  return kind === "softmax_cross_entropy" ? say.loss() : say.other({ layer: name, works: backward });
}

/** The learning rate where a change is the gradient times it, and nothing more. @param {Run} run @param {Shown} shown @returns {number | null} */
function rateOf({ recipe: { optimizer, frozen } }, { iteration }) {
  const { l1, l2, clip_value: value, clip_norm: norm } = optimizer;
  const isPlain = optimizer.kind === "sgd" && !optimizer.weight_decay && !l1 && !l2 && !value && !norm;
  return isPlain && !frozen?.length ? iteration.learning_rate : null;
}

/** @param {State} state @param {Run} run @param {Shown} shown @param {Segment} segment @param {number} cell @returns {Said} */
function updateText(state, run, shown, segment, cell) {
  const { iteration, position } = shown.moment;
  const told = shown.iteration.update;
  if (position === run.positions && !shown.window) {
    const { stopped } = state.progress;
    if (iteration + 1 === stopped?.iteration) return [stopped.message];
    return SAY.update.done({ step: iteration, told, isLast: iteration + 1 === run.iterations });
  }
  const value = shown.window ? valueAt(state, segment.name, cell) : null;
  if (value === null) return SAY.update.layer({ layer: segment.layer, told });
  return SAY.update.cell({ name: segment.name.replace("delta_", ""), value, rate: rateOf(run, shown) });
}

/** The text about what the page waits for. @param {State} state @param {string} left the time left, in words @returns {Said} */
const waiting = ({ moment, progress }, left) =>
  moment.iteration < progress.computed
    ? SAY.loading()
    : SAY.computing(moment.iteration, progress.computed, left);

/** True while the moment that is wanted is being computed. @param {State} state */
export const isAhead = ({ moment, shown, progress, connection }) =>
  connection === "live" && moment.iteration >= progress.computed && moment !== shown?.moment;

/** @param {State} state @param {string} [left] the time left of a computation, in words @returns {Said} */
export function sentence(state, left = "") {
  const { run, shown } = state;
  if (!run) return [];
  if (!shown || isAhead(state)) return waiting(state, left);
  const { segment, cell } = stepAt(run, shown.moment.position);
  const layer = layerNamed(run, segment.layer);
  const example = exampleOf(state);
  if (!layer || !example) return [];
  if (segment.layer === run.layers[0].name) {
    const name = example.label === null ? null : run.classes[example.label];
    const [step, isBeside] = [shown.moment.iteration, isBesideBatch(state)];
    return SAY.begins({ step, example: exampleName(example.index), name, isBeside });
  }
  if (segment.phase === "loss") return lossText(state, run, segment, cell, shown.window !== null);
  if (segment.phase === "update") return updateText(state, run, shown, segment, cell);
  const value = shown.window ? valueAt(state, segment.name, cell) : null;
  const info = infoOf(run, segment.name);
  const isForward = segment.phase === "forward";
  if (value === null || !info || !shown.window)
    return isForward ? forwardDone(state, run, layer) : backwardDone(layer);
  const reads = new Map(shown.window.reads.map(({ name, cells }) => [name, cells]));
  const index = indexOf(cell, info.shape);
  const step = { state, run, shown, layer, segment, cell, value, reads, index };
  return isForward ? forwardCell(step) : backwardCell(step);
}
