/** The controls: steps of each size in both directions, play, and the iteration. */

import { element, one, say } from "../../graphics/dom.js";
import { isPlaying } from "../../core/state.js";
import { UNITS } from "../../core/timeline.js";
import { mountStrip } from "./strip.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/timeline.js").Unit} Unit */
/** @typedef {import("../../core/effects.js").App} App */

/** Play speeds in steps a second. null is the server's full speed. */
const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, null];

/** The buttons of the steps. @param {HTMLElement} root @param {App} app */
function mountSteps(root, { effects }) {
  const [backs, forwards] = [one("#back", root), one("#forward", root)];
  for (const size of UNITS) {
    const [back, forward] = [element("button", "", `‹ ${size}`), element("button", "", `${size} ›`)];
    back.setAttribute("aria-label", `Back one ${size}`);
    forward.setAttribute("aria-label", `Forward one ${size}`);
    back.addEventListener("click", () => effects.step(size, -1));
    forward.addEventListener("click", () => effects.step(size, 1));
    backs.prepend(back);
    forwards.append(forward);
  }
}

/** Play, its unit and its speed. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountPlay(root, { effects }) {
  const play = one("#play", root);
  const unit = /** @type {HTMLSelectElement} */ (one("#play-unit", root));
  const speed = /** @type {HTMLInputElement} */ (one("#speed", root));
  const speedText = one("#speed-text", root);
  unit.append(...UNITS.map((size) => new Option(`${size}s`, size)));
  play.addEventListener("click", () => effects.togglePlay());
  unit.addEventListener("change", () => effects.setPlay({ unit: /** @type {Unit} */ (unit.value) }));
  speed.max = String(SPEEDS.length - 1);
  speed.addEventListener("input", () => effects.setPlay({ speed: SPEEDS[Number(speed.value)] }));
  return (state) => {
    const plays = isPlaying(state);
    play.classList.toggle("on", plays);
    say(one("span", play), plays ? "Pause" : "Play");
    play.setAttribute("aria-pressed", String(plays));
    unit.value = state.players.following?.unit ?? state.play.unit;
    speed.value = String(SPEEDS.indexOf(state.play.speed));
    const pace = state.play.speed === null ? "as fast as it goes" : `${state.play.speed} a second`;
    say(speedText, pace);
    speed.setAttribute("aria-valuetext", pace);
  };
}

/** The number of the iteration, to type another. @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
function mountIteration(root, { effects }) {
  const number = /** @type {HTMLInputElement} */ (one("#iteration", root));
  const total = one("#iterations", root);
  let shownNow = "0";
  number.addEventListener("change", () => {
    if (number.value !== "") effects.goTo(Number(number.value));
  });
  number.addEventListener("blur", () => (number.value = shownNow));
  return ({ run, shown, progress }) => {
    const end = (progress.stopped?.iteration ?? run?.iterations ?? 1) - 1;
    number.max = String(end);
    say(total, `of ${end.toLocaleString("en")}`);
    if (!shown) return;
    shownNow = String(shown.moment.iteration);
    if (document.activeElement !== number) number.value = shownNow;
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountControls(root, app) {
  mountSteps(root, app);
  const parts = [mountStrip(one("#strip", root), app), mountPlay(root, app), mountIteration(root, app)];
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
