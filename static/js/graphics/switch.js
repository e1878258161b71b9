/** A switch: all choices side by side, one of them chosen. It is one stop of the Tab key, and the arrow keys choose. */

import { element } from "./dom.js";
import { makeStop, walkByArrows } from "./roving.js";

/**
 * @template {string} T
 * @param {HTMLElement} root a radio group @param {readonly { value: T, words: string }[]} choices
 * @param {(value: T) => void} choose
 * @returns {(value: T) => void} shows which one is chosen
 */
export function mountSwitch(root, choices, choose) {
  const buttons = choices.map(({ value, words }) => {
    const button = element("button", "", words);
    button.setAttribute("role", "radio");
    button.addEventListener("click", () => choose(value));
    return button;
  });
  root.setAttribute("role", "radiogroup");
  root.append(...buttons);
  walkByArrows(
    root,
    () => buttons,
    (index) => choose(choices[index].value),
  );

  return (value) => {
    const chosen = choices.findIndex((choice) => choice.value === value);
    buttons.forEach((button, i) => button.setAttribute("aria-checked", String(i === chosen)));
    makeStop(buttons, chosen);
  };
}
