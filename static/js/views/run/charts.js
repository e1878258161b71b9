/** The run as charts that can be zoomed, drawn by Plotly. */

import { decode } from "../../core/typed_arrays.js";
import { one, say } from "../../graphics/dom.js";
import { modal } from "../../graphics/dialog.js";
import { CONFIG, groundOf, load } from "../../graphics/plotly.js";
import { isOpen } from "../../core/state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */

const REDRAW_SECONDS = 1;
/** Fewer iterations than this have a tick each: the axis shows no half of an iteration. */
const FEW = 10;

/**
 * The traces and the layout of a run's charts.
 * @param {State["progress"]} progress @param {Run} run @param {CSSStyleDeclaration} style
 */
function figure({ losses, evaluations }, { rates, monitored }, style) {
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: colour("--hatch-line"), zerolinecolor: colour("--hatch-line") };
  const evaluated = { x: evaluations.map((e) => e.iteration), mode: "lines+markers" };
  const tested = [
    {
      ...evaluated,
      name: `loss on the ${monitored} set`,
      y: evaluations.map((e) => e.loss),
      line: { color: colour("--ink"), width: 2 },
    },
    {
      ...evaluated,
      name: `accuracy on the ${monitored} set`,
      y: evaluations.map((e) => e.accuracy),
      yaxis: "y2",
      line: { color: colour("--accuracy"), width: 2 },
    },
  ];
  return {
    traces: [
      { name: "loss of the batch", y: losses, mode: "lines", line: { color: colour("--quiet"), width: 1 } },
      ...(evaluations.length ? tested : []),
      ...(rates
        ? [
            {
              name: "learning rate, of the whole run",
              x: decode(rates.iterations),
              y: decode(rates.values),
              yaxis: "y3",
              line: { color: colour("--forward"), width: 1, dash: "dot" },
            },
          ]
        : []),
    ],
    layout: {
      ...groundOf(style),
      margin: { l: 56, r: 56, t: 8, b: 44 },
      hovermode: "x",
      legend: { orientation: "h", y: 1.02, yanchor: "bottom" },
      xaxis: {
        ...axis,
        title: { text: "step" },
        ...(losses.length < FEW ? { dtick: 1 } : {}),
        // An axis of a single point has no length of its own.
        ...(losses.length < 2 ? { range: [-0.1, 1.1] } : {}),
      },
      yaxis: { ...axis, title: { text: "loss" }, rangemode: "tozero" },
      yaxis2: {
        overlaying: "y",
        side: "right",
        tickformat: ".0%",
        range: [0, 1],
        dtick: 0.25,
        showgrid: false,
      },
      // The learning rate has no axis. Its numbers appear where they are pointed at.
      yaxis3: { overlaying: "y", rangemode: "tozero", visible: false },
    },
  };
}

/** @param {HTMLDialogElement} dialog @param {App} app @returns {(state: State) => void} */
export function mountCharts(dialog, { store, effects }) {
  const [chart, note] = [one(".chart", dialog), one(".note", dialog)];
  const close = () => store.dispatch({ type: "dialog", close: "charts" });
  const show = modal(dialog, close);
  /** What was drawn, and when. @type {{ losses: State["progress"]["losses"], at: number } | null} */
  let drawn = null;

  /** @param {State} state @param {Run} run */
  async function draw({ progress }, run) {
    if (!drawn) say(note, "Loading the charts …");
    drawn = { losses: progress.losses, at: performance.now() };
    try {
      const Plotly = await load(dialog.dataset.plotly ?? "");
      const { traces, layout } = figure(progress, run, getComputedStyle(dialog));
      await Plotly.react(chart, traces, layout, CONFIG);
    } catch (error) {
      say(note, /** @type {Error} */ (error).message);
      return;
    }
    say(note, "Click a point to go to that step.");
    const plot = /** @type {any} */ (chart);
    plot.removeAllListeners("plotly_click");
    plot.on("plotly_click", (/** @type {{ points: { x: number }[] }} */ { points }) => {
      close();
      effects.seek({ iteration: Math.min(points[0].x, store.get().progress.computed - 1) });
    });
  }

  return (state) => {
    const isShown = isOpen(state, "charts");
    show(isShown);
    if (!isShown) drawn = null;
    if (!isShown || !state.run || drawn?.losses === state.progress.losses) return;
    const isDue = !drawn || performance.now() - drawn.at > REDRAW_SECONDS * 1000;
    if (isDue) void draw(state, state.run);
  };
}
