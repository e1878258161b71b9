/** Presenting: the layer in focus alone, in large type, with a spotlight that follows the pointer. */

import { one } from "../../graphics/dom.js";

/** @typedef {import("../../core/state.js").State} State */

/** @param {HTMLElement} leave the button that ends it @param {HTMLElement} spotlight @param {import("../../core/effects.js").App} app */
export function mountPresent(leave, spotlight, { store }) {
  const root = document.documentElement;
  leave.addEventListener("click", () => store.dispatch({ type: "present", on: false }));
  document.addEventListener("pointermove", ({ clientX, clientY, pointerType }) => {
    spotlight.hidden = !isPresenting(store.get()) || pointerType === "touch";
    spotlight.style.translate = `${clientX}px ${clientY}px`;
  });
  one("#open-present").addEventListener("click", () => store.dispatch({ type: "present", on: true }));

  /** @param {State} state */
  return (state) => {
    const isOn = isPresenting(state);
    root.toggleAttribute("data-present", isOn);
    leave.hidden = !isOn;
    if (!isOn) spotlight.hidden = true;
  };
}

/** @param {State} state */
const isPresenting = ({ presentedFrom }) => presentedFrom !== null;
