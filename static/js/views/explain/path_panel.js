/** The path from the loss to the open parameter, link by link. */

import { told } from "../../graphics/format.js";
import { element } from "../../graphics/dom.js";
import { glossed } from "../../graphics/glossed.js";
import { placeButton } from "./terms.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Chain} Chain */

/** @param {Chain} path @param {App["effects"]} effects @returns {HTMLElement[]} */
function pathElements({ words, links }, effects) {
  const rows = links.map(({ name, cell, index, value, factor, product }, i) => {
    // The path stays within the example on the stage.
    const place = placeButton({ name, cell, example: null }, `${name}[${index.join(",")}]`, effects);
    const slope = i === 0 ? "" : `× ${told(factor)}`;
    const cells = [place, slope, told(product), told(value)];
    return element("tr", "", ...cells.map((each, i) => element("td", i ? "number" : "", each)));
  });
  const titles = ["the gradient of", "slope", "this path", "all paths"];
  const head = element("tr", "", ...titles.map((title) => element("th", "", title)));
  const table = element("table", "links", element("thead", "", head), element("tbody", "", ...rows));
  return [element("p", "", ...glossed(words)), ...(links.length ? [table] : [])];
}

/** @param {HTMLElement} panel @param {App} app @returns {(state: State) => void} */
export function mountPathPanel(panel, { effects }) {
  /** @type {Chain | null} */
  let drawn = null;
  return ({ gradientPath }) => {
    panel.setAttribute("aria-busy", String(gradientPath === null));
    if (gradientPath && gradientPath !== drawn) panel.replaceChildren(...pathElements(gradientPath, effects));
    drawn = gradientPath;
  };
}
