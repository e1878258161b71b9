/** The window view of a convolution's number: grids of products, their sums, and the maps before the sum. */

import { element, one, say } from "../../graphics/dom.js";
import { sayGlossed } from "../../graphics/glossed.js";
import { indexOf, plural } from "../../graphics/format.js";
import { ROWS } from "../../core/state.js";
import { infoOf } from "../../core/shown_tensors.js";
import {
  factorsOf,
  isEmpty,
  isOfProduct,
  placeOf,
  spotText,
  structureOf,
  sumsOf,
  windowsOf,
} from "../../graphics/window_data.js";
import { cellText } from "../../graphics/window_data.js";
import { buildMaps, buildRows, drawMaps, drawRows, spotOf } from "./window_grids.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../graphics/window_data.js").Windows} Windows */
/** @typedef {import("../../graphics/window_data.js").Place} Place */

const HINT = "Point at a number to read its product; a click goes to its cell.";
const WAYS = /** @type {const} */ (["stamps", "correlation"]);

/** @param {State} state @returns {(place: Place) => string} such as conv1.out[0,2,3] */
const naming =
  ({ run }) =>
  ({ name, cell }) => {
    const info = run && infoOf(run, name);
    return info ? cellText(name, indexOf(cell, info.shape)) : name;
  };

/** @param {readonly Place[]} places @returns {State["lit"]} */
const litBy = (places) => places.map(({ name, cell }) => ({ name, cells: [cell] }));

/** The sums of the rows and the lines under them. @param {HTMLElement} table @param {Windows} windows @param {App} app */
function drawSums(table, windows, { effects }) {
  const { values, lines } = sumsOf(windows);
  table.querySelectorAll(".value").forEach((output, row) => say(output, values[row]));
  const { bias } = windows.view;
  const elements = lines.flatMap(({ label, number, isBias }) => {
    const lead = isBias && bias ? [biasLead(bias, label, effects)] : [label];
    return [element("span", "label", ...lead), element("output", "number", number)];
  });
  one(".sums", table).replaceChildren(...elements);
}

/** @param {NonNullable<Windows["view"]["bias"]>} bias @param {string} label @param {App["effects"]} effects */
function biasLead({ name, cell }, label, effects) {
  const place = { name: name ?? "", cell: cell ?? 0, example: null };
  const button = element("button", "factor", label);
  button.addEventListener("click", () => effects.follow(place));
  button.addEventListener("pointerenter", () => effects.light(litBy([place])));
  button.addEventListener("pointerleave", () => effects.light([]));
  return element("span", "", "+ the bias ", button);
}

/** The two ways to a gradient, and whether they agree. @param {HTMLElement} root @param {App} app */
function mountWays(root, { effects }) {
  const ways = one(".ways", root);
  const agreement = one(".agreement", root);
  for (const way of WAYS)
    one(`.${way}`, ways).addEventListener("click", () => effects.setWindowOptions({ way }));
  /** @param {Windows["view"]} view */
  return (view) => {
    ways.hidden = view.way === null;
    for (const way of WAYS) one(`.${way}`, ways).setAttribute("aria-pressed", String(view.way === way));
    agreement.hidden = view.agreement === null;
    agreement.className = `agreement ${view.agreement?.agree ? "right" : "wrong"}`;
    say(agreement, view.agreement?.words ?? "");
  };
}

/** The pages of rows, and their order. @param {HTMLElement} root @param {App} app */
function mountPages(root, { store, effects }) {
  const pages = one(".pages", root);
  const range = one(".range", pages);
  const [earlier, later, order] = ["earlier", "later", "order"].map(
    (name) => /** @type {HTMLButtonElement} */ (one(`.${name}`, pages)),
  );
  /** @param {number} rows */
  const turn = (rows) => {
    const { windowView } = store.get();
    if (windowView) effects.setWindowOptions({ offset: windowView.view.offset + rows });
  };
  earlier.addEventListener("click", () => turn(-ROWS));
  later.addEventListener("click", () => turn(ROWS));
  order.addEventListener("click", () =>
    effects.setWindowOptions({
      sort: store.get().windowOptions.sort === "size" ? "order" : "size",
      offset: 0,
    }),
  );
  /** @param {State} state @param {Windows} windows */
  return (state, windows) => {
    const { view, rows } = windows;
    const end = view.offset + rows.length;
    pages.hidden = view.count <= ROWS || isEmpty(windows);
    say(range, `${plural(view.count, view.each)}: ${view.offset + 1} to ${end}`);
    earlier.disabled = view.offset === 0;
    later.disabled = end >= view.count;
    say(order, state.windowOptions.sort === "size" ? "by size" : "by number");
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountWindowView(root, app) {
  const { effects } = app;
  const [after, words, told] = [one(".after", root), one(".words", root), one(".told", root)];
  const [table, maps, mapsTitle] = [one(".rows", root), one(".maps", root), one(".maps-title", root)];
  const [drawWays, drawPages] = [mountWays(root, app), mountPages(root, app)];
  /** What is drawn, and from which state. @type {{ windows: Windows, state: State } | null} */
  let drawn = null;
  let structure = "";
  /** The product that is pointed at. @type {{ row: number, at: number } | null} */
  let pointed = null;

  root.addEventListener("cell-hover", (event) => {
    const { detail, target } = /** @type {CustomEvent} */ (event);
    if (target instanceof HTMLElement) point(target, detail.cell);
  });
  root.addEventListener("cell-click", (event) => {
    const { detail, target } = /** @type {CustomEvent} */ (event);
    if (!drawn || detail.cell === null || !(target instanceof HTMLElement)) return;
    const place = placeOf(drawn.windows, spotOf(target), detail.cell);
    if (place) effects.follow(place);
  });

  /** @param {HTMLElement} map @param {number | null} at a cell of the grid */
  function point(map, at) {
    if (!drawn) return;
    const { windows } = drawn;
    const spot = spotOf(map);
    pointed = at !== null && isOfProduct(spot) ? { row: spot.row, at } : null;
    if (pointed) effects.light(litBy(factorsOf(windows, pointed.row, pointed.at)));
    else {
      const place = at === null ? null : placeOf(windows, spot, at);
      effects.light(place ? litBy([place]) : []);
    }
    drawRows(table, drawn.state, windows, pointed);
    say(told, at === null ? HINT : spotText(windows, spot, at, naming(drawn.state)));
  }

  /** @param {State} state @param {Windows} windows */
  function draw(state, windows) {
    const { view } = windows;
    const isBuilt = structure === structureOf(windows);
    structure = structureOf(windows);
    if (!isBuilt) {
      buildRows(table, windows);
      buildMaps(maps, windows);
    }
    say(after, view.done === null ? "" : `after ${plural(view.done, "window")}`);
    sayGlossed(words, view.words);
    drawRows(table, state, windows, pointed);
    drawSums(table, windows, app);
    say(
      mapsTitle,
      view.each === "example"
        ? "What each example adds to this kernel’s gradient"
        : `Before the sum: the map of each ${view.each}`,
    );
    drawMaps(maps, state, windows);
    drawWays(view);
    drawPages(state, windows);
    told.hidden = isEmpty(windows);
  }

  return (state) => {
    const { windowView } = state;
    const isOpen = windowView !== null && state.large?.name === windowView.view.name;
    root.setAttribute("aria-busy", String(!isOpen || !windowView.isFresh));
    // While the windows of another tensor are on their way, those that are drawn are not seen.
    root.classList.toggle("empty", !isOpen);
    if (root.hidden) return;
    if (!isOpen) {
      drawn = null;
      return;
    }
    const isNew = windowView.view !== drawn?.windows.view;
    const isRestyled = state.theme !== drawn?.state.theme || state.shown !== drawn?.state.shown;
    const windows = isNew || !drawn ? windowsOf(windowView.view) : drawn.windows;
    drawn = { windows, state };
    if (isNew) {
      pointed = null;
      say(told, HINT);
    }
    if (isNew || (isRestyled && windowView.isFresh)) draw(state, windows);
  };
}
