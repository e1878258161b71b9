/** What each example of the batch adds to a filter's gradient, as a strip of small kernels. */

import { element, say } from "../../graphics/dom.js";
import { fitted } from "../../graphics/fit.js";
import { heldLimit } from "../../graphics/tensors.js";
import "../../graphics/heatmap.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../core/state.js").Shares} Shares */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("./focus.js").Sight} Sight */

/** The most examples in the strip, and the side of a kernel in it, in pixels. */
const MOST = 8;
const SIDE = 27;

/** @param {App} app */
export function sharesStrip({ effects }) {
  const title = element("span", "quiet");
  const more = element("span", "quiet");
  const buttons = Array.from({ length: MOST }, (_, slot) => {
    const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
    const button = element("button", "share", map);
    button.setAttribute("aria-label", `Show example ${slot + 1} of the batch`);
    button.addEventListener("click", () => effects.showExample(slot));
    return { button, map };
  });
  const root = element("div", "shares-strip", title, ...buttons.map(({ button }) => button), more);
  return {
    root,
    /**
     * @param {Sight} sight @param {Shares | null} shares null before they are computed
     * @param {readonly number[]} window the shape of a kernel
     */
    draw({ state, layer }, shares, window) {
      const count = shares?.examples.length ?? 0;
      root.hidden = count < 2;
      if (!shares || count < 2) return;
      say(title, "each example's share");
      say(more, count > MOST ? `and ${count - MOST} more` : "");
      const size = sizeOfShape(window);
      const largest = Math.max(
        ...shares.examples.flatMap((cells) => [...cells].map(Math.abs)).filter(Number.isFinite),
        0,
      );
      const limit = heldLimit(state, `${layer.name}.dw`) ?? largest;
      const { layout } = fitted(window, { width: SIDE, height: SIDE });
      buttons.forEach(({ button, map }, slot) => {
        button.hidden = slot >= count;
        if (button.hidden) return;
        button.setAttribute(
          "aria-pressed",
          String(state.shown?.example === slot && state.shown.look === null),
        );
        map.picture = {
          shape: window,
          layout,
          cells: shares.examples[slot].subarray(0, size),
          done: "all",
          limit,
          signed: true,
          outlines: [],
          numbers: false,
          theme: state.theme,
          label: `what example ${slot + 1} adds`,
        };
      });
    },
  };
}
