/** A map as a table that screen readers read. */

import { element } from "../dom.js";
import { mosaic, placeOf } from "../mosaic.js";
import { valueText } from "./picture.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("./picture.js").Picture} Picture */

/** @param {"col" | "row" | "rowgroup"} scope @param {string} text */
function head(scope, text) {
  const made = element("th", "", text);
  made.scope = scope;
  return made;
}

/**
 * One map of a picture as a table, with a header for each row and column. They count from 1.
 * @param {Picture} picture @param {number} [map] from 0 @returns {HTMLTableElement}
 */
export function tableOf(picture, map = 0) {
  const m = mosaic(picture.shape, picture.layout);
  const total = sizeOfShape(picture.shape);
  const isVector = picture.shape.length === 1;
  const columns = Array.from({ length: m.columns }, (_, i) => i);
  const rows = Array.from({ length: m.rows }, (_, row) => {
    const first = (map * m.rows + row) * m.columns;
    const cells = columns
      .filter((column) => first + column < total)
      .map((column) => element("td", "number", valueText(picture, first + column)));
    return element("tr", "", head("row", isVector ? `from number ${first + 1}` : `row ${row + 1}`), ...cells);
  });
  const caption = m.maps > 1 ? `${picture.label}: map ${map + 1} of ${m.maps}` : picture.label;
  const heads = columns.map((column) => head("col", isVector ? `${column + 1}` : `column ${column + 1}`));
  return element(
    "table",
    "map-table",
    element("caption", "", caption),
    element("thead", "", element("tr", "", element("td"), ...heads)),
    element("tbody", "", ...rows),
  );
}

/**
 * Shows the table of the map that holds a cell, in a dialog that Escape closes.
 * @param {Picture} picture @param {number} cell @returns {HTMLDialogElement}
 */
export function showTable(picture, cell) {
  const { map } = placeOf(mosaic(picture.shape, picture.layout), cell);
  const close = element("button", "close", "Close");
  const frame = element("div", "frame", tableOf(picture, map));
  // A region that scrolls is reached by the keyboard.
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", "Table of the map");
  const dialog = element("dialog", "map-table", frame, close);
  dialog.setAttribute("aria-label", `${picture.label} as a table`);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
