/** Lines between the parts of a picture, drawn over it. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{ readonly x: number, readonly y: number }} Point in pixels */

/** A line that leaves and arrives horizontally. @param {Point} from @param {Point} to */
export function curveOf(from, to) {
  const middle = (from.x + to.x) / 2;
  return `M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
}

/** The lines of a picture. */
export function flowLines() {
  const root = document.createElementNS(SVG, "svg");
  root.classList.add("lines");
  root.setAttribute("aria-hidden", "true");
  return {
    root,
    /** @param {{ width: number, height: number }} box @param {readonly { from: Point, to: Point }[]} lines */
    draw({ width, height }, lines) {
      root.setAttribute("width", String(width));
      root.setAttribute("height", String(height));
      while (root.childElementCount > lines.length) root.lastElementChild?.remove();
      while (root.childElementCount < lines.length) root.append(document.createElementNS(SVG, "path"));
      lines.forEach(({ from, to }, i) => root.children[i].setAttribute("d", curveOf(from, to)));
    },
  };
}
