/** The output of each layer for the picture, as small maps. A click on a cell, or Enter, maps its saliency. */

import { heldLimit } from "../../graphics/tensors.js";
import { decode, shapeOfArray } from "../../core/typed_arrays.js";
import { element } from "../../graphics/dom.js";
import { indexOf, times } from "../../graphics/format.js";
import { isSignal } from "../../graphics/layout.js";
import { mapsOf } from "../../graphics/mosaic.js";
import { outputsOf } from "./state.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Tensor} Tensor */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../graphics/heatmap.js").Picture} Picture */

/** The height of the maps, in pixels. */
const HIGH = 96;

/** A layout within the height. @param {readonly number[]} shape @returns {Picture["layout"]} */
function layoutOf(shape) {
  if (shape.length === 1) {
    const down = Math.min(shape[0], 16);
    const cell = Math.max(2, Math.floor(HIGH / down));
    return { cell, across: 1, gap: 1, wrap: Math.ceil(shape[0] / down) };
  }
  const { maps, rows, columns } = mapsOf(shape);
  const down = Math.max(1, Math.ceil(Math.sqrt(maps / 3)));
  const across = Math.ceil(maps / down);
  if (isSignal(shape)) {
    const cell = Math.max(1, Math.floor(120 / columns));
    return { cell, across, gap: 2, high: Math.max(8, Math.floor(HIGH / down) - 2) };
  }
  const cell = Math.max(1, Math.min(12, Math.floor((HIGH - 2 * down) / (down * rows))));
  return { cell, across, gap: 2 };
}

/** @param {readonly number[]} shape @returns {number} the cells in a row */
const acrossOf = (shape) => (shape.length === 1 ? (layoutOf(shape).wrap ?? 1) : shape[shape.length - 1]);

/** @param {Tensor} tensor @param {boolean} signed @param {State} state @returns {Picture} without a cursor */
function pictureOf({ name, data, minimum, maximum }, signed, state) {
  const shape = shapeOfArray(data);
  return {
    shape,
    layout: layoutOf(shape),
    cells: decode(data),
    done: "all",
    limit: heldLimit(state, name) ?? Math.max(Math.abs(minimum ?? 0), Math.abs(maximum ?? 0)),
    signed,
    curve: isSignal(shape),
    outlines: [],
    numbers: false,
    theme: state.theme,
    label: `${name} of your picture`,
  };
}

/**
 * A layer's map, which the arrow keys move a cursor over.
 * @param {{ name: string, layer: string }} output @param {readonly number[]} shape of the layer @param {App} app
 */
function mountMap({ name, layer }, shape, { effects }) {
  const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
  /** @type {Picture | null} */
  let picture = null;
  /** The cell that the keys are at, while the map has the focus. @type {number | null} */
  let at = null;

  function draw() {
    if (!picture) return;
    const place = at === null ? "" : `, at [${indexOf(at, picture.shape).join(", ")}]`;
    map.picture = {
      ...picture,
      outlines: at === null ? [] : [{ cells: [at], style: "cursor" }],
      label: `${picture.label}${place}`,
    };
  }

  /** @param {number | null} cell */
  const ask = (cell) => cell !== null && void effects.draw.mapUnit({ layer, cell });
  /** @param {number | null} cell */
  function move(cell) {
    at = cell;
    draw();
  }

  map.tabIndex = 0;
  map.addEventListener("cell-click", (event) => ask(/** @type {CustomEvent} */ (event).detail.cell));
  map.addEventListener("focus", () => map.matches(":focus-visible") && move(0));
  map.addEventListener("blur", () => move(null));
  map.addEventListener("keydown", (event) => {
    if (!picture) return;
    const across = acrossOf(picture.shape);
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (by === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (by === undefined) return ask(at ?? 0);
    const cell = (at ?? 0) + by;
    if (cell >= 0 && cell < picture.shape.reduce((product, side) => product * side, 1)) move(cell);
  });
  const caption = element("figcaption", "", element("b", "", layer), ` ${times(shape)}`);
  return {
    name,
    figure: element("figure", "", caption, map),
    /** @param {Picture} next */
    show(next) {
      picture = next;
      draw();
    },
  };
}

/** @param {HTMLElement} strip @param {App} app @returns {(state: State) => void} */
export function mountLayerStrip(strip, app) {
  /** @type {ReturnType<typeof mountMap>[]} */
  let maps = [];
  /** The run that the maps are of. */
  let built = "";
  /** What is drawn. @type {readonly unknown[]} */
  let drawn = [];

  /** @param {Run} run */
  function build(run) {
    maps = outputsOf(run).map((output) =>
      mountMap(output, run.layers.find(({ name }) => name === output.layer)?.shape ?? [], app),
    );
    strip.replaceChildren(...maps.map(({ figure }) => figure));
    built = run.id;
  }

  return (state) => {
    const { draw, theme, heldColours } = state;
    const { answer } = draw;
    if (!answer) {
      built = "";
      strip.replaceChildren();
    }
    if (!answer || (drawn[0] === answer && drawn[1] === theme && drawn[2] === heldColours && built)) return;
    drawn = [answer, theme, heldColours];
    if (built !== answer.run.id) build(answer.run);
    const signs = new Map(outputsOf(answer.run).map(({ name, signed }) => [name, signed]));
    const { tensors } = answer.prediction;
    for (const { name, show } of maps) {
      const tensor = tensors.find((each) => each.name === name);
      if (tensor) show(pictureOf(tensor, signs.get(name) ?? true, state));
    }
  };
}
