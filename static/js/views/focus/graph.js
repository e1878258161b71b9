/** The graph of a function from points, with the current one. The points are the engine's. */

import { svg } from "../../graphics/dom.js";
import { short } from "../../graphics/format.js";

/** @typedef {import("../../graphics/motion.js").Box} Box */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {{ readonly x: Numbers, readonly y: Numbers }} Points */

/** The room of the title and of the labels, in pixels. */
const TITLE = 22;
const EDGE = 12;

/** The least and the largest of finite numbers, and zero. @param {Iterable<number>} numbers */
function rangeOf(numbers) {
  const finite = [...numbers].filter(Number.isFinite);
  const [least, most] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  return most > least ? [least, most] : [least - 1, most + 1];
}

/**
 * How numbers become places in a box. The axes go through zero.
 * @param {Points} points @param {readonly [number, number] | null} point @param {Box} box
 */
function scalesOf({ x, y }, point, { width, height }) {
  const [left, right] = rangeOf([...x, ...(point ? [point[0]] : [])]);
  const [low, high] = rangeOf([...y, ...(point ? [point[1]] : [])]);
  return {
    across: (/** @type {number} */ value) => EDGE + ((value - left) / (right - left)) * (width - 2 * EDGE),
    down: (/** @type {number} */ value) =>
      TITLE + EDGE + ((high - value) / (high - low)) * (height - TITLE - 2 * EDGE - TITLE),
  };
}

/** A graph. It is placed in the box that it is drawn for. */
export function graphOf() {
  const root = svg("svg", { class: "graph", role: "img" });

  return {
    root,
    /**
     * @param {Points | null} points null while they are on their way @param {readonly [number, number] | null} point the current one
     * @param {Box} box @param {{ title: string }} words
     * @returns {Box | null} the place of the current point in the scene
     */
    draw(points, point, box, { title }) {
      Object.assign(root.style, {
        display: "",
        left: `${box.x}px`,
        top: `${box.y}px`,
        width: `${box.width}px`,
        height: `${box.height}px`,
      });
      const label = point ? `${title}: ${short(point[0])} becomes ${short(point[1])}` : title;
      root.setAttribute("aria-label", label);
      const heading = svg(
        "text",
        { class: "heading", x: box.width / 2, y: 14, "text-anchor": "middle" },
        title,
      );
      if (!points) {
        root.replaceChildren(heading);
        return null;
      }
      const { across, down } = scalesOf(points, point, box);
      const path = Array.from(points.x, (x, i) => [across(x), down(points.y[i])])
        .filter((place) => place.every(Number.isFinite))
        .map((place) => place.map((at) => at.toFixed(1)).join(" "))
        .join("L");
      const marks = [
        svg("line", { class: "axis", x1: 0, x2: box.width, y1: down(0), y2: down(0) }),
        svg("line", { class: "axis", x1: across(0), x2: across(0), y1: TITLE, y2: box.height - TITLE }),
        svg("path", { class: "function", d: `M${path}` }),
      ];
      if (!point || !point.every(Number.isFinite)) {
        root.replaceChildren(heading, ...marks);
        return null;
      }
      const [x, y] = [across(point[0]), down(point[1])];
      root.replaceChildren(
        heading,
        ...marks,
        svg("path", { class: "guide", d: `M${x} ${down(0)}L${x} ${y}L${across(0)} ${y}` }),
        svg("circle", { class: "point", cx: x, cy: y, r: 5 }),
        svg(
          "text",
          { class: "value", x: box.width / 2, y: box.height - 6, "text-anchor": "middle" },
          `${short(point[0])} → ${short(point[1])}`,
        ),
      );
      return { x: box.x + x - 5, y: box.y + y - 5, width: 10, height: 10 };
    },
  };
}
