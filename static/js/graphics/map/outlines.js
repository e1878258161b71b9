/** The outlines over a map, as SVG: their colours are those of the style sheet. Windows that glide are boxes. */

import { svg } from "../dom.js";
import { cellCorner, outline } from "../mosaic.js";
import { glide } from "../motion.js";

/** @typedef {import("./picture.js").Outline} Outline */
/** @typedef {import("./base.js").SharpMosaic} SharpMosaic */
/** @typedef {import("../motion.js").Box} Box */

/** @param {SharpMosaic} m @param {readonly number[]} cells of a rectangle @param {number} ratio @returns {Box} in CSS pixels */
export function boxOf(m, cells, ratio) {
  const corners = [Math.min(...cells), Math.max(...cells)].map((cell) => cellCorner(m, cell));
  const [x, y] = [corners[0].x, corners[0].y].map((at) => at / ratio);
  return {
    x,
    y,
    width: (corners[1].x + m.cell) / ratio - x,
    height: (corners[1].y + m.high) / ratio - y,
  };
}

/** The outlines of a map, while it has any. */
export class Outlines {
  /** @type {SVGSVGElement | null} */
  #svg = null;
  /** @type {{ element: HTMLElement, box: Box }[]} */
  #windows = [];

  /**
   * @param {HTMLElement} host gets the elements
   * @param {readonly Outline[]} outlines @param {SharpMosaic} m @param {number} ratio device pixels per CSS pixel
   */
  draw(host, outlines, m, ratio) {
    const some = outlines.filter(({ cells }) => cells.length > 0);
    this.#drawPaths(
      host,
      some.filter(({ glides }) => !glides),
      m,
    );
    this.#drawWindows(
      host,
      some.filter(({ glides }) => glides),
      m,
      ratio,
    );
  }

  /** @param {HTMLElement} host @param {Outline[]} outlines @param {SharpMosaic} m */
  #drawPaths(host, outlines, m) {
    if (outlines.length === 0) {
      this.#svg?.remove();
      this.#svg = null;
      return;
    }
    this.#svg ??= svg("svg", { class: "outlines", "aria-hidden": "true", preserveAspectRatio: "none" });
    if (!this.#svg.isConnected) host.append(this.#svg);
    this.#svg.setAttribute("viewBox", `0 0 ${m.width} ${m.height}`);
    const paths = outlines.flatMap(({ cells, style }) => {
      const data = outline(m, cells)
        .map(([x0, y0, x1, y1]) => `M${x0} ${y0}L${x1} ${y1}`)
        .join("");
      // A pale edge under the line makes it visible on every colour.
      return ["halo", style].map((kind) => svg("path", { class: kind, d: data }));
    });
    this.#svg.replaceChildren(...paths);
  }

  /** @param {HTMLElement} host @param {Outline[]} outlines @param {SharpMosaic} m @param {number} ratio */
  #drawWindows(host, outlines, m, ratio) {
    for (const { element } of this.#windows.splice(outlines.length)) element.remove();
    outlines.forEach(({ cells, style }, i) => {
      const before = this.#windows[i];
      const element = before?.element ?? document.createElement("i");
      element.className = `window ${style}`;
      if (!element.isConnected) host.append(element);
      const box = boxOf(m, cells, ratio);
      glide(element, box, before?.box ?? null);
      this.#windows[i] = { element, box };
    });
  }
}
