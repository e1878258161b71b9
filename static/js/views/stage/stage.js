/** The stage: a column per layer, with its values, its parameters and its gradients standing over each other. */

import { limitOf } from "../../graphics/colour.js";
import { element, say } from "../../graphics/dom.js";
import { short, times } from "../../graphics/format.js";
import { drawnShape, isSignal, layoutOf } from "../../graphics/layout.js";
import { mosaic } from "../../graphics/mosaic.js";
import { goesByIterations, tensorAt } from "../../core/state.js";
import { stepAt } from "../../core/timeline.js";
import { verdictOf } from "../explain/gradient_check.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */

/** The lanes, and what is written beside them when a batch has more than one example. */
const LANES = /** @type {const} */ ([
  { lane: "forward", title: "values: out →", inBatch: "one example: out →" },
  { lane: "parameters", title: "parameters", inBatch: "parameters: batch" },
  { lane: "backward", title: "← gradients: dout", inBatch: "← one example: dout" },
]);

const SYMBOLS = { delta_w: "Δw", delta_b: "Δb", probabilities: "p" };
/** What an optimizer computes, shorter than its name. */
const HATS = /** @type {const} */ ({ m_hat: "m̂", v_hat: "v̂" });
const LARGEST_UNIT = 12;
const SMALLEST_UNIT = 3;
const WIDE_UNIT = 6;

/** @param {string} tensor @returns {string} */
const symbolOf = (tensor) =>
  SYMBOLS[/** @type {keyof typeof SYMBOLS} */ (tensor)] ??
  tensor.replace(/^[mv]_hat/, (step) => HATS[/** @type {keyof typeof HATS} */ (step)]);

/** Tensors that share colours and a legend: those of one lane, and of one kind in the parameter lane.
 * @param {LayerInfo} layer @param {TensorInfo["lane"]} lane */
function groupsOf(layer, lane) {
  /** @type {Map<string, TensorInfo[]>} */
  const groups = new Map();
  for (const info of layer.tensors.filter((tensor) => tensor.lane === lane)) {
    // Weights and biases share theirs: w and b, dw and db, m_w and m_b; and so do before and after.
    const key =
      info.parameter === null
        ? info.tensor.replace(/^new_/, "")
        : info.tensor.slice(0, -info.parameter.length);
    groups.set(key, [...(groups.get(key) ?? []), info]);
  }
  return [...groups.values()];
}

/** @param {Run} run @returns {Map<string, string[]>} of each tensor, the names that share its colours */
export function sharedLimits(run) {
  const groups = run.layers.flatMap((layer) => LANES.flatMap(({ lane }) => groupsOf(layer, lane)));
  return new Map(groups.flatMap((group) => group.map((t) => [t.name, group.map((g) => g.name)])));
}

/** What an optimizer keeps and computes on its way from a gradient to a change. @param {TensorInfo[]} group */
const isStep = ([{ tensor, parameter }]) =>
  parameter !== null && !["", "sign_", "d", "delta_"].some((prefix) => tensor === prefix + parameter);

/** @param {State} state @param {readonly string[]} names @returns {number} the number that gets the strongest colour */
export function limitAt(state, names) {
  const { tensors, partial } = state.shown ?? {};
  // A sum that is still being put together can be larger than it ends.
  return limitOf(
    names.flatMap((name) => [tensors?.get(name), partial?.get(name)]).filter((v) => v !== undefined),
  );
}

/**
 * @param {number} limit @param {boolean} signed
 * @param {boolean} isFinite whether any of the numbers is
 */
function legendText(limit, signed, isFinite) {
  if (!isFinite) return "not finite";
  return signed ? `±${short(limit, 2)}` : `0–${short(limit, 2)}`;
}

/** @param {State} state @param {string} name @returns {import("../../graphics/heatmap.js").Outline[]} */
export function outlinesOf({ shown, cone, lit }, name) {
  /** @param {readonly import("../../wire.js").Cells[]} list @param {"reads" | "writes" | "lit"} style */
  const pick = (list, style) =>
    list.filter((cells) => cells.name === name).map(({ cells }) => ({ cells, style }));
  if (lit.length > 0) return pick(lit, "lit");
  const near = cone ? { reads: cone.inputs, writes: cone.influences } : shown?.window;
  return near ? [...pick(near.reads, "reads"), ...pick(near.writes, "writes")] : [];
}

/**
 * The skip connections, each from one column to another, and how high its line goes: over those that it goes around.
 * @param {Run} run @returns {{ from: number, to: number, height: number }[]}
 */
export function skipsOf({ layers }) {
  const ends = layers.flatMap(({ skip }, to) =>
    skip === null ? [] : [{ from: layers.findIndex(({ name }) => name === skip), to, height: 1 }],
  );
  ends.sort((a, b) => a.to - a.from - (b.to - b.from));
  ends.forEach((skip, i) => {
    const under = ends.slice(0, i).filter((other) => other.from < skip.to && skip.from < other.to);
    skip.height = 1 + Math.max(0, ...under.map((other) => other.height));
  });
  return ends;
}

/** @param {TensorInfo} info */
export const describe = (info) => `${info.name}, ${info.title}, ${times(info.shape)}`;

/**
 * @param {HTMLElement} root
 * @param {{ enlarge: (name: string, cell: number) => void, hover: (hover: State["hover"]) => void,
 *   check: (layer: string) => void }} on
 * @returns {(state: State) => void}
 */
export function mountStage(root, on) {
  /** @type {{ info: TensorInfo, map: HeatMap }[]} */
  let tensors = [];
  /** What shares colours, and so a legend. @type {{ legend: HTMLElement, group: readonly string[], signed: boolean }[]} */
  let legends = [];
  /** @type {{ layer: string, column: HTMLElement }[]} */
  let columns = [];
  /** The lines of skip connections. @type {{ to: string, lane: string, line: HTMLElement }[]} */
  let skips = [];
  /** The input in colour, where it has three channels that are. @type {HeatMap | null} */
  let inColour = null;
  /** The layers whose optimizer's steps are shown, in this run and the next. @type {Set<string>} */
  const unfolded = new Set();
  /** @type {Map<string, HTMLButtonElement>} */
  const badges = new Map();
  /** @type {Run | null} */
  let built = null;
  let unit = 4;
  /** @type {State | null} */
  let last = null;

  root.addEventListener("cell-hover", (event) => {
    const { detail, target } = /** @type {CustomEvent} */ (event);
    const name = target instanceof HTMLElement ? target.dataset.name : undefined;
    on.hover(name && detail.cell !== null ? { name, ...detail } : null);
  });
  root.addEventListener("cell-click", (event) => {
    const { detail, target } = /** @type {CustomEvent} */ (event);
    const name = target instanceof HTMLElement ? target.dataset.name : undefined;
    if (name) on.enlarge(name, detail.cell ?? 0);
  });
  root.addEventListener("keydown", (event) => {
    const target = event.target;
    if (!["Enter", " "].includes(event.key) || !(target instanceof HTMLElement) || !target.dataset.name)
      return;
    event.preventDefault();
    on.enlarge(target.dataset.name, 0);
  });

  /** @param {TensorInfo[]} group */
  function figureOf(group) {
    const signed = group.some((info) => info.signed);
    const legend = element("span", signed ? "legend signed" : "legend");
    const figure = element("figure", "tensor");
    // The lanes' titles say out and dout; whatever else stands in a lane says its own name.
    const { tensor } = group[0];
    const name = ["out", "dout"].includes(tensor) ? [] : [element("b", "", symbolOf(tensor)), " "];
    const caption = element("figcaption", "", ...name, legend);
    caption.title = group.map((info) => `${symbolOf(info.tensor)}: ${info.title}`).join("\n");
    figure.append(caption);
    legends.push({ legend, group: group.map((info) => info.name), signed });
    for (const info of group) {
      const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
      map.dataset.name = info.name;
      map.tabIndex = 0;
      map.setAttribute("role", "button");
      map.setAttribute("aria-label", `Open ${describe(info)}`);
      tensors.push({ info, map });
      figure.append(map);
    }
    return figure;
  }

  /** The steps of a layer's update, behind their names. @param {string} layer @param {TensorInfo[][]} groups @param {string} stacked */
  function stepsOf(layer, groups, stacked) {
    const names = groups.map(([{ tensor, parameter }]) => symbolOf(tensor.slice(0, -`_${parameter}`.length)));
    const summary = element("summary", "", names.join(" "));
    summary.title = `The optimizer's steps in ${layer}: what it keeps and computes of each parameter`;
    const grid = element("div", `optimizing ${stacked}`, ...groups.map(figureOf));
    const details = /** @type {HTMLDetailsElement} */ (element("details", "", summary, grid));
    details.open = unfolded.has(layer);
    details.addEventListener("toggle", () => {
      if (details.open === unfolded.has(layer)) return;
      if (details.open) unfolded.add(layer);
      else unfolded.delete(layer);
      if (last) fit(last);
    });
    return details;
  }

  /** The three channels of an image once more, as the one picture that they are. */
  function colourFigure() {
    inColour = /** @type {HeatMap} */ (document.createElement("heat-map"));
    inColour.addEventListener("cell-click", (event) => {
      event.stopPropagation();
      on.enlarge("input.out", /** @type {CustomEvent} */ (event).detail.cell ?? 0);
    });
    const caption = element("figcaption", "", element("b", "", "in colour"));
    return element("figure", "tensor", caption, inColour);
  }

  /** @param {Run} run */
  function build(run) {
    tensors = [];
    inColour = null;
    legends = [];
    badges.clear();
    const labels = element("div", "lane-titles", element("span"));
    const isBatch = run.recipe.batch_size > 1;
    for (const { lane, title, inBatch } of LANES)
      labels.append(element("span", lane, isBatch ? inBatch : title));
    columns = run.layers.map((layer) => {
      const shape = element("p", "", times(layer.shape));
      const head = element("header", "", element("h3", "", layer.name), shape);
      if (layer.tensors.some(({ tensor }) => tensor === "dout") && layer.name !== "input") {
        const badge = element("button", "badge", "∇?");
        badge.addEventListener("click", () => on.check(layer.name));
        badges.set(layer.name, badge);
        shape.append(" ", badge);
      }
      head.title = [
        layer.formula,
        layer.parameters ? `${layer.parameters.toLocaleString("en")} parameters` : "",
      ]
        .filter(Boolean)
        .join("\n");
      const column = element("section", "column", head);
      column.dataset.layer = layer.name;
      for (const { lane } of LANES) {
        const groups = groupsOf(layer, lane);
        // Low pictures stand over each other, tall ones side by side.
        const isLow = groups.every(([info]) => mosaic(drawnShape(info), layoutOf(info, 4)).height <= 32);
        const hasRows = groups.some(([info]) => info.shape.length === 1);
        // The output's row stands beside the row that it was made from.
        const isBeside = groups.length > 1 && groups[0][0].tensor === "out";
        const stacked = isLow || (hasRows && !isBeside) ? "stacked" : "";
        // An optimizer with several steps of its own has them folded away, so that the column stays low.
        const steps = groups.filter(isStep);
        const folded = steps.length > 1 ? steps : [];
        /** @type {HTMLElement[]} */
        const open = groups.filter((group) => !folded.includes(group)).map(figureOf);
        if (folded.length) open.push(stepsOf(layer.name, folded, stacked));
        column.append(element("div", `lane ${lane} ${stacked} ${folded.length ? "folded" : ""}`, ...open));
        if (layer.name === "input" && lane === "forward" && run.colours)
          column.lastElementChild?.prepend(colourFigure());
      }
      return { layer: layer.name, column };
    });
    columns.forEach(({ column }, i) => (column.style.gridColumn = String(i + 2)));
    skips = skipsOf(run).flatMap((skip) => ["forward", "backward"].map((lane) => skipLine(run, skip, lane)));
    root.replaceChildren(labels, ...columns.map(({ column }) => column), ...skips.map(({ line }) => line));
    // A run begun anew is seen from its input on; one that an edit leads away from another, where that was.
    if (run.recipe.edits.length === 0) root.scrollTo({ left: 0, behavior: "instant" });
    built = run;
  }

  /**
   * A line from column to column, past the maps: over the values, or under the gradients, which come back along it.
   * @param {Run} run @param {ReturnType<typeof skipsOf>[number]} skip @param {string} lane
   */
  function skipLine({ layers }, { from, to, height }, lane) {
    const [source, target] = [layers[from].name, layers[to].name];
    const name = element("span", "name", "skip connection");
    const line = element("div", `past ${lane}`, element("i", "from"), name, element("i", "to"));
    line.style.gridColumn = `${from + 2} / ${to + 3}`;
    line.style.setProperty("--height", String(height));
    line.title =
      lane === "forward"
        ? `${source}.out is added in ${target}`
        : `${target}.dout comes back to ${source}.dout`;
    return { to: target, lane, line };
  }

  /** Gives the maps their size, so that the whole network fits where there is room for it. @param {State} state */
  function fit(state) {
    // On a phone the stage scrolls sideways, so that only its height has to fit.
    if (window.innerWidth >= 700) {
      for (unit = LARGEST_UNIT; unit >= SMALLEST_UNIT; unit--) {
        update(state);
        if (root.scrollWidth <= root.clientWidth && root.scrollHeight <= root.clientHeight) return;
      }
    }
    // So it does for a network that is too wide for any screen, whose maps need not be the smallest then.
    for (unit = window.innerWidth < 700 ? LARGEST_UNIT : WIDE_UNIT; unit > SMALLEST_UNIT; unit--) {
      update(state);
      if (root.scrollHeight <= root.clientHeight) return;
    }
    update(state);
  }

  /** @param {State} state */
  function update(state) {
    /** @type {Map<string, number>} */
    const limits = new Map();
    for (const { legend, group, signed } of legends) {
      const limit = limitAt(state, group);
      for (const name of group) limits.set(name, limit);
      const isEmpty = group.every((name) => tensorAt(state, name).done === "none");
      const isFinite = group.some((name) => tensorAt(state, name).values?.minimum != null);
      say(legend, isEmpty ? "" : legendText(limit, signed, isFinite));
    }
    for (const { info, map } of tensors) {
      const { values, done } = tensorAt(state, info.name);
      map.picture = {
        shape: drawnShape(info),
        layout: layoutOf(info, unit),
        cells: values?.cells ?? null,
        done,
        limit: limits.get(info.name) ?? 0,
        signed: info.signed,
        curve: info.lane !== "parameters" && isSignal(info.shape),
        outlines: outlinesOf(state, info.name),
        numbers: false,
        theme: state.theme,
        label: describe(info),
      };
    }
    drawColours(state);
  }

  /** @param {State} state */
  function drawColours(state) {
    const { run } = state;
    if (!inColour || !run?.colours) return;
    const [, rows, columns] = run.layers[0].shape;
    const { values, done } = tensorAt(state, "input.out");
    inColour.picture = {
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

  /** @param {State} state */
  function stamp({ checks }) {
    for (const [layer, badge] of badges) {
      const check = checks.get(layer);
      const found = check && check !== "running" ? verdictOf(check) : null;
      say(badge, found ? `∇${found.mark}` : check ? "∇…" : "∇?");
      badge.className = `badge ${found?.kind ?? ""}`;
      const words = check && check !== "running" ? check.words : "not checked yet";
      badge.setAttribute("aria-label", `Gradient check of ${layer}: ${words}`);
      badge.title = words === "not checked yet" ? "Compare these gradients with finite differences" : words;
    }
  }

  /** @param {State} state @param {boolean} follows whether to bring what is lit into view */
  function light(state, follows) {
    const { run, shown } = state;
    if (!run || !shown) return;
    const { segment } = stepAt(run, shown.moment.position);
    for (const { to, lane, line } of skips)
      line.classList.toggle("lit", segment.layer === to && segment.phase === lane);
    for (const { layer, column } of columns) {
      const lit = layer === segment.layer;
      column.classList.toggle("lit", lit);
      column.dataset.phase = lit ? segment.phase : "";
      if (lit && follows && root.scrollWidth > root.clientWidth) {
        const overhang = column.offsetLeft + column.offsetWidth / 2 - root.clientWidth / 2;
        root.scrollTo({ left: overhang, behavior: "instant" });
      }
    }
  }

  new ResizeObserver(() => last && fit(last)).observe(root);

  return (state) => {
    const litBefore = last?.shown?.moment;
    last = state;
    if (!state.run) return;
    if (built?.id !== state.run.id) {
      build(state.run);
      fit(state);
    }
    update(state);
    stamp(state);
    const { shown, play } = state;
    if (shown?.moment === litBefore) return;
    // The first sight begins at the input; and while iterations go by, a person looks where they like.
    const isTraining = play.on && goesByIterations(play);
    light(state, !!litBefore && !isTraining && litBefore.position !== shown?.moment.position);
  };
}
