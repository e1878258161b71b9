/** Parallel curves of the runs of a sweep: accuracy, or the loss where there are no classes, and training loss. */

import { decode } from "../../core/typed_arrays.js";
import { PARTS } from "../../graphics/format.js";
import { CONFIG, groundOf } from "../../graphics/plotly.js";
import { COLOURS, runText } from "./sweep_form.js";

/** @typedef {import("../../wire.js").SweepReport} SweepReport */
/** @typedef {import("../../wire.js").SweepRun} SweepRun */

const DASHES = ["solid", "dash", "dot"];
const NARROW = 640;
const FAINT = 0.15;

/**
 * The end of the loss axis. Where one loss has exploded, the axis goes only as far as the others need, so that they can
 * be told apart.
 * @param {readonly SweepRun[]} runs @returns {number | null} null: the axis fits all numbers
 */
export function lossLimit(runs) {
  const largest = Math.max(...runs.flatMap(({ train_losses }) => [...decode(train_losses)]));
  const beginnings = runs.flatMap(({ losses }) => [...decode(losses).subarray(0, 1)]);
  const enough = 1.5 * Math.max(...beginnings);
  return beginnings.length && largest > 2 * enough ? enough : null;
}

/**
 * @param {any} Plotly @param {HTMLElement} chart @param {SweepReport} report @param {CSSStyleDeclaration} style
 * @returns {Promise<void>}
 */
export async function drawCurves(Plotly, chart, { runs, sweep, monitored, has_classes }, style) {
  // Where batch sizes differ, an iteration means a different number of examples in each run. Epochs are comparable.
  const byEpoch = runs.some(({ iterations }) => iterations !== runs[0].iterations);
  const ground = groundOf(style);
  const isNarrow = chart.clientWidth < NARROW;
  const faint = style.getPropertyValue("--hatch-line").trim();
  const axis = { gridcolor: faint, zerolinecolor: faint, rangemode: "tozero" };
  const across = {
    ...axis,
    title: { text: byEpoch ? "epoch" : "step", font: ground.font, standoff: 8 },
  };
  const traces = ["", "2"].flatMap((panel) =>
    runs.map((run, number) => {
      const [at, values] = panel
        ? [run.trained_at, run.train_losses]
        : [run.evaluated_at, has_classes ? run.accuracies : run.losses];
      const x = [...decode(at)];
      const epoch = run.iterations / sweep.recipe.epochs;
      const line = {
        color: style.getPropertyValue(`--line-${(number % COLOURS) + 1}`).trim(),
        dash: DASHES[Math.floor(number / COLOURS)],
        width: 1.5,
      };
      return {
        name: runText(sweep.axes, run),
        x: byEpoch ? x.map((iteration) => iteration / epoch) : x,
        y: decode(values),
        xaxis: `x${panel}`,
        yaxis: `y${panel}`,
        mode: x.length > 1 ? "lines" : "markers",
        line,
        marker: { color: line.color },
        hovertemplate: `%{y}<extra>${runText(sweep.axes, run)}</extra>`,
      };
    }),
  );
  // Before the first number the axis already has the length of the sweep.
  const isEmpty = traces.every(({ x }) => x.length === 0);
  const whole = isEmpty ? { range: [0, byEpoch ? sweep.recipe.epochs : runs[0].iterations] } : {};
  const limit = lossLimit(runs);
  const cut = limit === null ? "" : "; larger ones leave the picture";
  const titles = [
    `${PARTS[monitored]} ${has_classes ? "accuracy" : "loss"}`,
    `training loss, smoothed${cut}`,
  ];
  await Plotly.react(
    chart,
    traces,
    {
      ...ground,
      margin: { l: 52, r: 8, t: 28, b: 40 },
      showlegend: false,
      hovermode: "closest",
      grid: { rows: isNarrow ? 2 : 1, columns: isNarrow ? 1 : 2, pattern: "independent", ygap: 0.35 },
      xaxis: { ...across, ...whole },
      xaxis2: { ...across, ...whole },
      yaxis: has_classes ? { ...axis, tickformat: ".0%", range: [0, 1], dtick: 0.25 } : axis,
      yaxis2: limit === null ? axis : { ...axis, range: [0, limit] },
      annotations: titles.map((text, i) => ({
        text,
        xref: `x${i ? "2" : ""} domain`,
        yref: `y${i ? "2" : ""} domain`,
        x: 0,
        y: 1,
        yshift: 22,
        xanchor: "left",
        showarrow: false,
      })),
    },
    CONFIG,
  );
}

/** Highlights one run, or none for null. @param {HTMLElement} chart @param {number | null} number */
export function light(chart, number) {
  const { data } = /** @type {any} */ (chart);
  if (!data) return;
  const count = data.length / 2;
  const opacity = data.map((/** @type {unknown} */ _, /** @type {number} */ i) =>
    number === null || i % count === number ? 1 : FAINT,
  );
  void (/** @type {any} */ (window).Plotly.restyle(chart, { opacity }));
}
