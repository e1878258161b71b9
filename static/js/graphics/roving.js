/** A group of buttons that is one stop of the Tab key: the arrow keys walk through it. */

/** How far the arrow keys go. @type {Record<string, number>} */
const ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * @param {HTMLElement} root @param {() => readonly HTMLButtonElement[]} buttons those of the group, in order
 * @param {(index: number) => void} [arrived] is called when an arrow key has reached a button
 */
export function walkByArrows(root, buttons, arrived = () => {}) {
  root.addEventListener("keydown", (event) => {
    const by = ARROWS[event.key];
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    if (!by || at < 0 || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = (at + by + all.length) % all.length;
    makeStop(all, next);
    all[next].focus();
    arrived(next);
  });
}

/** The Tab key stops at one button of a group. @param {readonly HTMLButtonElement[]} buttons @param {number} stop its index */
export const makeStop = (buttons, stop) =>
  buttons.forEach((button, i) => (button.tabIndex = i === stop ? 0 : -1));
