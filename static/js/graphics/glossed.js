/** Sentences whose special words open a card of the glossary, by a click, a tap or the keyboard. */

import { GLOSSARY } from "../words/glossary.js";
import { element, one, say } from "./dom.js";

/** @typedef {import("../words/glossary.js").Entry} Entry */

const ENTRIES = new Map(GLOSSARY.flatMap((entry) => entry.forms.map((form) => [form, entry])));
// Of forms that begin alike the longest is found.
const LONGEST_FIRST = [...ENTRIES.keys()].sort((a, b) => b.length - a.length);
const WORDS = new RegExp(`(?<![\\p{L}\\d.\\[])(?:${LONGEST_FIRST.join("|")})(?!\\.?[\\p{L}\\d\\[])`, "giu");

/** The space between a word and its card, and around the card, in pixels. */
const GAP = 4;
const MARGIN = 8;

/** @param {string} text @param {Entry} entry */
function wordButton(text, entry) {
  const button = element("button", "gloss", text);
  button.type = "button";
  button.setAttribute("popovertarget", "glossary");
  button.dataset.word = entry.forms[0];
  return button;
}

/** A text in which the first occurrence of each word of the glossary is a button. @param {string} text @returns {(string | HTMLElement)[]} */
export function glossed(text) {
  /** @type {Set<Entry>} */
  const met = new Set();
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  let end = 0;
  for (const { 0: form, index } of text.matchAll(WORDS)) {
    const entry = /** @type {Entry} */ (ENTRIES.get(form.toLowerCase()));
    if (met.has(entry)) continue;
    met.add(entry);
    parts.push(text.slice(end, index), wordButton(form, entry));
    end = index + form.length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== "");
}

/** Sets a text with its glossary where it differs. @param {Element} target @param {string} text */
export function sayGlossed(target, text) {
  if (target.textContent !== text) target.replaceChildren(...glossed(text));
}

/** Fills the card for the word whose button opens it, and places it beside the word. @param {HTMLElement} card a popover */
export function mountGlossary(card) {
  const [title, symbol, text] = [one("h3", card), one(".symbol", card), one(".text", card)];
  /** @type {HTMLElement | null} */
  let word = null;
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button.gloss") : null;
    const entry = button instanceof HTMLElement && ENTRIES.get(button.dataset.word ?? "");
    if (!entry) return;
    word = /** @type {HTMLElement} */ (button);
    say(title, entry.title);
    say(symbol, entry.symbol);
    say(text, entry.text);
  });
  card.addEventListener("toggle", () => {
    if (!word || !card.matches(":popover-open")) return;
    const { left, top, bottom } = word.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = card;
    const below = bottom + GAP;
    const isBelow = below + height + MARGIN <= window.innerHeight;
    card.style.left = `${Math.max(MARGIN, Math.min(left, window.innerWidth - width - MARGIN))}px`;
    card.style.top = `${isBelow ? below : Math.max(MARGIN, top - GAP - height)}px`;
  });
}
