/** Worked examples: their menu, and the stops of the one that is open. */

import { element, one, say } from "../../graphics/dom.js";
import { short } from "../../graphics/format.js";
import { modal } from "../../graphics/dialog.js";
import { isOpen } from "../../core/state.js";
import { valueAt } from "../../core/shown_tensors.js";
import { parseMoment } from "../../core/timeline.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../core/timeline.js").Moment} Moment */
/** @typedef {import("../../wire.js").Stop} Stop */

/** The menu. @param {HTMLDialogElement} dialog @param {App} app @returns {(state: State) => void} */
export function mountPresets(dialog, { store, effects }) {
  const list = one("ul", dialog);
  const close = () => store.dispatch({ type: "dialog", close: "presets" });
  const show = modal(dialog, close);
  /** @type {State["presets"]} */
  let drawn = [];

  /** @param {State["presets"][number]} preset */
  function item({ key, title, words }) {
    const button = element("button", "", element("b", "", title), element("span", "quiet", words));
    button.addEventListener("click", () => {
      close();
      effects.openPreset(key).catch(effects.report);
    });
    return element("li", "", button);
  }

  return (state) => {
    show(isOpen(state, "presets"));
    if (state.presets !== drawn) list.replaceChildren(...state.presets.map(item));
    drawn = state.presets;
  };
}

/** @param {number} value @param {string} published @returns {string} with as many decimals as were published */
export const asPublished = (value, published) => {
  const text = value.toFixed(published.split(".")[1]?.length ?? 0);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
};

/** @param {State["run"]} run @param {Moment | undefined} moment @param {Stop} stop @returns {boolean} whether the moment is the stop's own */
function isAt(run, moment, stop) {
  const there = run && parseMoment(run, stop.at);
  return there?.iteration === moment?.iteration && there?.position === moment?.position;
}

/** The published number of a stop beside the computed one. @param {State} state @param {Stop} stop */
function comparison(state, stop) {
  const { run, shown, moment } = state;
  if (!isAt(run, moment, stop)) return { text: "", isSame: false };
  if (!isAt(run, shown?.moment, stop)) return { text: "computing …", isSame: false };
  const value = valueAt(state, stop.name, stop.cell);
  if (value === null) return { text: "not computed yet", isSame: false };
  const isSame = asPublished(value, stop.published) === stop.published.replace("-", "−");
  const expected = stop.published.replace("-", "−");
  return { text: `expected ${expected}, here ${short(value, 12)}${isSame ? " ✓" : ""}`, isSame };
}

/** The stop that is open. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountGuide(root, { effects }) {
  const title = one("h2", root);
  const counter = one(".counter", root);
  const words = one(".words", root);
  const compared = one(".compared", root);
  const again = one(".again", root);
  const earlier = /** @type {HTMLButtonElement} */ (one(".earlier", root));
  const later = /** @type {HTMLButtonElement} */ (one(".later", root));
  let stop = 0;
  earlier.addEventListener("click", () => effects.goToStop(stop - 1));
  later.addEventListener("click", () => effects.goToStop(stop + 1));
  again.addEventListener("click", () => effects.goToStop(stop));
  one(".leave", root).addEventListener("click", () => effects.leaveGuide());

  return (state) => {
    const { guide } = state;
    root.hidden = !guide || state.players.following !== null;
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
    const { text, isSame } = comparison(state, here);
    say(compared, text);
    compared.classList.toggle("right", isSame);
    again.hidden = isAt(state.run, state.moment, here);
  };
}
