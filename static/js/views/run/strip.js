/** This iteration as a strip: its layers in the order of computation, phase by phase. */

import { element } from "../../graphics/dom.js";
import { chapters, stepAt } from "../../core/timeline.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {{ start: number, end: number, fill: HTMLElement, chip: HTMLElement }} Chip a layer in a phase */

/** A press that moves by more pixels is a drag. */
const DRAG_PIXELS = 3;

/**
 * A click goes to the end of a layer. A drag goes through its cells in both directions.
 * @param {Chip} chip @param {App["effects"]} effects
 */
function listen({ chip, start, end }, effects) {
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

/** @param {{ layer: string, start: number, end: number }} stretch @param {string} phase @returns {Chip} */
function chipOf({ layer, start, end }, phase) {
  const fill = element("i");
  const chip = element("button", "chip", fill, element("span", "", layer));
  chip.title = layer;
  chip.setAttribute("aria-label", `To the end of ${layer} in the ${phase} phase`);
  // As wide as its name, and one letter more for the edges.
  chip.style.flexGrow = String(layer.length + 1);
  return { start, end, fill, chip };
}

/** @param {HTMLElement} strip @param {App} app @returns {(state: State) => void} */
export function mountStrip(strip, { effects }) {
  /** @type {Chip[]} */
  let chips = [];
  /** The run that the chips are of. */
  let built = "";

  /** @param {Run} run */
  function build(run) {
    chips = [];
    const sections = chapters(run).map(({ phase, layers }) => {
      const title = element("button", "phase", phase);
      title.setAttribute("aria-label", `To the end of the ${phase} phase`);
      title.addEventListener("click", () => effects.seek({ position: layers[layers.length - 1].end }));
      const own = layers.map((stretch) => chipOf(stretch, phase));
      for (const chip of own) listen(chip, effects);
      chips.push(...own);
      const row = element("div", "chips", ...own.map(({ chip }) => chip));
      const section = element("section", `chapter ${phase}`, title, row);
      section.style.flexGrow = String(layers.length);
      return section;
    });
    strip.replaceChildren(...sections);
    built = run.id;
  }

  return ({ run, shown }) => {
    if (!run) return;
    if (built !== run.id) build(run);
    if (!shown) return;
    const { position } = shown.moment;
    strip.dataset.phase = stepAt(run, position).segment.phase;
    for (const { start, end, fill, chip } of chips) {
      fill.style.width = `${100 * Math.min(1, Math.max(0, (position - start) / (end - start)))}%`;
      chip.classList.toggle("now", position > start && position <= end);
    }
  };
}
