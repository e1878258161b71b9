/** The run as charts to zoom into: drawn by Plotly. */

import { decode } from "../../core/typed_arrays.js";
import { one } from "../../graphics/dom.js";
import { CONFIG, groundOf, load } from "../../graphics/plotly.js";

/** @typedef {import("../../core/state.js").State} State */

const REDRAW_SECONDS = 1;
/** So few iterations that each has a tick of its own: there is no half of one. */
const FEW = 10;

/**
 * The traces and the layout of a run's charts.
 * @param {State["progress"]} progress @param {import("../../wire.js").Run} run @param {CSSStyleDeclaration} style
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
        title: { text: "iteration" },
        ...(losses.length < FEW ? { dtick: 1 } : {}),
        // A single point gives an axis no length.
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
      // It has no axis of its own: pointing at it tells the number.
      yaxis3: { overlaying: "y", rangemode: "tozero", visible: false },
    },
  };
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ state: () => State, seek: (target: { iteration: number }) => void }} on
 * @returns {{ open: () => Promise<void>, update: () => void }}
 */
export function mountCharts(dialog, on) {
  const chart = one(".chart", dialog);
  const note = one(".note", dialog);
  /** @type {any} */
  let Plotly = null;
  let drawn = -1;
  let last = 0;
  one(".close", dialog).addEventListener("click", () => dialog.close());

  async function draw() {
    const { progress, run } = on.state();
    if (!run) return;
    drawn = progress.computed;
    last = performance.now();
    const { traces, layout } = figure(progress, run, getComputedStyle(dialog));
    await Plotly.react(chart, traces, layout, CONFIG);
    const plot = /** @type {any} */ (chart);
    plot.removeAllListeners("plotly_click");
    plot.on("plotly_click", (/** @type {{ points: { x: number }[] }} */ { points }) => {
      dialog.close();
      on.seek({ iteration: Math.min(points[0].x, on.state().progress.computed - 1) });
    });
  }

  return {
    async open() {
      note.textContent = "Loading the charts …";
      dialog.showModal();
      try {
        Plotly = await load(dialog.dataset.plotly ?? "");
      } catch (error) {
        note.textContent = /** @type {Error} */ (error).message;
        return;
      }
      note.textContent = "Click a point to go to that iteration.";
      await draw();
    },
    update() {
      const isNew =
        on.state().progress.computed !== drawn && performance.now() - last > REDRAW_SECONDS * 1000;
      if (dialog.open && Plotly && isNew) void draw();
    },
  };
}
