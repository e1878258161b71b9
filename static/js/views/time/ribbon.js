/**
 * This step as a ribbon: forward, loss, backward, update, and a marker at the position. A click goes to the end of a
 * phase, or of a layer where those have their names; a drag goes from cell to cell.
 */

import { element } from "../../graphics/dom.js";
import { stepAt } from "../../core/timeline.js";
import { WORDS } from "../../words/en.js";
import { bandsOf, placeOf, positionAt } from "./ribbon_scale.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("./ribbon_scale.js").Band} Band */
/** @typedef {{ band: Band, root: HTMLElement, layers: HTMLElement }} Drawn */

/** A press that moves by more pixels is a drag. */
const DRAG_PIXELS = 3;

/** A layer in a phase, as a button with its name or as a tick. @param {Band} band @param {Band["layers"][number]} stretch */
function stretchOf({ phase }, { layer, end, from, to }) {
  const chip = element("button", "stretch", layer);
  chip.tabIndex = -1;
  chip.dataset.end = String(end);
  chip.setAttribute("aria-label", WORDS.toLayer(layer, phase));
  chip.style.width = `${100 * (to - from)}%`;
  return chip;
}

/** @param {Band} band @returns {Drawn} */
function drawnOf(band) {
  const { name, words } = WORDS.phases[band.phase];
  const title = element("button", "title", element("b", "", name), " ", element("span", "quiet", words));
  title.tabIndex = -1;
  title.dataset.end = String(band.end);
  // What is seen comes first, so that a person can say it to press it.
  title.setAttribute("aria-label", `${`${name} ${words}`.trim()}: ${WORDS.toPhase(band.phase)}`);
  const layers = element("div", "layers", ...band.layers.map((stretch) => stretchOf(band, stretch)));
  const root = element("div", "band", title, layers);
  root.dataset.phase = band.phase;
  return { band, layers, root };
}

/** Clicks and drags. @param {HTMLElement} root @param {() => readonly Drawn[]} bands @param {App["effects"]} effects */
function listen(root, bands, effects) {
  let from = NaN;
  let isDrag = false;

  /** @param {PointerEvent} event @returns {{ position: number, layer: string } | null} what lies there */
  function under({ clientX: x, clientY: y }) {
    const all = bands().map((each) => ({ ...each, box: each.layers.getBoundingClientRect() }));
    // A long network has two rows.
    const near = all.filter(({ box }) => y >= box.top && y <= box.bottom);
    const row = near.length ? near : all;
    const { band, box } = row.find((each) => x <= each.box.right) ?? row[row.length - 1] ?? {};
    if (!band || !box) return null;
    const position = positionAt(band, (x - box.left) / box.width);
    const layer = band.layers.find(({ end }) => position <= end)?.layer ?? "";
    return { position, layer };
  }

  root.addEventListener("pointerdown", (event) => {
    from = event.clientX;
    isDrag = false;
  });
  root.addEventListener("pointermove", (event) => {
    const place = under(event);
    if (!place) return;
    root.title = place.layer;
    if (event.buttons === 0 || Number.isNaN(from)) return;
    if (!isDrag && Math.abs(event.clientX - from) > DRAG_PIXELS) {
      isDrag = true;
      root.setPointerCapture(event.pointerId);
    }
    if (isDrag) effects.seek({ position: place.position }, true);
  });
  root.addEventListener("pointerup", () => (from = NaN));
  root.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-end]") : null;
    if (!isDrag && target instanceof HTMLElement) effects.seek({ position: Number(target.dataset.end) });
    isDrag = false;
  });
}

/** The marker is a slider: cells by the arrow keys, layers by Page Up and Page Down. @param {HTMLElement} marker @param {App} app */
function listenToKeys(marker, { store, effects }) {
  marker.addEventListener("keydown", (event) => {
    const { run, moment } = store.get();
    if (!run) return;
    const { position } = moment;
    const ends = bandsOf(run).flatMap(({ layers }) => layers.map(({ end }) => end));
    const last = run.positions;
    /** @type {Record<string, number>} */
    const places = {
      ArrowLeft: position - 1,
      ArrowDown: position - 1,
      ArrowRight: position + 1,
      ArrowUp: position + 1,
      PageDown: ends.find((end) => end > position) ?? last,
      PageUp: ends.findLast((end) => end < position) ?? 1,
      Home: 1,
      End: last,
    };
    if (places[event.key] === undefined || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const isCell = event.key.startsWith("Arrow");
    effects.seek({ position: Math.min(last, Math.max(1, places[event.key])) }, isCell);
  });
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountRibbon(root, app) {
  /** @type {Drawn[]} */
  let bands = [];
  /** The run that the bands are of. */
  let built = "";
  const marker = element("div", "marker");
  marker.setAttribute("role", "slider");
  marker.setAttribute("aria-label", WORDS.position);
  marker.setAttribute("aria-valuemin", "1");
  marker.tabIndex = 0;
  root.setAttribute("aria-label", WORDS.thisStep);
  listen(root, () => bands, app.effects);
  listenToKeys(marker, app);

  return ({ run, shown }) => {
    if (!run) return;
    if (built !== run.id) {
      bands = bandsOf(run).map(drawnOf);
      root.replaceChildren(...bands.map((each) => each.root));
      marker.setAttribute("aria-valuemax", String(run.positions));
      built = run.id;
    }
    if (!shown) return;
    const { position } = shown.moment;
    const { segment, cell } = stepAt(run, position);
    const { band, part } = placeOf(
      bands.map((each) => each.band),
      position,
    );
    for (const each of bands) {
      const isNow = each.band === band;
      each.root.classList.toggle("now", isNow);
      each.root.classList.toggle("done", each.band.end <= position);
      if (isNow && marker.parentElement !== each.layers) each.layers.append(marker);
      for (const chip of each.layers.querySelectorAll("button"))
        chip.classList.toggle("now", isNow && Number(chip.dataset.end) === layerEnd(band, position));
    }
    marker.style.left = `${100 * part}%`;
    marker.setAttribute("aria-valuenow", String(position));
    marker.setAttribute(
      "aria-valuetext",
      WORDS.positionText(segment.phase, segment.layer, cell + 1, segment.cells),
    );
  };
}

/** The end of the layer that a position is in. @param {Band} band @param {number} position */
const layerEnd = ({ layers }, position) => layers.find(({ end }) => position <= end)?.end;
