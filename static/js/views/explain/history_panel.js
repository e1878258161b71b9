/** How the open weight became what it is: its course from its start to the step shown, as a curve and as numbers. */

import { told } from "../../graphics/format.js";
import { element, one, say, svg } from "../../graphics/dom.js";
import { decode } from "../../core/typed_arrays.js";
import { HISTORY } from "../../words/explain.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").WeightHistory} WeightHistory */

/** The size of the curve in units of its own, and the room for its line at the edges. */
const WIDTH = 360;
const HEIGHT = 120;
const EDGE = 4;

/**
 * Where the points of a course stand in the curve.
 * @param {ArrayLike<number>} iterations @param {ArrayLike<number>} values @returns {[number, number][]}
 */
export function pointsOf(iterations, values) {
  const finite = Array.from(values).filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const last = iterations[iterations.length - 1];
  const across = last > 0 ? (WIDTH - 2 * EDGE) / last : 0;
  const up = most > least ? (HEIGHT - 2 * EDGE) / (most - least) : 0;
  return Array.from(values, (value, i) => [
    EDGE + iterations[i] * across,
    up === 0 ? HEIGHT / 2 : HEIGHT - EDGE - (value - least) * up,
  ]);
}

/** @param {HTMLElement} panel @param {App} app @returns {(state: State) => void} */
export function mountHistoryPanel(panel, { effects }) {
  const [words, facts, course, reading] = [".way", "dl", ".course", ".told"].map((name) => one(name, panel));
  /** @type {WeightHistory | null} */
  let drawn = null;
  /** What is drawn: its steps, its values and its points. @type {{ iterations: ArrayLike<number>, values: ArrayLike<number>, points: [number, number][] } | null} */
  let curve = null;
  let at = 0;

  /** Shows one point of the course. @param {number} index */
  function point(index) {
    if (!curve) return;
    at = Math.max(0, Math.min(curve.points.length - 1, index));
    const [x, y] = curve.points[at];
    const mark = /** @type {Element} */ (course.querySelector("circle"));
    mark.setAttribute("cx", String(x));
    mark.setAttribute("cy", String(y));
    const text = HISTORY.at(curve.iterations[at], told(curve.values[at]));
    say(reading, text);
    course.setAttribute("aria-valuenow", String(curve.iterations[at]));
    course.setAttribute("aria-valuetext", text);
  }

  const goThere = () => curve && effects.seek({ iteration: curve.iterations[at] });
  course.addEventListener("pointermove", ({ clientX }) => {
    if (!curve) return;
    const { left, width } = course.getBoundingClientRect();
    const x = ((clientX - left) / width) * WIDTH;
    const gaps = curve.points.map(([each]) => Math.abs(each - x));
    point(gaps.indexOf(Math.min(...gaps)));
  });
  course.addEventListener("click", goThere);
  course.addEventListener("keydown", (event) => {
    const end = (curve?.points.length ?? 1) - 1;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: end, Enter: at }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") goThere();
    else point(to);
  });

  /** @param {WeightHistory} history */
  function draw(history) {
    const [iterations, values] = [decode(history.iterations), decode(history.values)];
    curve = { iterations, values, points: pointsOf(iterations, values) };
    say(words, history.words);
    const rows = [
      [HISTORY.start, history.start],
      [HISTORY.now, history.value],
      [HISTORY.gradient, history.gradient],
      [HISTORY.next, history.after],
    ];
    facts.replaceChildren(
      ...rows.map(([name, value]) =>
        element(
          "div",
          "",
          element("dt", "", String(name)),
          element("dd", "number", told(/** @type {number | null} */ (value))),
        ),
      ),
    );
    const line = svg("polyline", { points: curve.points.map((each) => each.join(",")).join(" ") });
    const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" };
    course.replaceChildren(svg("svg", view, line, svg("circle", { r: 4 })));
    course.setAttribute("aria-valuemax", String(iterations[iterations.length - 1]));
    point(curve.points.length - 1);
  }

  return ({ inspection: { history } }) => {
    panel.setAttribute("aria-busy", String(history === null));
    panel.classList.toggle("empty", history === null);
    if (history && history !== drawn) draw(history);
    drawn = history;
  };
}
