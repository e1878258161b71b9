/** The first card: the picture that goes through the network, and a choice among those of the batch and of the set. */

import { one, say } from "../../graphics/dom.js";
import { fitted } from "../../graphics/fit.js";
import { capital, exampleName, times, withArticle } from "../../graphics/format.js";
import { isSignal } from "../../graphics/layout.js";
import { describe, limitAt, outlinesOf } from "../../graphics/tensors.js";
import { cellOf } from "../../core/subject.js";
import { exampleOf, isBesideBatch } from "../../core/state.js";
import { infoOf, tensorAt } from "../../core/shown_tensors.js";
import { partOfCells } from "../../core/typed_arrays.js";
import { WORDS } from "../../words/en.js";
import { isNarrow } from "./narrow.js";
import "../../graphics/heatmap.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */

/** The side of the picture, in pixels. */
const SIDE = 124;
/** What stands on the card besides the picture and its gradient, in pixels, and the least side. */
const OTHERS = 224;
const LEAST = 64;

/** @param {State} state @param {Run} run @returns {string} */
function exampleText(state, run) {
  const example = exampleOf(state);
  if (!example) return "loading …";
  const { label, truth, index } = example;
  if (label === null) return capital(exampleName(index));
  const wrong = truth === label ? "" : `, in truth ${withArticle(run.classes[truth ?? 0])}`;
  return `${capital(withArticle(run.classes[label]))}: ${exampleName(index)}${wrong}`;
}

/** The chosen training example, which may be outside the batch. @param {HTMLElement} root @param {App} app */
function mountLook(root, { store, effects }) {
  const [frame, about] = [one("#look", root), one("#look-about", root)];
  const train = one("#train-on-it", root);
  train.addEventListener("click", () => {
    const { look } = store.get();
    if (look !== null) void effects.trainOnExample(look);
  });
  const [pin, unpin] = [one("#pin", root), one("#stop-looking", root)];
  say(one("#pinned", root), WORDS.pinned);
  say(pin, WORDS.pin);
  pin.title = WORDS.pinTitle;
  say(unpin, WORDS.unpin);
  unpin.title = WORDS.unpinTitle;
  unpin.setAttribute("aria-label", WORDS.unpinTitle);
  pin.addEventListener("click", () => effects.pin(true));
  unpin.addEventListener("click", () => effects.pin(false));
  /** @param {State} state */
  return (state) => {
    const isBeside = isBesideBatch(state);
    frame.hidden = state.shown === null || state.shown.look === null;
    // Where nothing is pinned, and the page would not do so when it plays.
    pin.hidden = state.pins || !frame.hidden || (exampleOf(state)?.index ?? null) === null;
    train.hidden = !isBeside;
    say(about, isBeside ? "Not in this batch: shown, but not trained on." : "In this batch, and trained on.");
  };
}

/** The example on the stage, and a choice among those of the batch. @param {HTMLElement} root @param {App} app */
function mountExample(root, { effects }) {
  const [about, choose] = [one("#example-about", root), one("#open-examples", root)];
  const [picker, slots] = [one("#picker", root), one("#slots", root)];
  const slot = /** @type {HTMLInputElement} */ (one("#slot", root));
  /** @param {number} by */
  const move = (by) => {
    const count = Number(slot.max);
    // From an example outside the batch, the arrows lead to the first and the last slot.
    const at = slot.value === "" ? Math.min(-by, 0) : Number(slot.value) - 1;
    effects.showExample((at + by + count) % count);
  };
  slot.addEventListener("change", () => slot.reportValidity() && effects.showExample(Number(slot.value) - 1));
  one("#slot-back", root).addEventListener("click", () => move(-1));
  one("#slot-on", root).addEventListener("click", () => move(1));
  /** @param {State} state @param {Run} run */
  return (state, run) => {
    const { shown } = state;
    const count = shown?.iteration.examples.length ?? 0;
    say(about, exampleText(state, run));
    choose.hidden = run.train_examples < 2;
    picker.hidden = count < 2;
    slot.max = String(count);
    const number = isBesideBatch(state) ? "" : String((shown?.example ?? 0) + 1);
    if (document.activeElement !== slot) slot.value = number;
    say(slots, `of ${count}`);
  };
}

/** The numbers of the input, or its gradient. @param {State} state @param {Run} run @param {HeatMap} map @param {number} side */
function drawMap(state, run, map, side) {
  const info = infoOf(run, map.dataset.name ?? "");
  const { values, done } = tensorAt(state, info?.name ?? "");
  const isHidden = !info || (info.tensor === "dout" && done === "none");
  /** @type {HTMLElement} */ (map.parentElement).hidden = isHidden;
  if (isHidden) return;
  const inColour = info.tensor === "out" && run.colours !== null;
  const drawn = inColour ? info.shape.slice(1) : info.shape;
  const isCurve = isSignal(info.shape);
  const { shape, layout, cells } = fitted(drawn, { width: side, height: side });
  map.picture = {
    shape,
    layout: isCurve ? { ...layout, high: Math.floor(side / (2 * layout.across)) } : layout,
    cells: values && (inColour ? values.cells : partOfCells(values.cells, 0, cells)),
    done,
    limit: limitAt(state, [info.name]),
    signed: info.signed,
    curve: isCurve,
    colours: inColour ? run.colours : null,
    outlines: inColour ? [] : outlinesOf(state, info.name),
    numbers: false,
    theme: state.theme,
    label: describe(info),
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountPicture(root, app) {
  const { store, effects } = app;
  const [title, about] = [one(".title", root), one(".about", root)];
  const maps = /** @type {HeatMap[]} */ ([...root.querySelectorAll("heat-map")]);
  const parts = [mountExample(root, app), mountLook(root, app)];
  for (const map of maps) {
    const name = map.dataset.name ?? "";
    map.addEventListener("cell-hover", (event) => {
      const { cell, x, y } = /** @type {CustomEvent} */ (event).detail;
      store.dispatch({ type: "hover", hover: cell === null ? null : { name, cell, x, y } });
    });
    map.addEventListener("cell-click", (event) =>
      effects.enlarge({ name, cell: /** @type {CustomEvent} */ (event).detail.cell ?? 0 }),
    );
  }
  let side = SIDE;
  /** @type {State | null} */
  let last = null;
  new ResizeObserver(() => {
    const room = isNarrow() ? SIDE : Math.floor((root.clientHeight - OTHERS) / 2);
    side = Math.max(LEAST, Math.min(SIDE, room));
    if (last) draw(last);
  }).observe(root);
  title.addEventListener("click", () => {
    const { run } = store.get();
    if (!run) return;
    // On a phone the card opens by its chip, and elsewhere the picture opens large.
    if (isNarrow()) effects.focus(run.layers[0].name);
    else effects.enlarge({ name: "input.out", cell: cellOf(store.get(), "input.out") });
  });

  /** @param {State} state */
  function draw(state) {
    const { run } = state;
    if (!run) return;
    say(title, run.layers[0].title);
    say(about, times(run.layers[0].shape.slice(run.layers[0].shape[0] === 1 ? 1 : 0)));
    for (const map of maps) drawMap(state, run, map, side);
    for (const each of parts) each(state, run);
  }

  return (state) => {
    last = state;
    draw(state);
  };
}
