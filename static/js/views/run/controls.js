/** The controls: steps of every size in both directions, play, and this iteration as clickable stretches. */

import { element, one, say } from "../../graphics/dom.js";
import { isPlaying } from "../../core/state.js";
import { chapters, stepAt, UNITS } from "../../core/timeline.js";
import { sentence } from "./step_sentence.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/timeline.js").Unit} Unit */
/** @typedef {import("../../core/effects.js").Effects} Effects */

const DRAG_PIXELS = 3;
/** Play speeds in steps a second; null is as fast as the server goes. */
const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, null];

/** @param {HTMLElement} root @param {Effects} effects @returns {(state: State) => void} */
export function mountControls(root, effects) {
  const play = one("#play", root);
  const unit = /** @type {HTMLSelectElement} */ (one("#play-unit", root));
  const speed = /** @type {HTMLInputElement} */ (one("#speed", root));
  const speedText = one("#speed-text", root);
  const number = /** @type {HTMLInputElement} */ (one("#iteration", root));
  const total = one("#iterations", root);
  const words = one("#sentence", root);
  const strip = one("#strip", root);
  /** @type {{ start: number, end: number, fill: HTMLElement, chip: HTMLElement }[]} */
  let chips = [];
  let builtFor = "";
  let shownNow = "0";

  for (const size of UNITS) {
    const [back, on] = [element("button", "", `‹ ${size}`), element("button", "", `${size} ›`)];
    back.setAttribute("aria-label", `Back one ${size}`);
    on.setAttribute("aria-label", `Forward one ${size}`);
    back.addEventListener("click", () => effects.step(size, -1));
    on.addEventListener("click", () => effects.step(size, 1));
    one("#back", root).prepend(back);
    one("#forward", root).append(on);
    unit.append(new Option(`${size}s`, size));
  }
  play.addEventListener("click", () => effects.togglePlay());
  unit.addEventListener("change", () => effects.setPlay({ unit: /** @type {Unit} */ (unit.value) }));
  speed.max = String(SPEEDS.length - 1);
  speed.addEventListener("input", () => effects.setPlay({ speed: SPEEDS[Number(speed.value)] }));
  number.addEventListener("change", () => {
    if (number.value !== "") effects.goTo(Number(number.value));
  });
  number.addEventListener("blur", () => (number.value = shownNow));
  // After a click of the mouse the keys belong to the page again; with the keyboard the focus stays.
  root.addEventListener("click", (event) => {
    if (event.detail > 0 && document.activeElement instanceof HTMLButtonElement)
      document.activeElement.blur();
  });

  /**
   * A click goes to the end of a layer; a drag goes through its cells, window by window, in both directions.
   * @param {HTMLElement} chip @param {number} start @param {number} end
   */
  function scrubbed(chip, start, end) {
    let from = 0;
    let isDrag = false;
    chip.addEventListener("pointerdown", (event) => {
      chip.setPointerCapture(event.pointerId);
      from = event.clientX;
      isDrag = false;
    });
    chip.addEventListener("pointermove", (event) => {
      if (!chip.hasPointerCapture(event.pointerId)) return;
      isDrag ||= Math.abs(event.clientX - from) > DRAG_PIXELS;
      if (!isDrag) return;
      const box = chip.getBoundingClientRect();
      const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      effects.seek({ position: start + Math.max(1, Math.round(part * (end - start))) }, true);
    });
    chip.addEventListener("click", () => {
      if (!isDrag) effects.seek({ position: end });
      isDrag = false;
    });
  }

  /** @param {import("../../wire.js").Run} run */
  function build(run) {
    chips = [];
    strip.replaceChildren(
      ...chapters(run).map(({ phase, layers }) => {
        const title = element("button", "phase", phase);
        title.setAttribute("aria-label", `To the end of the ${phase} phase`);
        title.addEventListener("click", () => effects.seek({ position: layers[layers.length - 1].end }));
        const row = element("div", "chips");
        for (const { layer, start, end } of layers) {
          const fill = element("i");
          const chip = element("button", "chip", fill, element("span", "", layer));
          chip.title = layer;
          chip.setAttribute("aria-label", `To the end of ${layer} in the ${phase} phase`);
          // Room as the names need it: one letter more for the edges.
          chip.style.flexGrow = String(layer.length + 1);
          scrubbed(chip, start, end);
          chips.push({ start, end, fill, chip });
          row.append(chip);
        }
        const section = element("section", `chapter ${phase}`, title, row);
        section.style.flexGrow = String(layers.length);
        return section;
      }),
    );
  }

  return (state) => {
    const { run, shown } = state;
    if (!run) return;
    if (builtFor !== run.id) build(run);
    builtFor = run.id;
    const plays = isPlaying(state);
    play.classList.toggle("on", plays);
    say(one("span", play), plays ? "Pause" : "Play");
    play.setAttribute("aria-pressed", String(plays));
    unit.value = state.play.unit;
    speed.value = String(SPEEDS.indexOf(state.play.speed));
    const pace = state.play.speed === null ? "as fast as it goes" : `${state.play.speed} a second`;
    say(speedText, pace);
    speed.setAttribute("aria-valuetext", pace);
    const end = (state.progress.stopped?.iteration ?? run.iterations) - 1;
    number.max = String(end);
    say(total, `of ${end.toLocaleString("en")}`);
    say(words, sentence(state));
    // Thirty sentences a second are no help to anybody who listens.
    words.setAttribute("aria-live", state.play.on ? "off" : "polite");
    if (!shown) return;
    shownNow = String(shown.moment.iteration);
    if (document.activeElement !== number) number.value = shownNow;
    const { position } = shown.moment;
    const { segment } = stepAt(run, position);
    strip.dataset.phase = segment.phase;
    for (const { start, end, fill, chip } of chips) {
      fill.style.width = `${100 * Math.min(1, Math.max(0, (position - start) / (end - start)))}%`;
      chip.classList.toggle("now", position > start && position <= end);
    }
  };
}
