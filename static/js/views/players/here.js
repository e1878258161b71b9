/** "2 here": the number of pages that have this run open, and a panel to follow one of them or to lead. */

import { element, one, say } from "../../graphics/dom.js";
import { onChange } from "../../graphics/changes.js";
import { toFollow } from "../../core/address.js";
import { followersText, hereText, leadersText, othersText } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */

/** The width of the panel and the minimum space beside it, in pixels. */
const WIDTH = 320;
const EDGE = 8;

/** @param {string} token @returns {string} the link with which others follow this page */
const linkTo = (token) => `${window.location.origin}${window.location.pathname}${toFollow(token)}`;

/** Copies the text of an input, with or without a secure context. @param {HTMLInputElement} input */
async function copy(input) {
  input.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(input.value);
  else document.execCommand("copy");
}

/** The link for followers. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountLeading(root, { effects }) {
  const [begin, panel] = [one(".lead", root), one(".leading", root)];
  const link = /** @type {HTMLInputElement} */ (one("input", panel));
  const [copyButton, followers] = [one(".copy", panel), one(".followers", panel)];
  begin.addEventListener("click", () => void effects.players.lead("POST"));
  one(".end", panel).addEventListener("click", () => void effects.players.lead("DELETE"));
  copyButton.addEventListener("click", () => {
    copy(link).then(
      () => say(copyButton, "Copied"),
      () => say(copyButton, "Press Ctrl+C"),
    );
  });
  const drawLink = onChange((/** @type {string | null} */ token) => {
    begin.hidden = token !== null;
    panel.hidden = token === null;
    link.value = token === null ? "" : linkTo(token);
    say(copyButton, "Copy");
  });
  return ({ players }) => {
    drawLink(players.leading);
    say(followers, followersText(players));
  };
}

/** The pages that can be followed. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountLeaders(root, { effects }) {
  const list = one(".leaders", root);
  const words = element("p");
  const draw = onChange((/** @type {readonly string[]} */ leaders) => {
    const buttons = leaders.map((token, i) => {
      const button = element("button", "", leaders.length === 1 ? "Follow it" : `Follow page ${i + 1}`);
      button.setAttribute("popovertarget", root.id);
      button.setAttribute("popovertargetaction", "hide");
      button.addEventListener("click", () => void effects.players.follow(token));
      return button;
    });
    list.replaceChildren(words, ...buttons);
  });
  return ({ players }) => {
    list.hidden = players.leaders.length === 0;
    say(words, leadersText(players));
    draw(players.leaders);
  };
}

/** @param {HTMLElement} button @param {HTMLElement} panel @param {App} app @returns {(state: State) => void} */
export function mountHere(button, panel, app) {
  const [words, parts] = [one(".others", panel), [mountLeading(panel, app), mountLeaders(panel, app)]];
  panel.addEventListener("beforetoggle", () => {
    const { right, bottom } = button.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    panel.style.top = `${bottom + 4}px`;
    panel.style.right = `${Math.max(EDGE, Math.min(room - right, room - WIDTH - EDGE))}px`;
  });

  return (state) => {
    const text = state.players.following ? null : hereText(state.players);
    button.hidden = text === null;
    say(button, text ?? "");
    say(words, othersText(state.players));
    words.hidden = state.players.others === 0;
    for (const draw of parts) draw(state);
  };
}
