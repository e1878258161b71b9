/** Worked examples: a menu of them, and the stops of the one that is open. */

import { element, one, say } from "../dom.js";
import { short } from "../format.js";
import { valueAt } from "../state.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../effects.js").Effects} Effects */

/** @param {HTMLDialogElement} dialog @param {Effects} effects @returns {{ open: () => void, update: (state: State) => void }} */
export function mountPresets(dialog, effects) {
  const list = one("ul", dialog);
  /** @type {State["presets"]} */
  let listed = [];
  return {
    open: () => dialog.showModal(),
    update({ presets }) {
      if (presets === listed) return;
      listed = presets;
      list.replaceChildren(
        ...presets.map(({ key, title, words }) => {
          const button = element("button", "", element("b", "", title), element("span", "quiet", words));
          button.addEventListener("click", () => {
            dialog.close();
            effects.openPreset(key).catch(effects.report);
          });
          return element("li", "", button);
        }),
      );
    },
  };
}

/** @param {number} value @param {string} published @returns {string} with as many decimals as were published */
export const asPublished = (value, published) => {
  const text = value.toFixed(published.split(".")[1]?.length ?? 0);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
};

/** @param {HTMLElement} root @param {Effects} effects @returns {(state: State) => void} */
export function mountGuide(root, effects) {
  const title = one("h2", root);
  const counter = one(".counter", root);
  const words = one(".words", root);
  const compared = one(".compared", root);
  const earlier = /** @type {HTMLButtonElement} */ (one(".earlier", root));
  const later = /** @type {HTMLButtonElement} */ (one(".later", root));
  let stop = 0;
  earlier.addEventListener("click", () => effects.goToStop(stop - 1));
  later.addEventListener("click", () => effects.goToStop(stop + 1));
  one(".leave", root).addEventListener("click", () => effects.leaveGuide());

  return (state) => {
    const { guide } = state;
    root.hidden = !guide;
    if (!guide) return;
    const { preset } = guide;
    stop = guide.stop;
    const here = preset.stops[stop];
    say(title, preset.title);
    title.title = preset.words;
    say(counter, `${stop + 1} of ${preset.stops.length}`);
    say(words, here.words);
    earlier.disabled = stop === 0;
    later.disabled = stop === preset.stops.length - 1;
    const value = valueAt(state, here.name, here.cell);
    const own =
      value === null ? "not computed yet" : here.published ? asPublished(value, here.published) : "";
    const isSame = own === here.published?.replace("-", "−");
    say(
      compared,
      here.published === null
        ? `here ${value === null ? "not computed yet" : short(value)}`
        : `expected ${here.published.replace("-", "−")}, here ${own}${isSame ? " ✓" : ""}`,
    );
    compared.classList.toggle("right", isSame);
  };
}
