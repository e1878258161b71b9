/** Formulas: MathML elements from their description, one for one. */

/** @typedef {import("../wire.js").Math} Formula */

const NAMESPACE = "http://www.w3.org/1998/Math/MathML";

/** @param {Formula} formula @returns {Element} */
function node({ tag, text, items }) {
  const made = document.createElementNS(NAMESPACE, tag);
  if (text !== null) made.textContent = text;
  made.append(...items.map(node));
  return made;
}

/** @param {Formula} formula @returns {Element} a `<math>` on a line of its own */
export function formulaElement(formula) {
  const math = document.createElementNS(NAMESPACE, "math");
  math.setAttribute("display", "block");
  math.append(node(formula));
  return math;
}
