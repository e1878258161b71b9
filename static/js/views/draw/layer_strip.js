/** What each layer makes of an input: its maps, small; a click, or Enter at the cursor, asks why about a cell. */

import { decode, shapeOfArray } from "../../core/typed_arrays.js";
import { element } from "../../graphics/dom.js";
import { indexOf, times } from "../../graphics/format.js";
import { isSignal } from "../../graphics/layout.js";
import { mapsOf } from "../../graphics/mosaic.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Tensor} Tensor */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */

const HIGH = 96;

/** @param {Run} run @returns {{ name: string, layer: string, signed: boolean }[]} the outputs of all layers */
export const outputsOf = (run) =>
  run.layers.flatMap(({ name: layer, tensors }) =>
    tensors
      .filter(({ tensor, lane }) => tensor === "out" && lane === "forward" && layer !== "input")
      .map(({ name, signed }) => ({ name, layer, signed })),
  );

/** @param {readonly number[]} shape of what is drawn within a height */
function layoutOf(shape) {
  if (shape.length === 1) {
    const down = Math.min(shape[0], 16);
    return {
      cell: Math.max(2, Math.floor(HIGH / down)),
      across: 1,
      gap: 1,
      wrap: Math.ceil(shape[0] / down),
    };
  }
  const { maps, rows, columns } = mapsOf(shape);
  const down = Math.max(1, Math.ceil(Math.sqrt(maps / 3)));
  const cell = Math.max(1, Math.min(12, Math.floor((HIGH - 2 * down) / (down * rows))));
  const high = isSignal(shape) ? { high: Math.max(8, Math.floor(HIGH / down) - 2) } : {};
  return {
    cell: isSignal(shape) ? Math.max(1, Math.floor(120 / columns)) : cell,
    across: Math.ceil(maps / down),
    gap: 2,
    ...high,
  };
}

/** How many cells a row has. @param {readonly number[]} shape */
const acrossOf = (shape) => (shape.length === 1 ? (layoutOf(shape).wrap ?? 1) : shape[shape.length - 1]);

/**
 * @param {HTMLElement} strip
 * @param {{ theme: () => "light" | "dark", choose: (unit: import("./saliency.js").Unit) => void }} on
 */
export function mountLayers(strip, on) {
  /** @type {Map<string, HeatMap>} */
  let maps = new Map();
  let built = "";
  /** Pictures as they are without a cursor. @type {Map<string, import("../../graphics/heatmap.js").Picture>} */
  let pictures = new Map();
  /** The cell that the keys are at, in the map that has the focus. */
  let at = { name: "", cell: 0 };

  /** @param {string} name */
  function show(name) {
    const [map, picture] = [maps.get(name), pictures.get(name)];
    if (!map || !picture) return;
    const hasCursor = at.name === name;
    map.picture = {
      ...picture,
      outlines: hasCursor ? [{ cells: [at.cell], style: "cursor" }] : [],
      label: hasCursor
        ? `${picture.label}, at [${indexOf(at.cell, picture.shape).join(", ")}]`
        : picture.label,
    };
  }

  /** @param {string} name @param {KeyboardEvent} event @param {(cell: number) => void} ask */
  function press(name, event, ask) {
    const shape = pictures.get(name)?.shape;
    if (!shape) return;
    const across = acrossOf(shape);
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (by === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (by === undefined) return ask(at.cell);
    const cell = at.cell + by;
    if (cell < 0 || cell >= shape.reduce((product, side) => product * side, 1)) return;
    at = { name, cell };
    show(name);
  }

  /** @param {Run} run */
  function build(run) {
    built = run.id;
    maps = new Map();
    pictures = new Map();
    strip.replaceChildren(
      ...outputsOf(run).map(({ name, layer }) => {
        const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
        maps.set(name, map);
        const shape = run.layers.find((each) => each.name === layer)?.shape ?? [];
        /** @param {number} cell */
        const ask = (cell) =>
          on.choose({ layer, cell, title: `${name}[${indexOf(cell, shape).join(", ")}]` });
        map.addEventListener("cell-click", (event) => {
          const { cell } = /** @type {CustomEvent} */ (event).detail;
          if (cell !== null) ask(cell);
        });
        map.tabIndex = 0;
        map.addEventListener("focus", () => {
          if (!map.matches(":focus-visible")) return;
          at = { name, cell: 0 };
          show(name);
        });
        map.addEventListener("blur", () => {
          at = { name: "", cell: 0 };
          show(name);
        });
        map.addEventListener("keydown", (event) => press(name, event, ask));
        const caption = element("figcaption", "", element("b", "", layer), ` ${times(shape)}`);
        return element("figure", "", caption, map);
      }),
    );
  }

  return {
    /** @param {Run} run @param {readonly Tensor[]} tensors */
    draw(run, tensors) {
      if (built !== run.id) build(run);
      const signs = new Map(outputsOf(run).map(({ name, signed }) => [name, signed]));
      for (const { name, data, minimum, maximum } of tensors) {
        const shape = shapeOfArray(data);
        pictures.set(name, {
          shape,
          layout: layoutOf(shape),
          cells: decode(data),
          done: "all",
          limit: Math.max(Math.abs(minimum ?? 0), Math.abs(maximum ?? 0)),
          signed: signs.get(name) ?? true,
          curve: isSignal(shape),
          outlines: [],
          numbers: false,
          theme: on.theme(),
          label: `${name} of your picture`,
        });
        show(name);
      }
    },
    clear() {
      built = "";
      strip.replaceChildren();
    },
  };
}
