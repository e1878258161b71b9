/** A tensor in the focus as one map or several, with a caption in words, ready for pointer and keyboard. */

import { powerOfTen, powerText } from "../../graphics/cell_numbers.js";
import { element, say } from "../../graphics/dom.js";
import { fitted } from "../../graphics/fit.js";
import { drawnShape, isSignal } from "../../graphics/layout.js";
import { describe, outlinesOf, sharedLimit } from "../../graphics/tensors.js";
import { tensorAt } from "../../core/shown_tensors.js";
import { partOfCells } from "../../core/typed_arrays.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../graphics/heatmap.js").Outline} Outline */

/** Smaller cells hold no number. */
const NUMBERED = 26;

/** A caption, with the power of ten that its numbers share. @param {HTMLElement} caption @param {string} words @param {number} exponent */
export const sayWithPower = (caption, words, exponent) =>
  say(caption, words === "" ? "" : [words, powerText(exponent)].filter(Boolean).join(" "));

/**
 * Numbers that are drawn as a map.
 * @typedef {{ readonly cells: import("../../core/typed_arrays.js").Numbers | null, readonly shape: readonly number[],
 *   readonly signed: boolean, readonly limit: number, readonly done?: import("../../core/typed_arrays.js").Numbers, readonly name?: string, readonly start?: number }} Array
 */

/**
 * The part of a tensor that a map draws: cells from `start` on, in a shape.
 * @typedef {{ readonly start: number, readonly shape: readonly number[] }} Part
 */

/** One map of a tensor: the one with a cell. @param {TensorInfo} info @param {number} cell @returns {Part} */
export function partAt({ shape }, cell) {
  if (shape.length < 3) return { start: 0, shape };
  const own = shape.slice(-2);
  const size = own[0] * own[1];
  return { start: Math.floor(cell / size) * size, shape: own };
}

/** A map of a tensor by its number. @param {TensorInfo} info @param {number} map @returns {Part} */
export function partOf({ shape }, map) {
  if (shape.length < 3) return { start: 0, shape };
  const own = shape.slice(-2);
  return { start: map * own[0] * own[1], shape: own };
}

/** Whole. @param {TensorInfo} info @returns {Part} */
export const whole = (info) => ({ start: 0, shape: drawnShape(info) });

/**
 * How far a part is computed, from how far its tensor is.
 * @param {ReturnType<typeof tensorAt>["done"]} done @param {number} start @param {number} size
 */
export function doneIn(done, start, size) {
  if (typeof done === "number") return Math.max(0, Math.min(size, done - start));
  return typeof done === "string" ? done : partOfCells(done, start, start + size);
}

/**
 * A figure with a caption and a map. Pointing at a cell names it, a click opens it.
 * @param {App} app @param {string} [className]
 */
export function figureOf({ store, effects }, className = "") {
  const caption = element("figcaption");
  const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
  const root = element("figure", `tensor ${className}`, caption, map);
  let start = 0;
  /** The tab on which a click opens a cell; null for the one chosen last. @type {import("../explain/state.js").Tab | null} */
  let tab = null;
  /** @param {Event} event */
  const placeOf = (event) => {
    const { cell, x, y } = /** @type {CustomEvent} */ (event).detail;
    const name = map.dataset.name;
    return name && cell !== null ? { name, cell: start + cell, x, y } : null;
  };
  map.addEventListener("cell-hover", (event) => {
    event.stopPropagation();
    store.dispatch({ type: "hover", hover: tab ? null : placeOf(event) });
  });
  map.addEventListener("cell-focus", (event) => {
    const place = placeOf(event);
    if (place) effects.choose(place.name, place.cell);
  });
  map.addEventListener("cell-click", (event) => {
    event.stopPropagation();
    const place = placeOf(event);
    if (!place) return;
    if (tab) store.dispatch({ type: "inspection", inspection: { tab } });
    effects.enlarge({ name: place.name, cell: place.cell });
  });

  return {
    root,
    map,
    caption,
    /**
     * Says which cells of which tensor a click opens, and on which tab. With a tab of its own the map has other numbers than the
     * tensor: pointing at it names none.
     * @param {string} name empty for none @param {number} first @param {import("../explain/state.js").Tab | null} opens
     */
    standsFor(name, first, opens) {
      map.dataset.name = name;
      start = first;
      tab = opens;
    },
    /**
     * @param {State} state @param {TensorInfo} info @param {Part} part @param {{ width: number, height: number }} box
     * @param {{ words: string, outlines?: readonly Outline[], largest?: number, numbers?: boolean, exponent?: number, winners?: readonly number[],
     *   given?: ReturnType<typeof tensorAt> }} how given: numbers in place of those of the moment shown; exponent: of the power of ten that several maps share; winners: cells with a ring
     */
    draw(
      state,
      info,
      part,
      box,
      { words, outlines, largest, numbers = true, exponent: common, winners, given },
    ) {
      const { values, done } = given ?? tensorAt(state, info.name);
      const curve = isSignal(info.shape);
      const fit = fitted(part.shape, box, { largest, curve });
      start = part.start;
      tab = null;
      map.dataset.name = info.name;
      const drawn = values && partOfCells(values.cells, start, start + fit.cells);
      const isExact = values?.isExact ?? true;
      const exponent = numbers && isExact && fit.layout.cell >= NUMBERED ? (common ?? powerOfTen(drawn)) : 0;
      sayWithPower(caption, words, exponent);
      /** @param {readonly number[]} cells */
      const inside = (cells) =>
        cells.filter((cell) => cell >= start && cell < start + fit.cells).map((cell) => cell - start);
      const { large } = state;
      /** @type {Outline[]} */
      const opened = large?.name === info.name ? [{ cells: [large.cell], style: "cursor" }] : [];
      map.picture = {
        shape: fit.shape,
        layout: fit.layout,
        cells: drawn,
        done: doneIn(done, start, fit.cells),
        limit: sharedLimit(state, info.name),
        signed: info.signed,
        outlines: [...(outlines ?? outlinesOf(state, info.name)), ...opened].map((outline) => ({
          ...outline,
          cells: inside(outline.cells),
        })),
        numbers: numbers && isExact,
        isExact,
        exponent,
        explorable: true,
        theme: state.theme,
        label: describe(info),
        ...(curve ? { curve } : {}),
        ...(winners ? { winners: inside(winners) } : {}),
      };
      return fit;
    },

    /**
     * Draws numbers that are no tensor of their own. Pointing at one points at a cell of the tensor `name`, from `start` on.
     * @param {State} state @param {Array} array @param {{ width: number, height: number }} box
     * @param {{ words: string, outlines?: readonly Outline[], largest?: number }} how
     */
    drawArray(state, { cells, shape, signed, limit, done, name = "", start: first = 0 }, box, how) {
      const fit = fitted(shape, box, { largest: how.largest });
      start = first;
      map.dataset.name = name;
      const exponent = fit.layout.cell >= NUMBERED ? powerOfTen(cells) : 0;
      sayWithPower(caption, how.words, exponent);
      map.picture = {
        shape: fit.shape,
        layout: fit.layout,
        cells,
        done: cells ? (done ?? "all") : "none",
        limit,
        signed,
        outlines: how.outlines ?? [],
        numbers: true,
        exponent,
        explorable: name !== "",
        theme: state.theme,
        label: how.words,
      };
      return fit;
    },
  };
}
