/** What the network is given, large: painted, erased, moved and covered by hand, with a map of why laid over it. */

import { element, one } from "../../graphics/dom.js";
import { painted, shifted } from "./pixel_edits.js";
import { shade } from "../../graphics/greyscale.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {"look" | "paint" | "erase" | "cover"} Tool */

const SIDE = 280;
const MOVES = /** @type {const} */ ([
  ["←", "left", 0, -1],
  ["↑", "up", -1, 0],
  ["↓", "down", 1, 0],
  ["→", "right", 0, 1],
]);

/**
 * A place one move on, within the image.
 * @param {{ row: number, column: number }} place @param {(typeof MOVES)[number]} move
 * @param {number} rows @param {number} columns
 */
const moved = ({ row, column }, [, , down, across], rows, columns) => ({
  row: Math.max(0, Math.min(rows - 1, row + down)),
  column: Math.max(0, Math.min(columns - 1, column + across)),
});

/**
 * @param {HTMLElement} root
 * @param {{ changed: (cells: Float32Array) => void, covered: (cells: Float32Array | null) => void, restore: () => void }} on
 * `covered`: for as long as a patch lies on it
 */
export function mountGiven(root, on) {
  const frame = one(".frame", root);
  const digit = /** @type {HTMLCanvasElement} */ (one("canvas", frame));
  const overlay = /** @type {HeatMap} */ (one("heat-map", frame));
  const tools = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-tool]")]);
  const cursor = one(".cursor", frame);
  const moves = one(".moves", root);
  /** The cell that the keys are at. */
  let at = { row: 0, column: 0 };
  /** @type {{ cells: Numbers, shape: readonly number[] } | null} */
  let given = null;
  /** @type {Tool} */
  let tool = "paint";

  for (const button of tools)
    button.addEventListener("click", () => choose(/** @type {Tool} */ (button.dataset.tool)));
  for (const [sign, name, down, across] of MOVES) {
    const button = element("button", "", sign);
    button.setAttribute("aria-label", `Move it ${name} by a pixel`);
    button.title = `Move it ${name} by a pixel`;
    button.addEventListener("click", () => {
      if (given) on.changed(shifted(given.cells, given.shape, down, across));
    });
    moves.append(button);
  }
  one(".restore", root).addEventListener("click", () => on.restore());

  /** @param {Tool} next */
  function choose(next) {
    tool = next;
    for (const button of tools) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  }

  /** @param {PointerEvent} event @returns {number} the cell under the pointer, -1 for none */
  function cellUnder(event) {
    if (!given) return -1;
    const [, rows, columns] = given.shape;
    const box = digit.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return -1;
    return Math.floor(y * rows) * columns + Math.floor(x * columns);
  }

  /** @param {number} cell */
  function use(cell) {
    if (!given || cell < 0) return;
    const [, rows] = given.shape;
    if (tool === "cover") on.covered(painted(given.cells, given.shape, cell, 0, rows > 16 ? 7 : 3));
    else on.changed(painted(given.cells, given.shape, cell, tool === "paint" ? 1 : 0));
  }

  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
    use(cellUnder(event));
  });
  frame.addEventListener("pointermove", (event) => {
    if (frame.hasPointerCapture(event.pointerId)) use(cellUnder(event));
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel", "keyup", "blur"]))
    frame.addEventListener(end, () => tool === "cover" && on.covered(null));

  frame.addEventListener("keydown", (event) => {
    if (!given) return;
    const [, rows, columns] = given.shape;
    const move = MOVES.find(([, name]) => event.key === `Arrow${name[0].toUpperCase()}${name.slice(1)}`);
    if (!move && event.key !== " ") return;
    event.preventDefault();
    if (move) at = moved(at, move, rows, columns);
    else use(at.row * columns + at.column);
    point();
  });
  frame.addEventListener("focus", point);

  /** Outlines the cell that the keys are at. */
  function point() {
    cursor.hidden = !given;
    if (!given) return;
    const [, rows, columns] = given.shape;
    cursor.style.inset = `${(100 * at.row) / rows}% auto auto ${(100 * at.column) / columns}%`;
    cursor.style.width = `${100 / columns}%`;
    cursor.style.height = `${100 / rows}%`;
  }
  choose("paint");

  return {
    /** @param {Numbers | null} cells what is shown @param {readonly number[]} shape (channels, rows, columns) */
    show(cells, shape) {
      given = cells ? { cells, shape } : null;
      digit.hidden = !cells;
      if (!cells) overlay.hidden = cursor.hidden = true;
      else shade(digit, cells, shape.slice(1), 1, true);
    },
    /** @param {Numbers} cells what lies under a patch: tools work on it still */
    peek(cells) {
      if (given) shade(digit, cells, given.shape.slice(1), 1, true);
    },
    /**
     * Lays a map over it, or (null) takes it off.
     * @param {{ cells: Numbers, shape: readonly number[], limit: number, signed: boolean, label: string } | null} map
     * @param {number} strength from 0 to 1 @param {"light" | "dark"} theme
     */
    lay(map, strength, theme) {
      overlay.hidden = map === null;
      if (!map) return;
      const [, rows, columns] = map.shape;
      overlay.style.opacity = String(strength);
      overlay.picture = {
        shape: [rows, columns],
        layout: { cell: Math.floor(SIDE / Math.max(rows, columns)), across: 1, gap: 0 },
        cells: map.cells,
        done: "all",
        limit: map.limit,
        signed: map.signed,
        outlines: [],
        numbers: false,
        theme,
        label: map.label,
      };
    },
  };
}
