/** The table of all keys. The help shows this table, so that it is never out of date. */

/** @typedef {import("./effects.js").Effects} Effects */
/** @typedef {import("./timeline.js").Unit} Unit */

/** @type {readonly { keys: string, does: string }[]} */
export const KEYS = [
  { keys: "→ ←", does: "one layer on, back" },
  { keys: ". ,", does: "one cell on, back" },
  { keys: "Shift → ←", does: "one phase on, back" },
  { keys: "↓ ↑", does: "one step on, back" },
  { keys: "Shift ↓ ↑", does: "one epoch on, back" },
  { keys: "Space", does: "play, pause" },
  { keys: "Home", does: "back to the first moment of the run" },
  { keys: "Esc", does: "close what is open" },
  { keys: "Enter", does: "go into the map that has the focus; on a cell, open it" },
  { keys: "Arrows in a map", does: "go from cell to cell" },
  { keys: "D  S  N  C  T  P  ?", does: "draw, settings, network, charts, theme, present, this list" },
];

/** @type {Record<string, [Unit, 1 | -1]>} */
const STEPS = {
  ArrowRight: ["layer", 1],
  ArrowLeft: ["layer", -1],
  ArrowDown: ["iteration", 1],
  ArrowUp: ["iteration", -1],
  "Shift+ArrowRight": ["phase", 1],
  "Shift+ArrowLeft": ["phase", -1],
  "Shift+ArrowDown": ["epoch", 1],
  "Shift+ArrowUp": ["epoch", -1],
  ".": ["cell", 1],
  ",": ["cell", -1],
};

/** The characters of the keys that a US keyboard has, where they are not a letter or a digit: alone, and with Shift. */
const US_KEYS = /** @type {Record<string, readonly [string, string]>} */ ({
  Period: [".", ">"],
  Comma: [",", "<"],
  Slash: ["/", "?"],
  Minus: ["-", "_"],
  Equal: ["=", "+"],
});

/**
 * The key that a person means, on any layout. A character that a Latin layout types is meant as it is, wherever its key
 * lies (the comma of AZERTY, the S of Dvorak). Other layouts (Cyrillic, Greek, Hebrew, Arabic ...) have no such letters:
 * there, the key in the same place on a US keyboard is meant.
 * @param {Pick<KeyboardEvent, "key" | "code" | "shiftKey">} event
 * @returns {string} a name such as "ArrowLeft", or a character, letters in lower case
 */
export function keyOf({ key, code, shiftKey }) {
  // An input method (Japanese, Chinese, Korean) may hide the character.
  const isHidden = key === "Process" || key === "Unidentified";
  if (/^[A-Z]\w+$/.test(key) && !isHidden) return key;
  if (/^(?:[\x20-\x7E]|\p{Script=Latin})$/u.test(key)) return key.toLowerCase();
  const letter = /^(?:Key|Digit)(.)$/.exec(code);
  return letter ? letter[1].toLowerCase() : (US_KEYS[code]?.[shiftKey ? 1 : 0] ?? key);
}

/**
 * @param {Element | null} target @param {string} key @param {boolean} isStep true if the key steps
 * @returns {boolean} true if the key belongs to the element with the focus
 */
function isTheirs(target, key, isStep) {
  // A hidden button gives the focus to the page behind its dialog.
  const dialog = target?.closest("dialog[open]") ?? document.querySelector("dialog:modal");
  // A dialog that follows the steps leaves their keys to the page, except those that scroll the dialog.
  if (dialog && !(dialog.matches("[data-follows]") && isStep && !/Arrow(Up|Down)$/.test(key))) return true;
  if (target instanceof HTMLSelectElement) return true;
  // Escape closes a card or a menu that lies above the page, and nothing else.
  if (key === "Escape" && document.querySelector("[popover]:not([popover=manual]):popover-open")) return true;
  // A slider keeps only the arrow keys, and a focused button its space bar.
  if (target instanceof HTMLInputElement)
    return target.type !== "range" || /^(Arrow|Page|Home|End)/.test(key);
  return key === " " && target instanceof HTMLButtonElement;
}

/**
 * @param {Effects} effects
 * @param {{ settings: () => void, network: () => void, draw: () => void, charts: () => void, theme: () => void, help: () => void,
 *   present: () => void, close: () => void }} open
 */
export function bindKeys(effects, open) {
  /** @type {Record<string, () => void>} */
  const others = {
    " ": effects.togglePlay,
    Home: () => effects.seek({ iteration: 0, position: 1 }),
    Escape: open.close,
    s: open.settings,
    n: open.network,
    c: open.charts,
    d: open.draw,
    t: open.theme,
    p: open.present,
    "?": open.help,
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyOf(event);
    const name = (event.shiftKey && key.startsWith("Arrow") ? "Shift+" : "") + key;
    if (isTheirs(target, key, name in STEPS)) return;
    const action = STEPS[name] ? () => effects.step(...STEPS[name]) : others[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
