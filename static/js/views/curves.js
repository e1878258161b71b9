/** Parallel curves of the runs of a sweep: accuracy, or the loss where there are no classes, and training loss. */

import { decode } from "../decode.js";
import { PARTS } from "../format.js";
import { CONFIG, groundOf } from "../plotly.js";
import { COLOURS, runText } from "../sweeping.js";

/** @typedef {import("../wire.js").SweepReport} SweepReport */

const DASHES = ["solid", "dash", "dot"];
const NARROW = 640;
const FAINT = 0.15;

/**
 * @param {any} Plotly @param {HTMLElement} chart @param {SweepReport} report @param {CSSStyleDeclaration} style
 * @returns {Promise<void>}
 */
export async function drawCurves(Plotly, chart, { runs, sweep, monitored, has_classes }, style) {
  // Runs of other lengths see as many examples in an iteration less or more: epochs compare, iterations do not.
  const byEpoch = runs.some(({ iterations }) => iterations !== runs[0].iterations);
  const isNarrow = chart.clientWidth < NARROW;
  const faint = style.getPropertyValue("--hatch-line").trim();
  const axis = { gridcolor: faint, zerolinecolor: faint, rangemode: "tozero" };
  const across = { ...axis, title: { text: byEpoch ? "epoch" : "iteration", standoff: 8 } };
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
  const titles = [`${PARTS[monitored]} ${has_classes ? "accuracy" : "loss"}`, "training loss, smoothed"];
  await Plotly.react(
    chart,
    traces,
    {
      ...groundOf(style),
      margin: { l: 52, r: 8, t: 28, b: 40 },
      showlegend: false,
      hovermode: "closest",
      grid: { rows: isNarrow ? 2 : 1, columns: isNarrow ? 1 : 2, pattern: "independent", ygap: 0.35 },
      xaxis: across,
      xaxis2: across,
      yaxis: has_classes ? { ...axis, tickformat: ".0%" } : axis,
      yaxis2: axis,
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

/** One run stands out among the others; null: none. @param {HTMLElement} chart @param {number | null} number */
export function light(chart, number) {
  const { data } = /** @type {any} */ (chart);
  if (!data) return;
  const count = data.length / 2;
  const opacity = data.map((/** @type {unknown} */ _, /** @type {number} */ i) =>
    number === null || i % count === number ? 1 : FAINT,
  );
  void (/** @type {any} */ (window).Plotly.restyle(chart, { opacity }));
}
