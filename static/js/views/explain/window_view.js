/** A number of a convolution window by window: grids of products, their sums, and the maps before the sum. */

import { element, one, say } from "../../graphics/dom.js";
import { indexOf, plural } from "../../graphics/format.js";
import { infoOf, ROWS } from "../../core/state.js";
import {
  factorsOf,
  isEmpty,
  isOfProduct,
  placeOf,
  spotText,
  structureOf,
  sumsOf,
  windowsOf,
} from "./window_data.js";
import { cellText } from "./window_data.js";
import { buildMaps, buildRows, drawMaps, drawRows, spotOf } from "./window_grids.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("./window_data.js").Windows} Windows */
/** @typedef {import("./window_data.js").Place} Place */

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
  const { bias } = windows.sliding;
  const elements = lines.flatMap(({ label, number, isBias }) => {
    const lead = isBias && bias ? [biasLead(bias, label, effects)] : [label];
    return [element("span", "label", ...lead), element("output", "number", number)];
  });
  one(".sums", table).replaceChildren(...elements);
}

/** @param {NonNullable<Windows["sliding"]["bias"]>} bias @param {string} label @param {App["effects"]} effects */
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
  for (const way of WAYS) one(`.${way}`, ways).addEventListener("click", () => effects.slide({ way }));
  /** @param {Windows["sliding"]} sliding */
  return (sliding) => {
    ways.hidden = sliding.way === null;
    for (const way of WAYS) one(`.${way}`, ways).setAttribute("aria-pressed", String(sliding.way === way));
    agreement.hidden = sliding.agreement === null;
    agreement.className = `agreement ${sliding.agreement?.agree ? "right" : "wrong"}`;
    say(agreement, sliding.agreement?.words ?? "");
  };
}

/** Which rows are listed. @param {HTMLElement} root @param {App} app */
function mountPages(root, { store, effects }) {
  const pages = one(".pages", root);
  const range = one(".range", pages);
  const [earlier, later, order] = ["earlier", "later", "order"].map(
    (name) => /** @type {HTMLButtonElement} */ (one(`.${name}`, pages)),
  );
  /** @param {number} rows */
  const turn = (rows) => {
    const { slid } = store.get();
    if (slid) effects.slide({ offset: slid.sliding.offset + rows });
  };
  earlier.addEventListener("click", () => turn(-ROWS));
  later.addEventListener("click", () => turn(ROWS));
  order.addEventListener("click", () =>
    effects.slide({ sort: store.get().slide.sort === "size" ? "order" : "size", offset: 0 }),
  );
  /** @param {State} state @param {Windows} windows */
  return (state, windows) => {
    const { sliding, rows } = windows;
    const end = sliding.offset + rows.length;
    pages.hidden = sliding.count <= ROWS || isEmpty(windows);
    say(range, `${plural(sliding.count, sliding.each)}: ${sliding.offset + 1} to ${end}`);
    earlier.disabled = sliding.offset === 0;
    later.disabled = end >= sliding.count;
    say(order, state.slide.sort === "size" ? "by size" : "by number");
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
    const { sliding } = windows;
    const isBuilt = structure === structureOf(windows);
    structure = structureOf(windows);
    if (!isBuilt) {
      buildRows(table, windows);
      buildMaps(maps, windows);
    }
    say(after, sliding.done === null ? "" : `after ${plural(sliding.done, "window")}`);
    say(words, sliding.words);
    drawRows(table, state, windows, pointed);
    drawSums(table, windows, app);
    say(
      mapsTitle,
      sliding.each === "example"
        ? "What each example adds to this kernel’s gradient"
        : `Before the sum: the map of each ${sliding.each}`,
    );
    drawMaps(maps, state, windows);
    drawWays(sliding);
    drawPages(state, windows);
    told.hidden = isEmpty(windows);
  }

  return (state) => {
    const { slid } = state;
    root.hidden = slid === null || state.large?.name !== slid.sliding.name;
    root.setAttribute("aria-busy", String(!slid?.isFresh));
    if (!slid) {
      drawn = null;
      return;
    }
    const isNew = slid.sliding !== drawn?.windows.sliding;
    const isRestyled = state.theme !== drawn?.state.theme || state.shown !== drawn?.state.shown;
    const windows = isNew || !drawn ? windowsOf(slid.sliding) : drawn.windows;
    drawn = { windows, state };
    if (isNew) {
      pointed = null;
      say(told, HINT);
    }
    if (!root.hidden && (isNew || (isRestyled && slid.isFresh))) draw(state, windows);
  };
}
