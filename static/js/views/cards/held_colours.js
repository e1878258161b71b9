/** The switch that holds the colours of all maps: then a colour means the same number at all steps and in all layers. */

import { one, say } from "../../graphics/dom.js";
import { keep, kept } from "../../core/kept.js";
import { WORDS } from "../../words/en.js";

const [KEY, ON, OFF] = ["colours", "held", "own"];

/** @param {HTMLElement} button @param {import("../../core/effects.js").App} app @returns {(state: import("../../core/state.js").State) => void} */
export function mountHeldColours(button, { store }) {
  const words = one("span", button);
  button.addEventListener("click", () => {
    const isOn = !store.get().heldColours.isOn;
    keep(KEY, isOn ? ON : OFF);
    store.dispatch({ type: "hold colours", isOn });
  });
  store.dispatch({ type: "hold colours", isOn: kept(KEY) === ON });
  return ({ heldColours: { isOn } }) => {
    button.setAttribute("aria-checked", String(isOn));
    say(words, isOn ? WORDS.colours.held : WORDS.colours.own);
  };
}
