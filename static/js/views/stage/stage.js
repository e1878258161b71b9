/** The stage: a column for each layer, with its values, its parameters and its gradients from top to bottom. */

import { element, say } from "../../graphics/dom.js";
import { short, verdictOf } from "../../graphics/format.js";
import { drawnShape, isSignal, layoutOf } from "../../graphics/layout.js";
import { describe, LANES, limitAt, outlinesOf } from "../../graphics/tensors.js";
import { isBesideBatch, isLive } from "../../core/state.js";
import { tensorAt } from "../../core/shown_tensors.js";
import { stepAt } from "../../core/timeline.js";
import { columnOf } from "./column.js";
import { skipLines } from "./skip_connections.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("./column.js").Column} Column */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../graphics/heatmap.js").Picture} Picture */

/** The titles of the lanes, for a batch of one example, and where the example shown is not the whole batch. */
const TITLES = {
  forward: { one: "values: out →", batch: "one example: out →" },
  parameters: { one: "parameters", batch: "parameters: batch" },
  backward: { one: "← gradients: dout", batch: "← one example: dout" },
};
/** The unit of a map's size, in pixels. */
const LARGEST_UNIT = 12;
const SMALLEST_UNIT = 3;
const WIDE_UNIT = 6;
/** Narrower windows are phones: the stage scrolls sideways there. */
const PHONE = 700;

/**
 * The numbers of a legend's strongest colours.
 * @param {number} limit @param {boolean} signed @param {boolean} isFinite false where no number of the tensors is finite
 */
function legendText(limit, signed, isFinite) {
  if (!isFinite) return "not finite";
  return signed ? `±${short(limit, 2)}` : `0–${short(limit, 2)}`;
}

/** @param {State} state @param {TensorInfo} info @param {number} limit @param {number} unit @returns {Picture} */
function pictureOf(state, info, limit, unit) {
  const { values, done } = tensorAt(state, info.name);
  return {
    shape: drawnShape(info),
    layout: layoutOf(info, unit),
    cells: values?.cells ?? null,
    done,
    limit,
    signed: info.signed,
    curve: info.lane !== "parameters" && isSignal(info.shape),
    outlines: outlinesOf(state, info.name),
    numbers: false,
    theme: state.theme,
    label: describe(info),
  };
}

/** The input as one picture in colour. @param {State} state @param {Run} run @param {number} unit @returns {Picture} */
function colourPicture(state, run, unit) {
  const [, rows, columns] = run.layers[0].shape;
  const { values, done } = tensorAt(state, "input.out");
  return {
    shape: [rows, columns],
    layout: { cell: Math.max(1, Math.floor((16 * unit) / Math.max(rows, columns))), across: 1, gap: 0 },
    cells: values?.cells ?? null,
    done,
    limit: 0,
    signed: false,
    colours: run.colours,
    outlines: [],
    numbers: false,
    theme: state.theme,
    label: "the image in colour",
  };
}

/** @param {State} state @param {Column} column @param {number} unit */
function drawColumn(state, { legends, tensors, inColour }, unit) {
  /** @type {Map<string, number>} */
  const limits = new Map();
  for (const { legend, group, signed } of legends) {
    const limit = limitAt(state, group);
    for (const name of group) limits.set(name, limit);
    const isEmpty = group.every((name) => tensorAt(state, name).done === "none");
    const values = group.map((name) => tensorAt(state, name).values).filter((one) => one !== null);
    const isFinite = values.some(({ minimum }) => minimum !== null);
    // A frame leaves out the layers that do not fit into it.
    const text = values.length ? legendText(limit, signed, isFinite) : "drawn when paused";
    say(legend, isEmpty ? "" : text);
  }
  for (const { info, map } of tensors) map.picture = pictureOf(state, info, limits.get(info.name) ?? 0, unit);
  if (inColour && state.run) inColour.picture = colourPicture(state, state.run, unit);
}

/** The result of a layer's gradient check. @param {State} state @param {Column} column */
function drawBadge({ checks }, { layer, badge }) {
  if (!badge) return;
  const check = checks.get(layer);
  const verdict = check && check !== "running" ? verdictOf(check) : null;
  say(badge, verdict ? `∇${verdict.mark}` : check ? "∇…" : "∇?");
  badge.className = `badge ${verdict?.kind ?? ""}`;
  const words = check && check !== "running" ? check.words : "not checked yet";
  badge.setAttribute("aria-label", `Gradient check of ${layer}: ${words}`);
  badge.title = words === "not checked yet" ? "Compare these gradients with finite differences" : words;
}

/** Hovers and opens cells. @param {HTMLElement} root @param {App} app */
function listen(root, { store, effects }) {
  /** @param {Event} event */
  const cellOf = (event) => {
    const { detail, target } = /** @type {CustomEvent} */ (event);
    return { detail, name: target instanceof HTMLElement ? target.dataset.name : undefined };
  };
  root.addEventListener("cell-hover", (event) => {
    const { name, detail } = cellOf(event);
    store.dispatch({ type: "hover", hover: name && detail.cell !== null ? { name, ...detail } : null });
  });
  root.addEventListener("cell-click", (event) => {
    const { name, detail } = cellOf(event);
    if (name) effects.enlarge({ name, cell: detail.cell ?? 0 });
  });
  root.addEventListener("keydown", (event) => {
    const { name } = cellOf(event);
    if (!["Enter", " "].includes(event.key) || !name) return;
    event.preventDefault();
    effects.enlarge({ name, cell: 0 });
  });
}

/**
 * Chooses the largest unit at which the whole network fits.
 * @param {HTMLElement} root @param {(unit: number) => void} draw
 */
function fit(root, draw) {
  const isPhone = window.innerWidth < PHONE;
  if (!isPhone)
    for (let unit = LARGEST_UNIT; unit >= SMALLEST_UNIT; unit--) {
      draw(unit);
      if (root.scrollWidth <= root.clientWidth && root.scrollHeight <= root.clientHeight) return;
    }
  // A network that is too wide scrolls sideways. Then only its height has to fit.
  for (let unit = isPhone ? LARGEST_UNIT : WIDE_UNIT; unit > SMALLEST_UNIT; unit--) {
    draw(unit);
    if (root.scrollHeight <= root.clientHeight) return;
  }
  draw(SMALLEST_UNIT);
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountStage(root, app) {
  const titles = LANES.map((lane) => ({ lane, title: element("span", lane) }));
  /** @type {readonly Column[]} */
  let columns = [];
  /** @type {ReturnType<typeof skipLines>} */
  let skips = [];
  /** The run that the columns are of. @type {Run | null} */
  let built = null;
  let unit = SMALLEST_UNIT;
  /** @type {State | null} */
  let last = null;
  /** @type {Set<string>} */
  const open = new Set();
  const unfolded = {
    has: (/** @type {string} */ layer) => open.has(layer),
    set(/** @type {string} */ layer, /** @type {boolean} */ isOpen) {
      if (isOpen) open.add(layer);
      else open.delete(layer);
      resize();
    },
  };
  listen(root, app);

  /** @param {Run} run */
  function build(run) {
    columns = run.layers.map((layer) => columnOf(run, layer, unfolded));
    columns.forEach(({ layer, column, badge, inColour }, i) => {
      column.style.gridColumn = String(i + 2);
      badge?.addEventListener("click", () => app.effects.openCheck(layer));
      inColour?.addEventListener("cell-click", (event) => {
        event.stopPropagation();
        app.effects.enlarge({ name: "input.out", cell: /** @type {CustomEvent} */ (event).detail.cell ?? 0 });
      });
    });
    skips = skipLines(run);
    root.replaceChildren(
      element("div", "lane-titles", element("span"), ...titles.map(({ title }) => title)),
      ...columns.map(({ column }) => column),
      ...skips.map(({ line }) => line),
    );
    // A new run is scrolled to its input. A run with an edit keeps the scroll position.
    if (run.recipe.edits.length === 0) root.scrollTo({ left: 0, behavior: "instant" });
    built = run;
  }

  /** @param {State} state */
  const draw = (state) => columns.forEach((column) => drawColumn(state, column, unit));

  function resize() {
    const state = last;
    if (!state?.run) return;
    fit(root, (size) => {
      unit = size;
      draw(state);
    });
  }

  /** @param {State} state @param {boolean} follows whether the lit column comes into view */
  function light({ run, shown }, follows) {
    if (!run || !shown) return;
    const { segment } = stepAt(run, shown.moment.position);
    for (const { to, lane, line } of skips)
      line.classList.toggle("lit", segment.layer === to && segment.phase === lane);
    for (const { layer, column } of columns) {
      const isLit = layer === segment.layer;
      column.classList.toggle("lit", isLit);
      column.dataset.phase = isLit ? segment.phase : "";
      if (isLit && follows && root.scrollWidth > root.clientWidth) {
        const overhang = column.offsetLeft + column.offsetWidth / 2 - root.clientWidth / 2;
        root.scrollTo({ left: overhang, behavior: "instant" });
      }
    }
  }

  new ResizeObserver(resize).observe(root);

  return (state) => {
    const before = last?.shown?.moment;
    last = state;
    if (!state.run || state.depth !== "everything") return;
    if (built?.id !== state.run.id) {
      build(state.run);
      resize();
    }
    const isPart = state.run.recipe.batch_size > 1 || isBesideBatch(state);
    for (const { lane, title } of titles) say(title, TITLES[lane][isPart ? "batch" : "one"]);
    draw(state);
    for (const column of columns) drawBadge(state, column);
    const { shown } = state;
    if (shown?.moment === before) return;
    // A step scrolls to the layer that it lights. A new run and frames leave the scroll position alone.
    light(state, !!before && !isLive(state) && before.position !== shown?.moment.position);
  };
}
