/** The bar of a page that follows another one, with the button to stop. */

import { one, say } from "../../graphics/dom.js";

/** @typedef {import("../../core/state.js").State} State */

/** @param {HTMLElement} root @param {import("../../core/effects.js").App} app @returns {(state: State) => void} */
export function mountFollowing(root, { effects }) {
  const words = one("p", root);
  one("button", root).addEventListener("click", () => void effects.players.leave());

  return ({ players: { following } }) => {
    root.hidden = following === null;
    if (!following) return;
    root.classList.toggle("told", following.isTold);
    const how = following.isTold ? " It decides what is shown. To move by yourself, stop following." : "";
    say(words, `Following another page.${how}`);
  };
}
