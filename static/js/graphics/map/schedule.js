/**
 * When maps are drawn: all that changed together, before the browser draws the page. Maps out of view wait until they come
 * into view or nothing changes any more.
 */

import { forgetInks } from "./inks.js";

/** @typedef {import("../heatmap.js").HeatMap} HeatMap */

/** How long nothing changes until the maps out of view are drawn, in milliseconds. */
const REST = 200;

/** @type {Set<HeatMap>} */
const changed = new Set();
/** @type {Set<HeatMap>} */
const outOfView = new Set();
/** @type {Set<HeatMap>} */
const connected = new Set();
let isWaiting = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let rest;

/** @param {(map: HeatMap) => boolean} which */
function paint(which) {
  for (const map of changed) {
    if (!which(map)) continue;
    changed.delete(map);
    map.paint();
  }
}

/** Draws a map together with all others that change in this turn. @param {HeatMap} map */
export function enqueue(map) {
  changed.add(map);
  if (isWaiting) return;
  isWaiting = true;
  queueMicrotask(() => {
    isWaiting = false;
    paint((each) => !outOfView.has(each));
    clearTimeout(rest);
    if (changed.size > 0) rest = setTimeout(paint, REST, () => true);
  });
}

/** @type {IntersectionObserver | null} */
let observer = null;

/** @param {IntersectionObserverEntry[]} entries */
function see(entries) {
  for (const { target, isIntersecting } of entries) {
    const map = /** @type {HeatMap} */ (target);
    if (isIntersecting) outOfView.delete(map);
    else outOfView.add(map);
  }
  paint((map) => !outOfView.has(map));
}

/** Another zoom has other pixels, and forced colours have other inks. */
function refresh() {
  for (const map of connected) map.refresh();
}

function start() {
  observer = new IntersectionObserver(see, { rootMargin: "200px" });
  let ratio = window.devicePixelRatio;
  window.addEventListener("resize", () => {
    if (ratio === window.devicePixelRatio) return;
    ratio = window.devicePixelRatio;
    refresh();
  });
  window.matchMedia("(forced-colors: active)").addEventListener("change", () => {
    forgetInks();
    refresh();
  });
  window.addEventListener("beforeprint", () => paint(() => true));
}

/** @param {HeatMap} map that is on the page now */
export function observe(map) {
  if (!observer) start();
  connected.add(map);
  observer?.observe(map);
}

/** @param {HeatMap} map that is on the page no more */
export function unobserve(map) {
  connected.delete(map);
  outOfView.delete(map);
  observer?.unobserve(map);
}
