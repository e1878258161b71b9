/** "Why?": which method maps the saliency of the input's pixels, and for which class score or other cell. */

import { one, say } from "../../graphics/dom.js";
import { isSameUnit, scoresOf, unitTitle } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").SaliencyMethod} SaliencyMethod */
/** @typedef {import("./state.js").Unit} Unit */

const HINT = "Choose a method, and see which pixels the answer depends on.";
/** The value of the option for the network's answer. */
const ANSWER = "-1";

/**
 * Replaces the options when they differ.
 * @param {HTMLSelectElement} select @param {readonly (readonly [text: string, value: string])[]} options
 */
function fill(select, options) {
  const isSame =
    select.options.length === options.length &&
    options.every(([text, value], i) => select.options[i].text === text && select.options[i].value === value);
  if (!isSame) select.replaceChildren(...options.map(([text, value]) => new Option(text, value)));
}

/** The units to choose from: the scores, and another cell that was clicked. @param {State} state @returns {Unit[]} */
function unitsOf({ run, draw: { answer, unit } }) {
  const scores = scoresOf(answer?.run ?? run ?? { classes: [], layers: [] });
  return unit && !scores.some((score) => isSameUnit(score, unit)) ? [...scores, unit] : scores;
}

/** @param {HTMLSelectElement} select @param {App} app @returns {(state: State) => void} */
function mountUnits(select, { store, effects }) {
  select.addEventListener("change", () => {
    effects.draw.map({ unit: unitsOf(store.get())[Number(select.value)] ?? null });
  });
  return (state) => {
    const { answer, unit } = state.draw;
    if (!answer) return;
    const units = unitsOf(state);
    const titles = units.map((each) => unitTitle(answer.run, each));
    const best = titles[answer.prediction.winner ?? 0];
    fill(select, [
      [best ? `the answer (${best})` : "the answer", ANSWER],
      ...titles.map((title, number) => /** @type {const} */ ([title, String(number)])),
    ]);
    select.value = unit ? String(units.findIndex((each) => isSameUnit(each, unit))) : ANSWER;
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountSaliency(root, app) {
  const { effects } = app;
  const method = /** @type {HTMLSelectElement} */ (one(".method", root));
  const convolution = /** @type {HTMLSelectElement} */ (one(".convolution", root));
  const strength = /** @type {HTMLInputElement} */ (one(".strength", root));
  const [words, meaning, maps] = [one(".words", root), one(".meaning", root), one("label.maps", root)];
  const drawUnits = mountUnits(/** @type {HTMLSelectElement} */ (one(".unit", root)), app);
  method.addEventListener("change", () => {
    effects.draw.map({ method: /** @type {SaliencyMethod["method"]} */ (method.value) || null });
  });
  convolution.addEventListener("change", () => effects.draw.map({ convolution: convolution.value || null }));
  strength.addEventListener("input", () => effects.draw.setStrength(Number(strength.value)));

  return (state) => {
    const { methods, saliency, failure, ...draw } = state.draw;
    fill(method, [
      ["nothing", ""],
      ...methods.map((each) => /** @type {const} */ ([each.title, each.method])),
    ]);
    method.value = draw.method ?? "";
    drawUnits(state);
    strength.disabled = saliency === null;
    strength.value = String(draw.strength);
    root.classList.toggle("failed", failure !== null);
    say(words, failure ?? saliency?.words ?? HINT);
    say(meaning, saliency ? `${saliency.about.meaning} ${saliency.about.limit}` : "");
    maps.hidden = !saliency?.convolution;
    if (!saliency) return;
    fill(
      convolution,
      saliency.convolutions.map((name) => [name, name]),
    );
    convolution.value = saliency.convolution ?? "";
  };
}
