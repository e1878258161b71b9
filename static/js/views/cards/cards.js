/** The network as a row of cards: neighbours share one, and the layer in focus opens. */

import { element, say } from "../../graphics/dom.js";
import { fitted } from "../../graphics/fit.js";
import { times } from "../../graphics/format.js";
import { makeStop, walkByArrows } from "../../graphics/roving.js";
import { describe, limitAt } from "../../graphics/tensors.js";
import { focusedLayer, phaseOf } from "../../core/focus.js";
import { tensorAt } from "../../core/shown_tensors.js";
import { partOfCells } from "../../core/typed_arrays.js";
import { groupsThatFit, namesOn, WIDTHS } from "./grouping.js";
import { isNarrow } from "./narrow.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("./grouping.js").Group} Group */
/** @typedef {{ info: TensorInfo, map: HeatMap, caption: HTMLElement | null }} Shown a tensor on a card */
/** @typedef {{ group: Group, root: HTMLElement, about: HTMLElement, tensors: Shown[] }} Card */

/** The edges of a card inside, and the heights of its heading and of a caption, in pixels. */
const PADDING = 12;
const HEADING = 52;
const CAPTION = 24;
/** The most pixels of height that the maps of a card take: beyond that they stand side by side. */
const TALLEST = 190;

/** @param {TensorInfo} info @returns {HeatMap} */
function mapOf(info) {
  const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
  map.dataset.name = info.name;
  map.setAttribute("role", "presentation");
  return map;
}

/** A card of layers that are not in focus: their names, and what leaves the last of them. @param {Group} group @param {App["effects"]} effects @returns {Card} */
function cardOf(group, effects) {
  const last = group.layers[group.layers.length - 1];
  const names = namesOn(group).map(({ layer, words }) => {
    const name = element("button", "title", words);
    name.title = `${layer.title}: ${layer.summary}`;
    name.addEventListener("click", (event) => {
      event.stopPropagation();
      effects.focus(layer.name);
    });
    return name;
  });
  const heading = element("div", "names", ...names);
  walkByArrows(heading, () => names);
  makeStop(names, 0);
  const about = element("p", "quiet");
  const root = element("article", "card", heading, about);
  root.dataset.layer = group.layers[0].name;
  /** @type {Shown[]} */
  const tensors = [];
  for (const { tensor, words } of [
    { tensor: "out", words: "" },
    { tensor: "dout", words: "gradient" },
  ]) {
    const info = last.tensors.find((each) => each.tensor === tensor);
    if (!info) continue;
    const map = mapOf(info);
    const caption = words ? element("p", "backward", words) : null;
    root.append(element("figure", tensor, ...(caption ? [caption] : []), map));
    tensors.push({ info, map, caption });
  }
  root.addEventListener("click", () => effects.focus(last.name));
  return { group, root, about, tensors };
}

/** @param {State} state @param {Card} card @param {{ width: number, height: number }} box of the row */
function drawCard(state, { group, about, tensors }, { height }) {
  const last = group.layers[group.layers.length - 1];
  say(about, times(last.shape));
  const begun = tensors.filter(({ info, caption }) => !caption || tensorAt(state, info.name).done !== "none");
  const room = Math.min(
    TALLEST,
    (height - HEADING - PADDING) / begun.length - (begun.length > 1 ? CAPTION : 0),
  );
  for (const { info, map, caption } of tensors) {
    const isShown = begun.some((each) => each.info === info);
    /** @type {HTMLElement} */ (map.parentElement).hidden = !isShown;
    if (!isShown) continue;
    const { values, done } = tensorAt(state, info.name);
    const { shape, layout, cells } = fitted(info.shape, { width: WIDTHS.card - 2 * PADDING, height: room });
    map.picture = {
      shape,
      layout,
      cells: values && partOfCells(values.cells, 0, cells),
      done,
      limit: limitAt(state, [info.name]),
      signed: info.signed,
      outlines: [],
      numbers: false,
      theme: state.theme,
      label: `${caption ? "gradient of " : ""}${describe(info)}`,
    };
  }
}

/** Which end of the network is open instead of a layer, on a phone. @param {Run} run @param {string | null} layer */
function openEnd({ layers }, layer) {
  if (layer === layers[0].name) return "picture";
  return layer === layers[layers.length - 1].name ? "answer" : "";
}

/**
 * @param {HTMLElement} root @param {App} app
 * @param {(root: HTMLElement, app: App) => (state: State) => void} mountFocus mounts the layer in focus on its card
 * @returns {(state: State) => void}
 */
export function mountCards(root, app, mountFocus) {
  const { effects } = app;
  const focus = element("article", "card focus");
  const drawFocus = mountFocus(focus, app);
  /** @type {Card[]} */
  let cards = [];
  /** What the cards are of. */
  let built = "";
  let box = { width: 0, height: 0 };
  /** @type {State | null} */
  let last = null;
  const network = /** @type {HTMLElement} */ (root.parentElement);
  const resized = new ResizeObserver(() => {
    // On a phone the row has no box of its own: the chips stand in the network's.
    box = { width: root.clientWidth || network.clientWidth, height: network.clientHeight };
    if (last) draw(last);
  });
  resized.observe(root);
  resized.observe(network);

  /** @param {Run} run @param {State} state */
  function build(run, state) {
    const isPhone = isNarrow();
    const layers = run.layers.slice(1);
    const isSlim = isPhone || state.large !== null;
    const name = focusedLayer(state)?.name ?? null;
    // The last layer is the answer's card, which opens beside it.
    const middle = name === layers[layers.length - 1].name ? layers : layers.slice(0, -1);
    const groups = groupsThatFit(middle, name, isPhone ? Infinity : box.width, isSlim);
    const key = JSON.stringify([
      run.id,
      isSlim,
      groups.map((group) => group.layers.map((layer) => layer.name)),
    ]);
    if (key === built) return;
    built = key;
    cards = groups.filter(({ isFocus }) => !isFocus).map((group) => cardOf(group, effects));
    const inOrder = groups.map((group) =>
      group.isFocus ? focus : /** @type {Card} */ (cards.find((card) => card.group === group)).root,
    );
    root.classList.toggle("slim", isSlim);
    root.replaceChildren(...inOrder);
  }

  /** @param {State} state */
  function draw(state) {
    if (!state.run || state.depth !== "explore" || box.width === 0) return;
    build(state.run, state);
    root.dataset.phase = phaseOf(state);
    network.dataset.open = openEnd(state.run, state.focus.layer);
    if (!root.classList.contains("slim")) for (const card of cards) drawCard(state, card, box);
    drawFocus(state);
  }

  return (state) => {
    last = state;
    draw(state);
  };
}
