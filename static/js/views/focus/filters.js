/** All filters of a layer as a strip of buttons, eight at a time: kernel and map of each. One of them is the current one. */

import { element, say } from "../../graphics/dom.js";
import { fitted } from "../../graphics/fit.js";
import { limitAt, sharingColours } from "../../graphics/tensors.js";
import { cellIn } from "../../core/focus.js";
import { infoOf, tensorAt } from "../../core/state.js";
import { doneIn, partOf } from "./maps.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {import("./windows_plan.js").Spot} Spot */

/** The filters of a page, and the least width of a button, in pixels. */
const PAGE = 8;
const LEAST = 44;

/** @param {HTMLElement} root @param {App} app @returns {(sight: Sight, spot: Spot, filter: number) => void} */
export function mountFilters(root, { effects }) {
  root.setAttribute("role", "radiogroup");
  root.setAttribute("aria-label", "Filters of this layer");
  const [earlier, later] = [element("button", "turn", "‹"), element("button", "turn", "›")];
  earlier.setAttribute("aria-label", "Earlier filters");
  later.setAttribute("aria-label", "Later filters");
  const buttons = Array.from({ length: PAGE }, () => {
    const [kernel, map] = [0, 1].map(() => /** @type {HeatMap} */ (document.createElement("heat-map")));
    const button = element("button", "filter", kernel, map);
    button.setAttribute("role", "radio");
    return { button, kernel, map };
  });
  root.replaceChildren(earlier, ...buttons.map(({ button }) => button), later);
  /** @type {{ sight: Sight, filter: number, count: number } | null} */
  let now = null;

  /** Chooses a filter, at the same place of its map. @param {number} filter */
  function choose(filter) {
    if (!now || filter < 0 || filter >= now.count) return;
    const { state, run, layer } = now.sight;
    const name = `${layer.name}.out`;
    const info = /** @type {TensorInfo} */ (infoOf(run, name));
    const { shape } = partOf(info, 0);
    const size = shape.reduce((a, b) => a * b, 1);
    effects.choose(name, filter * size + (cellIn(state, name) % size));
  }
  const first = () => (now ? now.filter - (now.filter % PAGE) : 0);
  buttons.forEach(({ button }, at) => button.addEventListener("click", () => choose(first() + at)));
  earlier.addEventListener("click", () => choose(first() - PAGE));
  later.addEventListener("click", () => choose(Math.min(first() + PAGE, (now?.count ?? 1) - 1)));
  root.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined || !now) return;
    event.preventDefault();
    event.stopPropagation();
    choose(now.filter + by);
    buttons[now.filter % PAGE].button.focus();
  });

  return (sight, { width, height }, filter) => {
    const { state, run, layer } = sight;
    const [kernel, out] = [`${layer.name}.w`, `${layer.name}.out`].map(
      (name) => /** @type {TensorInfo} */ (infoOf(run, name)),
    );
    const [count, channels] = kernel.shape;
    now = { sight, filter, count };
    const isPaged = count > PAGE;
    earlier.hidden = later.hidden = !isPaged;
    earlier.disabled = first() === 0;
    later.disabled = first() + PAGE >= count;
    const inRow = width < LEAST * PAGE ? Math.ceil(PAGE / 2) : PAGE;
    const high = Math.floor(height / (PAGE / inRow)) - 16;
    const each = Math.floor((width - (isPaged ? 80 : 0)) / inRow) - 20;
    const side = Math.max(12, Math.min(high, channels === 1 ? Math.floor(each / 2) - 2 : each, 40));
    buttons.forEach(({ button, kernel: small, map }, at) => {
      const number = first() + at;
      button.hidden = number >= count;
      if (button.hidden) return;
      const isNow = number === filter;
      button.setAttribute("aria-checked", String(isNow));
      button.setAttribute("aria-label", `Filter ${number + 1}`);
      button.tabIndex = isNow ? 0 : -1;
      // With several channels a filter has as many kernels: its map stands for all of them.
      small.hidden = channels > 1;
      for (const [target, info, index] of /** @type {const} */ ([
        [small, kernel, number * channels],
        [map, out, number],
      ])) {
        const { start, shape } = partOf(info, index);
        const { values, done } = tensorAt(state, info.name);
        const fit = fitted(shape, { width: side, height: side });
        target.picture = {
          shape: fit.shape,
          layout: fit.layout,
          cells: values?.cells.subarray(start, start + fit.cells) ?? null,
          done: doneIn(done, start, fit.cells),
          limit: limitAt(state, sharingColours(run, info.name)),
          signed: info.signed,
          outlines: [],
          numbers: false,
          theme: state.theme,
          label: `filter ${number + 1}`,
        };
      }
    });
    say(earlier, "‹");
  };
}
