/** One map opened large: its numbers in its cells, its legend, its neighbours a click away. */

import { element, one, say } from "../../graphics/dom.js";
import { exact, indexOf, plural, short, times } from "../../graphics/format.js";
import { mapsOf } from "../../graphics/mosaic.js";
import { endOf } from "../../core/timeline.js";
import { infoOf, sizeOf, tensorAt, valueAt } from "../../core/state.js";
import { describe, limitAt, outlinesOf, sharedLimits } from "./stage.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */

/** Sides of a cell, in heights of the type. */
const CELL = 3.4;
const SMALLEST_CELL = 2.5;
const PANEL = 34;
const VECTOR_COLUMNS = 8;

/** @param {TensorInfo} info @param {State} state @returns {string} whose numbers these are */
function scopeText(info, state) {
  const examples = state.shown?.iteration.examples.length ?? 1;
  if (info.scope === "network") return "the network’s own, the same for every example";
  if (info.scope === "example")
    return examples > 1
      ? `example ${(state.shown?.example ?? 0) + 1} of ${examples} in the batch`
      : "this example";
  if (info.parameter === null) return "the whole batch’s, the same for every example";
  return examples > 1 ? `the whole batch: mean over ${examples} examples` : "the whole batch: one example";
}

/** As large as a number needs, where the window has room for it. @param {readonly number[]} shape */
function cellFor(shape) {
  const columns = shape.length === 1 ? Math.min(VECTOR_COLUMNS, shape[0]) : shape[1];
  const type = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const room = Math.min(PANEL * type, window.innerWidth) - 48;
  return Math.round(Math.max(SMALLEST_CELL * type, Math.min(CELL * type, room / columns)));
}

/** The part of a tensor that is one map: the one that holds a cell. @param {TensorInfo} info @param {number} cell */
function sliceOf(info, cell) {
  const { rows, columns, maps } = mapsOf(info.shape);
  const size = sizeOf(info) / maps;
  const start = Math.floor(cell / size) * size;
  return { shape: info.shape.length === 1 ? info.shape : [rows, columns], start, end: start + size, maps };
}

/**
 * @param {HTMLElement} root
 * @param {{ state: () => State, enlarge: (large: State["large"]) => void, hover: (hover: State["hover"]) => void,
 *   seek: (target: { position: number }) => void }} on
 * @returns {(state: State) => void}
 */
export function mountLarge(root, on) {
  const title = one("h2", root);
  const about = one(".about", root);
  const counter = one(".counter", root);
  const readout = one(".readout", root);
  const ends = root.querySelectorAll(".scale span");
  const scale = one(".scale", root);
  const map = /** @type {HeatMap} */ (one(".frame heat-map", root));
  const [previous, next] = ["previous", "next"].map((name) => one(`.${name}`, root));
  let opened = "";

  /** What is open now: the newest state, which may be ahead of the picture. */
  function openNow() {
    const { run, large } = on.state();
    const info = run && large && infoOf(run, large.name);
    return info ? { info, cell: large.cell, ...sliceOf(info, large.cell) } : null;
  }

  /** @param {1 | -1} direction */
  function turn(direction) {
    const now = openNow();
    if (!now) return;
    const [size, total] = [now.end - now.start, sizeOf(now.info)];
    on.enlarge({ name: now.info.name, cell: (now.cell + direction * size + total) % total });
  }
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  one(".close", root).addEventListener("click", () => on.enlarge(null));
  map.addEventListener("cell-hover", (event) => {
    const { cell, x, y } = /** @type {CustomEvent} */ (event).detail;
    const now = openNow();
    on.hover(now && cell !== null ? { name: now.info.name, cell: now.start + cell, x, y } : null);
  });
  map.addEventListener("cell-click", (event) => {
    const { cell } = /** @type {CustomEvent} */ (event).detail;
    const now = openNow();
    if (now && cell !== null) on.enlarge({ name: now.info.name, cell: now.start + cell });
  });
  map.addEventListener("keydown", (event) => {
    const now = openNow();
    if (!now) return;
    const across = now.shape.length === 1 ? Math.min(VECTOR_COLUMNS, now.shape[0]) : now.shape[1];
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const cell = now.cell + by;
    if (cell >= now.start && cell < now.end) on.enlarge({ name: now.info.name, cell });
  });

  /** The tensor's picture on the stage. @param {string} name @returns {HTMLElement | null} */
  const pictureOf = (name) => document.querySelector(`#stage heat-map[data-name="${CSS.escape(name)}"]`);

  /** Opens on the side where the tensor itself is not. @param {string} name */
  function place(name) {
    const box = pictureOf(name)?.getBoundingClientRect();
    root.classList.toggle("left", box !== undefined && box.left > window.innerWidth / 2);
  }

  /** @param {State} state */
  function update(state) {
    const info = state.run && state.large && infoOf(state.run, state.large.name);
    const hadFocus = root.contains(document.activeElement);
    root.hidden = !info;
    if (!info || !state.run || !state.large) {
      // Back to where one came from.
      if (hadFocus) pictureOf(opened)?.focus({ preventScroll: true });
      opened = "";
      return;
    }
    const { shape, start, end, maps } = sliceOf(info, state.large.cell);
    const cursor = state.large.cell - start;
    if (opened !== info.name) place(info.name);
    const isNew = opened === "";
    opened = info.name;
    const { values, done } = tensorAt(state, info.name);
    const group = sharedLimits(state.run).get(info.name) ?? [info.name];
    const limit = limitAt(state, group);
    say(title, `${info.name} ${times(info.shape)}`);
    say(about, `${info.title} · ${scopeText(info, state)}`);
    const mapIndex = indexOf(start, info.shape).slice(0, -2).join(", ");
    say(counter, maps > 1 ? `map [${mapIndex}], ${start / (end - start) + 1} of ${maps}` : "");
    for (const button of [previous, next]) button.hidden = maps < 2;
    const isHatched = done === "none";
    scale.hidden = isHatched;
    scale.className = `scale ${info.signed ? "signed" : "positive"}`;
    say(ends[0], info.signed ? short(-limit, 3) : "0");
    say(ends[1], info.signed ? "0" : "");
    say(ends[2], short(limit, 3));
    const inMap = (/** @type {number} */ cell) => cell >= start && cell < end;
    map.picture = {
      shape,
      layout: { cell: cellFor(shape), across: 1, gap: 0, wrap: Math.min(VECTOR_COLUMNS, shape[0]) },
      cells: values?.cells.subarray(start, end) ?? null,
      done:
        typeof done === "number"
          ? Math.max(0, done - start)
          : typeof done === "string"
            ? done
            : done.subarray(start, end),
      limit,
      signed: info.signed,
      outlines: [
        ...outlinesOf(state, info.name).map(({ cells, style }) => ({
          style,
          cells: cells.filter(inMap).map((cell) => cell - start),
        })),
        { cells: [cursor], style: "cursor" },
      ],
      numbers: true,
      theme: state.theme,
      label: `${describe(info)}, opened large`,
    };
    const value = valueAt(state, info.name, start + cursor);
    const index = indexOf(start + cursor, info.shape).join(", ");
    const odd = values?.nonfinite ? ` ${plural(values.nonfinite, "cell")} not finite.` : "";
    say(readout, `[${index}] = ${value === null ? "not computed yet" : exact(value, values?.cells)}${odd}`);
    const writer = value === null && state.run.segments.find((segment) => segment.writes.includes(info.name));
    if (writer) {
      const go = element("button", "factor", `${writer.layer} in the ${writer.phase} phase`);
      go.addEventListener("click", () => on.seek({ position: endOf(writer) }));
      readout.append(": it is made by ", go);
    }
    if (isNew) {
      const isFromStage = document.activeElement?.closest("#stage");
      (isFromStage ? map : one(".close", root)).focus({ preventScroll: true });
    }
  }
  return update;
}

/** A small box beside the pointer with a cell's index and value. @param {HTMLElement} root @returns {(state: State) => void} */
export function mountTooltip(root) {
  const name = element("b");
  const value = element("span", "number");
  root.replaceChildren(name, value);
  return (state) => {
    const { hover, run } = state;
    const info = hover && run && infoOf(run, hover.name);
    root.hidden = !info;
    if (!hover || !info) return;
    const number = valueAt(state, hover.name, hover.cell);
    const cells = tensorAt(state, hover.name).values?.cells;
    say(name, `${hover.name} [${indexOf(hover.cell, info.shape).join(", ")}]`);
    say(value, number === null ? "not computed yet" : exact(number, cells));
    const { innerWidth, innerHeight } = window;
    root.style.left = `${Math.min(hover.x + 14, innerWidth - root.offsetWidth - 8)}px`;
    root.style.top = `${hover.y + 18 + root.offsetHeight > innerHeight ? hover.y - root.offsetHeight - 10 : hover.y + 18}px`;
  };
}
