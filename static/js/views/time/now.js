/** The step shown, in words: its phase, and a sentence with its numbers. */

import { element, one, say } from "../../graphics/dom.js";
import { phaseOf } from "../../core/focus.js";
import { isMoving } from "../../core/state.js";
import { createTimeLeft } from "../../core/time_left.js";
import { WORDS } from "../../words/en.js";
import { isAhead, sentence } from "./step_sentence.js";

/** @typedef {import("../../core/state.js").State} State */

/** Shows a sentence where it differs, so that nothing flickers. @param {HTMLElement} root @param {import("../../words/said.js").Said} said */
function show(root, said) {
  const key = JSON.stringify(said);
  if (root.dataset.said === key) return;
  root.dataset.said = key;
  root.replaceChildren(
    ...said.map((part) => (typeof part === "string" ? part : element("b", "", part.bold))),
  );
}

/** @param {HTMLElement} root @returns {(state: State) => void} */
export function mountNow(root) {
  const [phase, words] = [one("#phase", root), one("#sentence", root)];
  const timeLeft = createTimeLeft();
  return (state) => {
    if (!state.run) return;
    root.dataset.phase = phaseOf(state);
    say(phase, WORDS.phases[phaseOf(state)].name);
    const { moment, progress } = state;
    const wanted = isAhead(state) ? `${state.run.id} ${moment.iteration}` : null;
    const left = timeLeft(wanted, progress.computed, moment.iteration + 1);
    show(words, sentence(state, left === null ? "" : WORDS.timeLeft(left)));
    // A screen reader cannot read thirty sentences a second.
    words.setAttribute("aria-live", isMoving(state) ? "off" : "polite");
  };
}
