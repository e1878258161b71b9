/** What the picture of a convolution shows in each direction: its rows, its map, and the sum in a line. Pure. */

import { plural, told } from "../../graphics/format.js";
import { cellOf, subjectOf } from "../../core/subject.js";
import { isBesideBatch } from "../../core/state.js";
import { infoOf, isComputed, mapAt } from "../../core/shown_tensors.js";
import { heldLimit } from "../../graphics/tensors.js";
import { sumsOf, windowsOf } from "../../graphics/window_data.js";
import { FOCUS } from "../../words/focus.js";
import { equationOf } from "./equation.js";
import { partOf } from "./maps.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../wire.js").Cells} Cells */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {import("./maps.js").Part} Part */

/**
 * A grid of a row: a part of a tensor, or numbers of a window view, which has zeros of the padding (`blank`), and whose cells open
 * those of a tensor (`opens`).
 * @typedef {{ readonly sign: string, readonly words: string } & (
 *   | { readonly info: TensorInfo, readonly part: Part }
 *   | { readonly opens?: { readonly name: string, readonly start: number }, readonly values: Numbers, readonly blank: readonly number[], readonly done: Numbers | "all", readonly name: string | null,
 *       readonly limit: number, readonly shape: readonly number[] })} Grid
 */
/** @typedef {{ readonly channel: number, readonly input: Part, readonly patch: Grid | null, readonly kernel: Grid, readonly products: Grid | null, readonly sum: string }} Row */
/**
 * @typedef {object} Convolution
 * @property {TensorInfo} input what it reads
 * @property {TensorInfo} kernel
 * @property {TensorInfo} map what it makes, or the gradient that arrives there
 * @property {number} channels of each filter
 * @property {number} filter the current one
 * @property {number} cell the current cell of the map
 * @property {readonly Cells[]} reads what the step of this cell reads
 * @property {string} inputWords
 * @property {string} mapWords
 * @property {readonly Row[]} rows
 * @property {{ readonly words: string, readonly total: string, readonly isFresh: boolean }} line
 * @property {{ readonly examples: import("../../core/state.js").Shares, readonly window: readonly number[] } | null} shares of the examples in
 * the filter's gradient, and the shape of a kernel
 * @property {{ readonly name: string, readonly cell: number, readonly words: string } | null} all the number whose terms the dock lists
 */

/** What both directions show, the first channel that the filter reads, and what is known of the step. @param {Sight} sight @param {"out" | "dout"} made */
function partsOf({ state, run, layer }, made) {
  const [input, kernel, map] = [`${layer.source}.out`, `${layer.name}.w`, `${layer.name}.${made}`].map(
    (name) => /** @type {TensorInfo} */ (infoOf(run, name)),
  );
  const [filters, channels] = kernel.shape;
  const cell = cellOf(state, map.name);
  const filter = mapAt(map, cell);
  // The filters of a group read its channels only.
  const groups = input.shape[0] / channels;
  const first = Math.floor(filter / (filters / groups)) * channels;
  const phase = made === "out" ? "forward" : "backward";
  const isOwn = state.operation?.layer === layer.name && state.operation.phase === phase;
  const operation = isOwn ? state.operation : null;
  const reads = operation?.window?.reads ?? [];
  const inputWords = layer.source === run.layers[0].name ? "the picture" : "what it reads";
  return { common: { input, kernel, map, channels, filter, cell, reads, inputWords }, first, operation };
}

/** The way forward: each row is a channel whose products add up. @param {Sight} sight @param {number} count rows @returns {Convolution} */
export function forwards(sight, count) {
  const { state } = sight;
  const { common, first, operation } = partsOf(sight, "out");
  const { input, kernel, map, channels, filter, cell } = common;
  const isMade = isComputed(state, map.name, cell);
  const view = isMade ? (operation?.view ?? null) : null;
  const windows = view ? windowsOf(view) : null;
  const sums = windows ? sumsOf(windows) : null;
  const known = windows ? windows.rows.slice(0, count) : null;
  const numbers =
    known?.map(({ number }) => number) ?? Array.from({ length: Math.min(count, channels) }, (_, at) => at);
  const rows = numbers.map((channel, at) => {
    const own = known?.[at] ?? null;
    return {
      channel,
      input: partOf(input, first + channel),
      patch: own && {
        sign: "",
        words: "its window",
        values: own.left.values,
        blank: own.left.blank,
        done: /** @type {const} */ ("all"),
        name: own.left.name,
        limit: 0,
        shape: own.left.shape,
      },
      kernel: {
        sign: "×",
        words: `filter ${filter + 1}`,
        info: kernel,
        part: partOf(kernel, filter * channels + channel),
      },
      products: own &&
        windows && {
          sign: "=",
          words: "products",
          values: own.products.values,
          blank: own.products.blank.filter((spot) => own.computed[spot]),
          done: own.computed,
          name: null,
          limit: heldLimit(state, map.name) ?? windows.view.limit,
          shape: own.left.shape,
        },
      sum: sums?.values[at] ?? "",
    };
  });
  const explanation = isMade ? state.focusExplanation : null;
  return {
    ...common,
    mapWords: `its map, ${map.shape.slice(-2).join("×")}`,
    rows,
    line: {
      ...lineOf(explanation, channels === 1 ? null : sums),
      isFresh: operation?.isFresh ?? false,
    },
    shares: null,
    all:
      explanation || !isMade
        ? {
            name: map.name,
            cell,
            words: explanation ? `all ${plural(explanation.count, "term")} ›` : FOCUS.compute,
          }
        : null,
  };
}

/**
 * The sum in a line: of one channel its products, of several what the rows leave out.
 * @param {import("../../wire.js").Explanation | null} explanation @param {ReturnType<typeof sumsOf> | null} sums
 */
function lineOf(explanation, sums) {
  if (!explanation) return { words: "", total: "" };
  if (!sums) {
    const { terms, total } = equationOf(explanation);
    return { words: `${terms} =`, total };
  }
  const others = sums.lines
    .slice(0, -1)
    .map(({ label, number, isBias }) => `${isBias ? "bias" : label} ${number}`);
  const total = told(explanation.value);
  return { words: `${others.join(", ")}, in all`, total };
}

/** The way back: pixel times blame over all windows is the gradient of the filter. @param {Sight} sight @param {number} count rows @returns {Convolution} */
export function backwards(sight, count) {
  const { state, run } = sight;
  const { common, first, operation } = partsOf(sight, "dout");
  const { input, kernel, map, channels, filter } = common;
  const gradient = /** @type {TensorInfo} */ (infoOf(run, `${kernel.layer}.dw`));
  const [, , ...window] = kernel.shape;
  const size = sizeOfShape(window);
  const { offset } = state.focus.rows;
  const batch = state.shown?.iteration.examples.length ?? 1;
  const [rows, columns] = map.shape.slice(-2);
  const subject = subjectOf(state);
  const shares = operation?.shares?.map === filter ? operation.shares : null;
  const isOne = batch === 1 && !isBesideBatch(state);
  /** @param {number} channel @returns {Grid | null} what the example on the stage adds */
  const shareOf = (channel) => {
    if (isOne) return null;
    const own = shares && (shares.lookedAt ?? shares.examples[state.shown?.example ?? 0]);
    const words = isBesideBatch(state) ? "what this one would add" : "this example's share";
    const cells = own?.subarray(channel * size, (channel + 1) * size);
    return {
      sign: "",
      words,
      opens: { name: gradient.name, start: (filter * channels + channel) * size },
      values: cells ?? new Float32Array(size),
      blank: [],
      done: cells ? "all" : new Uint8Array(size),
      name: null,
      limit: heldLimit(state, gradient.name) ?? (own ? Math.max(...own.map(Math.abs)) : 0),
      shape: window,
    };
  };
  const all = batch > 1 ? `all ${batch}: dL/dw` : "dL/dw";
  return {
    ...common,
    mapWords: "blame that arrives (dL/dout)",
    rows: Array.from({ length: Math.min(count, channels - offset) }, (_, at) => {
      const share = shareOf(offset + at);
      const whole = {
        sign: "",
        words: all,
        info: gradient,
        part: partOf(gradient, filter * channels + offset + at),
      };
      return {
        channel: offset + at,
        input: partOf(input, first + offset + at),
        patch: null,
        kernel: share ?? whole,
        products: share && whole,
        sum: "",
      };
    }),
    line: {
      words: `pixel × blame, over ${plural(rows * columns, "window")}, adds up to ${isOne ? "dL/dw" : "this example's share"}`,
      total: "",
      isFresh: true,
    },
    all:
      subject && isComputed(state, subject.name, subject.cell) ? { ...subject, words: "all terms ›" } : null,
    shares: shares && { examples: shares, window },
  };
}
