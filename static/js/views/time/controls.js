/** The time dial: a step back, the next one, play, how far each goes, and how fast it plays. */

import { one, say } from "../../graphics/dom.js";
import { mountSwitch } from "../../graphics/switch.js";
import { startOf } from "../../core/beginning.js";
import { nextSpeed, speedOf } from "../../core/speed.js";
import { isPlaying, isWaiting } from "../../core/state.js";
import { UNITS } from "../../core/timeline.js";
import { WORDS } from "../../words/en.js";
import { mountRibbon } from "./ribbon.js";
import { mountWhere } from "./where.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */

/** Step back, Next and Play. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountSteps(root, { store, effects }) {
  const [back, next, play] = [one("#step-back", root), one("#next", root), one("#play", root)];
  say(back, WORDS.back);
  say(next, WORDS.next);
  back.addEventListener("click", () => effects.step(store.get().play.unit, -1));
  next.addEventListener("click", () => effects.step(store.get().play.unit, 1));
  play.addEventListener("click", () => effects.togglePlay());
  return (state) => {
    // One button is dark: what a person most likely wants next.
    next.classList.toggle("main", !startOf(state) && state.guide === null);
    const [plays, waits] = [isPlaying(state), isWaiting(state)];
    play.classList.toggle("on", plays && !waits);
    play.title = waits ? WORDS.waitsFor : "";
    say(one("span", play), waits ? WORDS.waits : plays ? WORDS.pause : WORDS.play);
  };
}

/** The unit of a step and of play. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountUnit(root, { effects }) {
  const group = one("#unit", root);
  say(one("#one", root), WORDS.one);
  group.setAttribute("aria-label", WORDS.unitOf);
  const choices = UNITS.map((value) => ({ value, words: WORDS.units[value] }));
  const show = mountSwitch(group, choices, (unit) => effects.setPlay({ unit }));
  return ({ play, players: { following } }) => show(following?.unit ?? play.unit);
}

/** The speed of play, for each unit its own. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountSpeed(root, { store, effects }) {
  const [slower, faster] = [one("#slower", root), one("#faster", root)].map(
    (button) => /** @type {HTMLButtonElement} */ (button),
  );
  const text = one("#speed-text", root);
  for (const [button, words, direction] of /** @type {const} */ ([
    [slower, WORDS.slower, -1],
    [faster, WORDS.faster, 1],
  ])) {
    button.title = words;
    button.setAttribute("aria-label", words);
    button.addEventListener("click", () =>
      effects.setPlay({ speed: nextSpeed(speedOf(store.get().play), direction) }),
    );
  }
  return ({ play }) => {
    const speed = speedOf(play);
    say(text, WORDS.speed(speed));
    slower.disabled = nextSpeed(speed, -1) === speed;
    faster.disabled = nextSpeed(speed, 1) === speed;
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountControls(root, app) {
  const parts = [
    mountSteps(root, app),
    mountUnit(root, app),
    mountSpeed(root, app),
    mountWhere(one("#where", root), app),
    mountRibbon(one("#ribbon", root), app),
  ];
  // After a click with the mouse the keys belong to the page again. After a key the focus stays.
  root.addEventListener("click", (event) => {
    if (event.detail > 0 && document.activeElement instanceof HTMLButtonElement)
      document.activeElement.blur();
  });

  return (state) => {
    if (!state.run) return;
    for (const draw of parts) draw(state);
  };
}
