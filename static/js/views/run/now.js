/** The step shown, in words: its phase, and a sentence with its numbers. */

import { one, say } from "../../graphics/dom.js";
import { capital } from "../../graphics/format.js";
import { phaseOf } from "../../core/focus.js";
import { isMoving } from "../../core/state.js";
import { sentence } from "./step_sentence.js";

/** @typedef {import("../../core/state.js").State} State */

/** @param {HTMLElement} root @returns {(state: State) => void} */
export function mountNow(root) {
  const [phase, words] = [one("#phase", root), one("#sentence", root)];
  return (state) => {
    if (!state.run) return;
    root.dataset.phase = phaseOf(state);
    say(phase, capital(phaseOf(state)));
    say(words, sentence(state));
    // A screen reader cannot read thirty sentences a second.
    words.setAttribute("aria-live", isMoving(state) ? "off" : "polite");
  };
}
