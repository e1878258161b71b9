/** A small box beside the pointer: the cell under it, with its index and its number. */

import { element, say } from "../../graphics/dom.js";
import { exact, indexOf } from "../../graphics/format.js";
import { infoOf, tensorAt, unknownText, valueAt } from "../../core/shown_tensors.js";

/** @typedef {import("../../core/state.js").State} State */

/** @param {HTMLElement} root @returns {(state: State) => void} */
export function mountTooltip(root) {
  const name = element("b");
  const value = element("span", "number");
  root.replaceChildren(name, value);
  return (state) => {
    const { hover, run } = state;
    const info = hover && run && infoOf(run, hover.name);
    root.hidden = !info;
    if (!hover || !info) return;
    const number = valueAt(state, hover.name, hover.cell);
    const cells = tensorAt(state, hover.name).values?.cells;
    say(name, `${hover.name} [${indexOf(hover.cell, info.shape).join(", ")}]`);
    say(value, number === null ? unknownText(state, hover.name, hover.cell) : exact(number, cells));
    const { innerWidth, innerHeight } = window;
    const isLow = hover.y + 18 + root.offsetHeight > innerHeight;
    root.style.left = `${Math.min(hover.x + 14, innerWidth - root.offsetWidth - 8)}px`;
    root.style.top = `${isLow ? hover.y - root.offsetHeight - 10 : hover.y + 18}px`;
  };
}
