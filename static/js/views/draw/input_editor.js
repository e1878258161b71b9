/** The input of the network, large: painted, erased, moved and covered by hand, with a saliency map laid over it. */

import { decode, shapeOfArray } from "../../core/typed_arrays.js";
import { element, one } from "../../graphics/dom.js";
import { shade } from "../../graphics/greyscale.js";
import { painted, shifted } from "./pixel_edits.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("./state.js").Input} Input */
/** @typedef {"look" | "paint" | "erase" | "cover"} Tool */
/** @typedef {{ row: number, column: number }} Place */

/** The side of the saliency map, in CSS pixels. */
const SIDE = 280;
/** The side of a patch that covers a part, in cells: of a large image, and of a small one. */
const PATCHES = { large: 7, small: 3 };
const LARGE = 16;
const MOVES = /** @type {const} */ ([
  ["←", "left", 0, -1],
  ["↑", "up", -1, 0],
  ["↓", "down", 1, 0],
  ["→", "right", 0, 1],
]);

/** The next place in a direction, within the image. @param {Place} place @param {(typeof MOVES)[number]} move @param {readonly number[]} shape @returns {Place} */
const moved = ({ row, column }, [, , down, across], [, rows, columns]) => ({
  row: Math.max(0, Math.min(rows - 1, row + down)),
  column: Math.max(0, Math.min(columns - 1, column + across)),
});

/** @param {PointerEvent} event @param {HTMLElement} canvas @param {Input} input @returns {number} the cell under the pointer, -1 for none */
function cellUnder({ clientX, clientY }, canvas, { shape: [, rows, columns] }) {
  const box = canvas.getBoundingClientRect();
  const [x, y] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  if (x < 0 || y < 0 || x >= 1 || y >= 1) return -1;
  return Math.floor(y * rows) * columns + Math.floor(x * columns);
}

/** The buttons that choose a tool. @param {HTMLElement} root @returns {() => Tool} the chosen one */
function mountTools(root) {
  const buttons = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-tool]")]);
  /** @type {Tool} */
  let tool = "paint";
  /** @param {Tool} next */
  function choose(next) {
    tool = next;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  }
  for (const button of buttons)
    button.addEventListener("click", () => choose(/** @type {Tool} */ (button.dataset.tool)));
  choose(tool);
  return () => tool;
}

/** The buttons that move the image. @param {HTMLElement} moves @param {App} app */
function mountMoves(moves, { store, effects }) {
  for (const [sign, name, down, across] of MOVES) {
    const button = element("button", "", sign);
    button.setAttribute("aria-label", `Move it ${name} by a pixel`);
    button.title = `Move it ${name} by a pixel`;
    button.addEventListener("click", () => {
      const { input } = store.get().draw;
      if (input) effects.draw.edit(shifted(input.cells, input.shape, down, across));
    });
    moves.append(button);
  }
}

/**
 * Applies the tool to a cell, with the pointer or with the keys.
 * @param {HTMLElement} frame @param {HTMLElement} canvas @param {() => Tool} tool @param {App} app
 */
function listen(frame, canvas, tool, { store, effects }) {
  const cursor = one(".cursor", frame);
  /** The cell that the keys are at. @type {Place} */
  let at = { row: 0, column: 0 };
  const now = () => store.get().draw.input;

  /** @param {Input} input @param {number} cell */
  function use({ cells, shape }, cell) {
    if (cell < 0) return;
    const patch = shape[1] > LARGE ? PATCHES.large : PATCHES.small;
    if (tool() === "cover") effects.draw.cover(painted(cells, shape, cell, 0, patch));
    else effects.draw.edit(painted(cells, shape, cell, tool() === "paint" ? 1 : 0));
  }

  function drawCursor() {
    const input = now();
    cursor.hidden = !input;
    if (!input) return;
    const [, rows, columns] = input.shape;
    cursor.style.inset = `${(100 * at.row) / rows}% auto auto ${(100 * at.column) / columns}%`;
    cursor.style.width = `${100 / columns}%`;
    cursor.style.height = `${100 / rows}%`;
  }

  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
    const input = now();
    if (input) use(input, cellUnder(event, canvas, input));
  });
  frame.addEventListener("pointermove", (event) => {
    const input = now();
    if (input && frame.hasPointerCapture(event.pointerId)) use(input, cellUnder(event, canvas, input));
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel", "keyup", "blur"]))
    frame.addEventListener(end, () => tool() === "cover" && effects.draw.cover(null));
  frame.addEventListener("keydown", (event) => {
    const input = now();
    if (!input) return;
    const move = MOVES.find(([, name]) => event.key === `Arrow${name[0].toUpperCase()}${name.slice(1)}`);
    if (!move && event.key !== " ") return;
    event.preventDefault();
    if (move) at = moved(at, move, input.shape);
    else use(input, at.row * input.shape[2] + at.column);
    drawCursor();
  });
  frame.addEventListener("focus", drawCursor);
  return { hideCursor: () => (cursor.hidden = true) };
}

/** The saliency map over the input. @param {HeatMap} overlay @param {State} state */
function drawOverlay(overlay, { draw: { input, saliency, strength }, theme }) {
  overlay.hidden = !saliency || !input;
  if (!saliency || !input) return;
  const { map, signed, about } = saliency;
  const [, rows, columns] = shapeOfArray(map.data);
  overlay.style.opacity = String(strength / 100);
  overlay.picture = {
    shape: [rows, columns],
    layout: { cell: Math.floor(SIDE / Math.max(rows, columns)), across: 1, gap: 0 },
    cells: decode(map.data),
    done: "all",
    limit: Math.max(Math.abs(map.minimum ?? 0), Math.abs(map.maximum ?? 0)),
    signed,
    outlines: [],
    numbers: false,
    theme,
    label: about.title,
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountInputEditor(root, app) {
  const frame = one(".frame", root);
  const canvas = /** @type {HTMLCanvasElement} */ (one("canvas", frame));
  const overlay = /** @type {HeatMap} */ (one("heat-map", frame));
  const tool = mountTools(root);
  mountMoves(one(".moves", root), app);
  const { hideCursor } = listen(frame, canvas, tool, app);
  one(".restore", root).addEventListener("click", () => app.effects.draw.restore());
  /** What the canvas shows. @type {Input["cells"] | null} */
  let drawn = null;
  /** What the overlay shows. @type {readonly unknown[]} */
  let laid = [];

  return (state) => {
    const { input, covered, saliency, strength } = state.draw;
    canvas.hidden = !input;
    if (!input) hideCursor();
    const cells = input && (covered ?? input.cells);
    if (input && cells && cells !== drawn) shade(canvas, cells, input.shape.slice(1), 1, true);
    drawn = cells;
    const now = [input === null, saliency, strength, state.theme];
    if (now.some((value, i) => value !== laid[i])) drawOverlay(overlay, state);
    laid = now;
  };
}
