/** A histogram: how often numbers lie where, with the place of the current one. The counts are the engine's. */

import { svg } from "../../graphics/dom.js";
import { short } from "../../graphics/format.js";

/** @typedef {import("../../graphics/motion.js").Box} Box */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {{ readonly counts: Numbers, readonly edges: Numbers }} Histogram */

/** The room of the title, and of the lines below, in pixels. */
const TITLE = 22;
const BELOW = 58;

/** A histogram. It is placed in the box that it is drawn for. */
export function barsOf() {
  const root = svg("svg", { class: "graph bars", role: "img" });
  return {
    root,
    /**
     * @param {Histogram | null} histogram null while it is on its way @param {number | null} value the current number
     * @param {Box} box @param {{ title: string, below: readonly string[] }} words below: a line each @returns {Box | null} the place of the current number
     */
    draw(histogram, value, box, { title, below }) {
      Object.assign(root.style, {
        left: `${box.x}px`,
        top: `${box.y}px`,
        width: `${box.width}px`,
        height: `${box.height}px`,
      });
      root.setAttribute("aria-label", [title, ...below].join(", "));
      const { width, height } = box;
      const middle = { x: width / 2, "text-anchor": "middle" };
      const texts = [
        svg("text", { class: "heading", y: 14, ...middle }, title),
        ...below.map((line, i) =>
          svg("text", { class: "value", y: height - 6 - 16 * (below.length - 1 - i), ...middle }, line),
        ),
      ];
      const floor = Math.min(height, TITLE + 160 + BELOW) - BELOW;
      if (!histogram) {
        root.replaceChildren(...texts);
        return null;
      }
      const { counts, edges } = histogram;
      const [least, most] = [edges[0], edges[edges.length - 1]];
      const highest = Math.max(1, ...counts);
      /** @param {number} at */
      const across = (at) => ((at - least) / (most - least || 1)) * width;
      const bars = Array.from(counts, (count, i) => {
        const high = (count / highest) * (floor - TITLE);
        const x = across(edges[i]);
        return svg("rect", {
          x,
          y: floor - high,
          width: Math.max(1, across(edges[i + 1]) - x - 1),
          height: high,
        });
      });
      const marks = [
        svg("line", { class: "axis", x1: 0, x2: width, y1: floor, y2: floor }),
        ...(least < 0 && most > 0
          ? [svg("line", { class: "axis", x1: across(0), x2: across(0), y1: TITLE, y2: floor })]
          : []),
        svg("text", { class: "heading", x: 0, y: floor + 16 }, short(least, 2)),
        svg("text", { class: "heading", x: width, y: floor + 16, "text-anchor": "end" }, short(most, 2)),
      ];
      root.replaceChildren(...texts, ...bars, ...marks);
      if (value === null || !Number.isFinite(value)) return null;
      const x = Math.max(0, Math.min(width, across(value)));
      root.append(svg("circle", { class: "point", cx: x, cy: floor, r: 5 }));
      return { x: box.x + x - 5, y: box.y + floor - 5, width: 10, height: 10 };
    },
  };
}
