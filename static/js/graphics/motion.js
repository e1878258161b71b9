/** Motion that shows where something came from or goes to: short, at the screen's rate, and off for those who ask for less. */

import { svg } from "./dom.js";

/** The time of a motion in milliseconds: at least, at most, and for each pixel of the way. */
const SHORTEST = 120;
const LONGEST = 250;
const PER_PIXEL = 0.6;
const EASING = "cubic-bezier(0.2, 0, 0, 1)";

/** @typedef {{ x: number, y: number, width: number, height: number }} Box in CSS pixels */
/** @typedef {"forward" | "backward"} Direction */

/** @returns {boolean} true for people who ask for less motion */
const isStill = () => window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;

/** @param {number} distance in pixels @returns {number} milliseconds */
export const durationOf = (distance) => Math.min(LONGEST, SHORTEST + PER_PIXEL * distance);

/**
 * Animates an element to where it already is. A motion under way continues from where it is seen.
 * @param {HTMLElement} element @param {Keyframe} from @param {number} duration
 */
function settle(element, from, duration) {
  if (isStill() || !element.animate) return;
  for (const each of element.getAnimations()) each.cancel();
  element.animate([from, {}], { duration, easing: EASING });
}

/**
 * Moves an absolutely placed element to a box and lets it glide there.
 * @param {HTMLElement} element @param {Box} to @param {Box | null} from where it was, null for one that appears
 */
export function glide(element, to, from) {
  element.style.width = `${to.width}px`;
  element.style.height = `${to.height}px`;
  element.style.transform = `translate(${to.x}px, ${to.y}px)`;
  if (!from) return;
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  if (distance === 0) return;
  settle(element, { transform: `translate(${from.x}px, ${from.y}px)` }, durationOf(distance));
}

/**
 * Opens a card, a panel or a lens out of a point of itself.
 * @param {HTMLElement} element @param {{ x: number, y: number }} [origin] in its own pixels; its middle by default
 */
export function unfold(element, origin) {
  element.style.transformOrigin = origin ? `${origin.x}px ${origin.y}px` : "";
  settle(element, { transform: "scale(0.9)", opacity: 0 }, SHORTEST);
}

/**
 * The line from one box to another: from the side that faces it, level at both ends.
 * @param {Box} from @param {Box} to @returns {string} the data of an SVG path
 */
export function flowPath(from, to) {
  const isRight = to.x + to.width / 2 >= from.x + from.width / 2;
  const [x0, x1] = isRight ? [from.x + from.width, to.x] : [from.x, to.x + to.width];
  const [y0, y1] = [from.y + from.height / 2, to.y + to.height / 2];
  const middle = (x0 + x1) / 2;
  return `M ${x0} ${y0} C ${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
}

/**
 * A layer for the lines over a host, which is positioned. The lines are in its coordinates and scroll with it.
 * @param {HTMLElement} host @returns {SVGSVGElement}
 */
export function flowLayer(host) {
  const layer = svg("svg", { class: "flow", "aria-hidden": "true" });
  host.append(layer);
  return layer;
}

/**
 * A line from one box to another, in the colour of its direction.
 * @param {SVGSVGElement} layer @param {Box} from @param {Box} to @param {Direction} direction
 * @param {SVGPathElement | null} [line] one that is there already, which moves
 * @returns {SVGPathElement}
 */
export function flowLine(layer, from, to, direction, line = null) {
  const path = line ?? svg("path", {});
  path.setAttribute("class", direction);
  path.setAttribute("d", flowPath(from, to));
  if (!line) layer.append(path);
  return path;
}
