/** A switch: all choices side by side, one of them chosen. It is one stop of the Tab key, and the arrow keys choose. */

import { element } from "./dom.js";

/** How far the arrow keys go. @type {Record<string, number>} */
const ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

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
  root.addEventListener("keydown", (event) => {
    const by = ARROWS[event.key];
    if (!by || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const at = buttons.findIndex((button) => button === document.activeElement);
    const next = (at + by + buttons.length) % buttons.length;
    buttons[next].focus();
    choose(choices[next].value);
  });

  return (value) =>
    buttons.forEach((button, i) => {
      const isChosen = choices[i].value === value;
      button.setAttribute("aria-checked", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    });
}
