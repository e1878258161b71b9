/** The maps of a tensor as a strip to choose from, those of a convolution with the kernel that made each. More than fit are on pages. */

import { element } from "../../graphics/dom.js";
import { fitted } from "../../graphics/fit.js";
import { isSignal } from "../../graphics/layout.js";
import { sharedLimit } from "../../graphics/tensors.js";
import { tensorAt } from "../../core/shown_tensors.js";
import { partOfCells, sizeOfShape } from "../../core/typed_arrays.js";
import { FOCUS } from "../../words/focus.js";
import { doneIn, partOf } from "./maps.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../graphics/motion.js").Box} Box */

/** The most maps of a page, and the room of one, of one with a kernel, and of a page button, in pixels. */
const MOST = 8;
const THUMB = 48;
const PAIR = 76;
const BUTTON = 32;
/** The side of a map, and of one beside a kernel, in pixels. */
const [LARGE, SMALL] = [36, 28];

/** True for a tensor with several maps. @param {TensorInfo | undefined} info */
export const hasMaps = (info) => info !== undefined && info.shape.length > 2 && info.shape[0] > 1;

/**
 * The page of maps that holds one of them.
 * @param {number} maps @param {number} at @param {{ width: number, height: number }} room in pixels @param {number} [thumb] the width of one
 * @returns {{ first: number, count: number }}
 */
export function pageOf(maps, at, { width, height }, thumb = THUMB) {
  const rows = Math.max(1, Math.floor(height / THUMB));
  const all = rows * Math.floor(width / thumb);
  const fits = all >= maps ? all : rows * Math.max(1, Math.floor((width - 2 * BUTTON) / thumb));
  const count = Math.min(maps, MOST, fits);
  return { first: Math.floor(at / count) * count, count };
}

/** @param {HTMLElement} root of the scene @param {App} app */
export function choiceOf(root, { effects }) {
  const [earlier, later] = [element("button", "page", "‹"), element("button", "page", "›")];
  earlier.setAttribute("aria-label", FOCUS.earlier);
  later.setAttribute("aria-label", FOCUS.later);
  const thumbs = Array.from({ length: MOST }, () => {
    const [kernel, map] = [0, 1].map(() => /** @type {HeatMap} */ (document.createElement("heat-map")));
    const button = element("button", "thumb", kernel, map);
    return { button, kernel, map };
  });
  const strip = element("div", "choice", earlier, ...thumbs.map(({ button }) => button), later);
  strip.setAttribute("role", "group");
  root.append(strip);
  /** @type {(map: number) => void} */
  let choose = () => {};
  let page = { first: 0, count: 1, of: 1 };
  earlier.addEventListener("click", () => choose(Math.max(0, page.first - page.count)));
  later.addEventListener("click", () => choose(Math.min(page.of - 1, page.first + page.count)));
  thumbs.forEach(({ button }, i) => button.addEventListener("click", () => choose(page.first + i)));
  strip.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = thumbs.findIndex(({ button }) => button === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    thumbs[(at + step + page.count) % page.count].button.focus();
  });

  return {
    /**
     * @param {State} state @param {TensorInfo} info @param {number} cell the current one @param {Box | null} place
     * @param {TensorInfo | null} [kernels] whose maps stand beside those of `info`, one each
     */
    draw(state, info, cell, place, kernels = null) {
      strip.hidden = place === null || !hasMaps(info);
      if (!place || strip.hidden) return;
      const { x, y, width, height } = place;
      Object.assign(strip.style, {
        left: `${x}px`,
        top: `${y}px`,
        width: `${width}px`,
        height: `${height}px`,
      });
      const maps = info.shape[0];
      const size = sizeOfShape(info.shape.slice(1));
      const at = Math.floor(cell / size);
      page = { ...pageOf(maps, at, place, kernels ? PAIR : THUMB), of: maps };
      choose = (map) => effects.choose(info.name, map * size + (cell % size));
      earlier.hidden = later.hidden = page.count >= maps;
      earlier.disabled = page.first === 0;
      later.disabled = page.first + page.count >= maps;
      thumbs.forEach(({ button, kernel, map }, i) => {
        const own = page.first + i;
        button.hidden = i >= page.count || own >= maps;
        if (button.hidden) return;
        button.setAttribute("aria-pressed", String(own === at));
        button.tabIndex = own === at ? 0 : -1;
        map.picture = thumbOf(state, info, own, kernels ? SMALL : LARGE);
        kernel.hidden = kernels === null;
        if (kernels) kernel.picture = thumbOf(state, kernels, own, SMALL);
      });
    },
  };
}

/** A map of a tensor as a small picture. @param {State} state @param {TensorInfo} info @param {number} map @param {number} side @returns {import("../../graphics/heatmap.js").Picture} */
function thumbOf(state, info, map, side) {
  const { values, done } = tensorAt(state, info.name);
  const curve = isSignal(info.shape);
  const { start, shape } = partOf(info, map);
  const fit = fitted(shape, { width: side, height: side }, { curve });
  return {
    shape: fit.shape,
    layout: fit.layout,
    cells: values && partOfCells(values.cells, start, start + fit.cells),
    done: doneIn(done, start, fit.cells),
    limit: sharedLimit(state, info.name),
    signed: info.signed,
    outlines: [],
    numbers: false,
    theme: state.theme,
    label: FOCUS.channel(map),
    ...(curve ? { curve } : {}),
  };
}
