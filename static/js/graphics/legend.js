/** `<scale-legend>`: the colours of a scale with the numbers at its ends. Set its `scale`. */

import { powerText } from "./cell_numbers.js";
import { element, say } from "./dom.js";
import { short } from "./format.js";

/**
 * @typedef {object} LegendScale
 * @property {number} limit the size of a number that gets the strongest colour
 * @property {boolean} signed
 * @property {boolean} [isFinite] false where no number of the tensors is finite
 * @property {number} [exponent] of the power of ten in the captions of the maps
 */

/**
 * @param {LegendScale} scale @returns {[string, string, string]} the texts below the left end, the middle and the right end
 */
export function legendTexts({ limit, signed, isFinite = true, exponent = 0 }) {
  if (!isFinite) return ["", "not finite", ""];
  const end = [short(limit / 10 ** exponent, 2), powerText(exponent)].filter(Boolean).join(" ");
  if (!signed) return ["0", "", end];
  return [`−${end}`, "0", end];
}

export class ScaleLegend extends HTMLElement {
  #ends = [0, 1, 2].map(() => element("span"));

  connectedCallback() {
    if (!this.#ends[0].isConnected) this.append(element("i"), ...this.#ends);
  }

  /** @param {LegendScale} scale */
  set scale(scale) {
    this.classList.toggle("signed", scale.signed);
    legendTexts(scale).forEach((text, i) => say(this.#ends[i], text));
  }
}

customElements.define("scale-legend", ScaleLegend);
