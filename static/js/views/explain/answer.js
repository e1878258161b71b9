/** The short answer about the open number: the number itself, whose it is, and the sentences that say where it comes from. */

import { element, one, say } from "../../graphics/dom.js";
import { sayGlossed } from "../../graphics/glossed.js";
import { exact, indexOf, short } from "../../graphics/format.js";
import { endOf } from "../../core/timeline.js";
import { isLive } from "../../core/state.js";
import { isComputed, tensorAt, valueAt } from "../../core/shown_tensors.js";
import { DOCK, EDITS } from "../../words/explain.js";
import { cellName } from "./cell_name.js";
import { editOf } from "./state.js";
import { scopeText } from "./scope.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../wire.js").Explanation} Explanation */

/** The number of the open cell, from the picture or from its explanation. @param {State} state @param {string} name @param {number} cell */
export function openValue(state, name, cell) {
  const { explanation } = state;
  const isExplained = explanation?.name === name && explanation.cell === cell;
  return valueAt(state, name, cell) ?? (isExplained ? explanation.value : null);
}

/** Goes to the step that computes a tensor. @param {Run} run @param {TensorInfo} info @param {App["effects"]} effects */
function makerButton(run, info, effects) {
  const writer = run.segments.find(({ writes }) => writes.includes(info.name));
  const layer = run.layers.find(({ name }) => name === writer?.layer);
  if (!writer) return [];
  const go = element("button", "link", DOCK.madeBy(layer?.title ?? writer.layer, writer.phase));
  go.addEventListener("click", () => effects.seek({ position: endOf(writer) }));
  return [go];
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State, info: TensorInfo, cell: number) => void} */
export function mountAnswer(root, { store, effects }) {
  const [value, about, status] = [one(".value", root), one(".about", root), one(".status", root)];
  const [sentences, words, before] = [one(".sentences", root), one(".words", root), one(".before", root)];
  const meaning = one(".meaning", root);
  const maker = one(".maker", root);
  const [edited, undo] = [one(".edited", root), one(".undo", root)];
  undo.addEventListener("click", () => {
    const edit = editOf(store.get());
    if (edit) effects.removeEdit(edit);
  });
  say(undo, EDITS.undo);
  /** @type {Explanation | null} */
  let drawn = null;
  /** The tensor for which the button of its maker is drawn. */
  let made = "";
  before.addEventListener("click", () => {
    const earlier = store.get().explanation?.earlier ?? null;
    if (earlier !== null) effects.followBack(earlier);
  });

  /** @param {State} state @param {TensorInfo} info @param {number} cell */
  function drawValue(state, info, cell) {
    const number = openValue(state, info.name, cell);
    const isMade = isComputed(state, info.name, cell);
    // While the page plays the last number stays until the next one comes.
    if (number === null && isMade && isLive(state)) return;
    const text = number === null ? (isMade ? "" : DOCK.notComputed) : short(number);
    say(value, text);
    value.classList.toggle("missing", !isMade);
    value.title = number === null ? "" : exact(number, tensorAt(state, info.name).values?.cells);
    // While the page plays nothing is announced.
    const name = state.run ? cellName(state.run, info, indexOf(cell, info.shape)) : info.name;
    if (!isLive(state)) say(status, text ? `${name}: ${text}` : "");
  }

  /** @param {Explanation} explanation @param {State} state */
  function drawWords(explanation, { shown }) {
    meaning.hidden = explanation.meaning === null;
    sayGlossed(meaning, explanation.meaning ?? "");
    sayGlossed(words, explanation.words);
    before.hidden = explanation.earlier === null;
    if (shown) say(before, DOCK.earlier(shown.moment.iteration - 1));
  }

  return (state, info, cell) => {
    const { run, explanation } = state;
    if (!run) return;
    drawValue(state, info, cell);
    say(about, scopeText(info, state));
    const isMade = isComputed(state, info.name, cell);
    sentences.hidden = !isMade;
    maker.hidden = isMade;
    if (!isMade && made !== info.name) maker.replaceChildren(...makerButton(run, info, effects));
    if (!isMade) made = info.name;
    const edit = editOf(state);
    edited.hidden = edit === null;
    if (edit) say(one("span", edited), EDITS.set(short(edit.value), edit.iteration));
    if (explanation && explanation !== drawn) drawWords(explanation, state);
    drawn = explanation;
  };
}
