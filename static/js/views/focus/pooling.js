/** Pools: the window in use and what goes through; back, the gradient goes to the winner, or in equal shares to all. */

import { limitAt } from "../../graphics/tensors.js";
import { cellsOfPool, isBackward } from "../../core/subject.js";
import { infoOf, isComputed, tensorAt } from "../../core/shown_tensors.js";
import { windowCells } from "../../core/windows.js";
import { FOCUS } from "../../words/focus.js";
import { choiceOf, hasMaps } from "./choice.js";
import { mapWords } from "./curve.js";
import { lineOf, poolText } from "./explained.js";
import { partAt } from "./maps.js";
import { currentStyle, panelsOf, partsOf, sceneOf } from "./scene.js";

/** @typedef {import("./focus.js").Form} Form */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */

/** The most cells of a window that is shown again with numbers, and the most numbers in a line. */
const MOST = 81;
const LISTED = 9;

/** The cells of the input that won their windows. @param {State} state @param {LayerInfo} layer @param {readonly number[]} input its shape @returns {number[]} */
function winnersOf(state, { name, window, shape }, input) {
  const { values, done } = tensorAt(state, `${name}.winner`);
  if (!window || !values || done === "none") return [];
  const known = typeof done === "number" ? done : values.cells.length;
  return Array.from(
    { length: known },
    (_, cell) => windowCells(window, input, shape, cell)[values.cells[cell]],
  );
}

/** The number of the winner in the window of a cell, null before the pool has computed it. @param {State} state @param {LayerInfo} layer @param {number} out @returns {number | null} */
function winnerAt(state, { name }, out) {
  const winner = `${name}.winner`;
  return isComputed(state, winner, out) ? (tensorAt(state, winner).values?.cells[out] ?? null) : null;
}

/**
 * The place of a cell in its window, in words.
 * @param {readonly number[]} size rows and columns of the window @param {number} at the number of the cell in it @returns {string}
 */
function placeWords([rows, columns], at) {
  const { rows: downs, columns: acrosses, place } = FOCUS.pool;
  const [row, column] = [Math.floor(at / columns), at % columns];
  /** @param {readonly string[]} names @param {number} i @param {number} of */
  const name = (names, i, of) => (of === 1 ? "" : i === 0 ? names[0] : i === of - 1 ? names[2] : names[1]);
  if (rows > 3 || columns > 3) return place(row, column);
  return [name(downs, row, rows), name(acrosses, column, columns)].filter(Boolean).join(" ") || "only";
}

/** The box around a window of a map. @param {import("./scene.js").Placed} map @param {readonly number[]} cells */
function boxAround(map, cells) {
  const [a, b] = [map.boxOf(cells[0]), map.boxOf(cells[cells.length - 1])];
  return { x: a.x, y: a.y, width: b.x + b.width - a.x, height: b.y + b.height - a.y };
}

/** @type {Form} */
export function mountPooling(root, app) {
  const scene = sceneOf(root, app);
  const [left, middle, right] = [scene.figure(), scene.figure(), scene.figure()];
  const choice = choiceOf(root, app);

  /** @param {Sight} sight @param {{ read: TensorInfo, made: TensorInfo, isMax: boolean }} what */
  function drawForward({ state, layer, box }, { read, made, isMax }) {
    const { picture } = partsOf(box, hasMaps(made));
    const { out } = cellsOfPool(state, layer);
    if (!layer.window) return;
    const under = windowCells(layer.window, read.shape, layer.shape, out);
    const [from, between, to] = panelsOf(picture, [1.3, 0.7, 1]);
    const window = { cells: under, style: /** @type {const} */ ("reads") };
    const seen = left.draw(state, read, partAt(read, under[0]), from, {
      words: (isMax ? FOCUS.pool.winners : FOCUS.before) + mapWords(read, under[0]),
      outlines: [window],
      winners: winnersOf(state, layer, read.shape),
    });
    const pooled = right.draw(state, made, partAt(made, out), to, {
      words: FOCUS.pool.pooled,
      outlines: [{ cells: [out], style: currentStyle("forward") }],
    });
    const [high, wide] = layer.window.size;
    if (high * wide > MOST) {
      middle.hide();
      scene.join([[boxAround(seen, under), pooled.boxOf(out)]], "forward");
      return;
    }
    const { values } = tensorAt(state, read.name);
    const won = isMax ? winnerAt(state, layer, out) : null;
    const again = middle.drawArray(
      state,
      {
        cells: values && Float64Array.from(under, (cell) => values.cells[cell]),
        shape: [high, wide],
        signed: read.signed,
        limit: limitAt(state, [read.name]),
        done: Uint8Array.from(under, (cell) => Number(isComputed(state, read.name, cell))),
      },
      between,
      {
        words: FOCUS.pool.window,
        largest: 44,
        outlines: [{ cells: won === null ? [] : [won], style: currentStyle("forward") }],
      },
    );
    scene.join(
      [
        [boxAround(seen, under), again.box],
        [won === null ? again.box : again.boxOf(won), pooled.boxOf(out)],
      ],
      "forward",
    );
  }

  /** @param {Sight} sight @param {{ read: TensorInfo, leaves: TensorInfo, arrives: TensorInfo, isMax: boolean }} what */
  function drawBackward({ state, layer, box }, { read, leaves, arrives, isMax }) {
    const { picture } = partsOf(box, hasMaps(arrives));
    const { out, input } = cellsOfPool(state, layer);
    if (!layer.window) return;
    const [to, between, from] = panelsOf(picture, [1.2, 1.2, 1]);
    const style = currentStyle("backward");
    const explained = state.focusExplanation?.name === leaves.name ? state.focusExplanation : null;
    // The engine says which gradients reach the cell: those whose gate is open.
    const senders = (explained?.terms ?? []).flatMap(({ factors, value }) => {
      const sender = factors.find(({ name }) => name === arrives.name);
      return sender && sender.cell !== null && value !== 0 ? [sender.cell] : [];
    });
    const shown = senders.length ? senders : [out];
    const gone = left.draw(state, leaves, partAt(leaves, input), to, {
      words: FOCUS.leaves + mapWords(leaves, input),
      outlines: [{ cells: [input], style }],
    });
    const values = middle.draw(state, read, partAt(read, input), between, {
      words: isMax ? FOCUS.pool.winners : FOCUS.before,
      winners: winnersOf(state, layer, read.shape),
      outlines: [
        { cells: windowCells(layer.window, read.shape, layer.shape, shown[0]), style: "reads" },
        { cells: [input], style },
      ],
    });
    const come = right.draw(state, arrives, partAt(arrives, shown[0]), from, {
      words: FOCUS.arrives,
      outlines: [{ cells: shown, style }],
    });
    scene.join(
      [
        ...senders.map((cell) => /** @type {const} */ ([come.boxOf(cell), values.boxOf(input)])),
        [values.boxOf(input), gone.boxOf(input)],
      ],
      "backward",
    );
  }

  /** @param {Sight} sight @param {boolean} isMax @returns {{ sentence: string, equation?: { terms: string, total: string } }} */
  function wordsOf({ state, layer }, isMax) {
    const { focusExplanation: explained } = state;
    const { pool } = FOCUS;
    const size = layer.window?.size ?? [1, 1];
    const { out } = cellsOfPool(state, layer);
    const won = isMax ? winnerAt(state, layer, out) : null;
    if (!isBackward(state)) {
      const largest = won === null ? pool.forwardMax : pool.wins(placeWords(size, won));
      return {
        sentence: isMax ? largest : pool.forwardMean,
        equation: { terms: explained ? poolText(explained, isMax, LISTED) : "", total: "" },
      };
    }
    if (!isMax) return { sentence: pool.shared(size[0] * size[1]) };
    const isLost = explained !== null && explained.terms.every(({ factors }) => factors.at(-1)?.value === 0);
    const sentence = isLost ? pool.lost : pool.won(placeWords(size, won ?? 0));
    return { sentence, equation: explained ? lineOf(explained) : { terms: "", total: "" } };
  }

  return (sight) => {
    const { state, run, layer, box } = sight;
    const [read, made] = [infoOf(run, `${layer.source}.out`), infoOf(run, `${layer.name}.out`)];
    const [leaves, arrives] = [infoOf(run, `${layer.source}.dout`), infoOf(run, `${layer.name}.dout`)];
    if (!read || !made || !leaves || !arrives) return;
    const isMax = layer.tensors.some(({ tensor }) => tensor === "winner");
    const isBack = isBackward(state);
    if (isBack) drawBackward(sight, { read, leaves, arrives, isMax });
    else drawForward(sight, { read, made, isMax });
    const { choice: strip, foot } = partsOf(box, hasMaps(made));
    choice.draw(state, isBack ? arrives : made, cellsOfPool(state, layer).out, strip);
    scene.say(state, foot, wordsOf(sight, isMax));
  };
}
