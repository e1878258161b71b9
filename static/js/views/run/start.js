/** Where a newcomer starts: the button that opens the first worked example, until a person goes on from the first sight. */

import { say } from "../../graphics/dom.js";
import { startOf } from "../../core/beginning.js";
import { WORDS } from "../../words/en.js";

/** @typedef {import("../../core/state.js").State} State */

/** @param {HTMLElement} button @param {import("../../core/effects.js").App} app @returns {(state: State) => void} */
export function mountStart(button, { store, effects }) {
  button.addEventListener("click", () => {
    const preset = startOf(store.get());
    if (preset) effects.openPreset(preset.key).catch(effects.report);
  });
  return (state) => {
    const preset = startOf(state);
    button.hidden = preset === undefined;
    if (preset) say(button, WORDS.start(preset.title));
  };
}
