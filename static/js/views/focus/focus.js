/** The layer in focus: its name, what it does, and its operation as a picture, in the form that the layer names. */

import { element, say } from "../../graphics/dom.js";
import { mountSwitch } from "../../graphics/switch.js";
import { weightsOf } from "../../core/shown_tensors.js";
import { focusedLayer, phaseOf } from "../../core/focus.js";
import { FOCUS } from "../../words/focus.js";
import { mountCourse } from "./course.js";
import { mountWindows } from "./windows.js";
import { mountBeforeAndAfter } from "./before_and_after.js";
import { mountCurve } from "./curve.js";
import { mountDistribution } from "./distribution.js";
import { mountMatrix } from "./matrix.js";
import { mountNormalise } from "./normalise.js";
import { mountPooling } from "./pooling.js";
import { mountUpdate } from "./update.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").LayerInfo} LayerInfo */
/** @typedef {import("../../wire.js").Segment["phase"]} Phase */
/**
 * What a form draws: a layer in a phase, in a box of CSS pixels.
 * @typedef {{ readonly state: State, readonly run: Run, readonly layer: LayerInfo, readonly phase: Phase,
 *   readonly box: { readonly width: number, readonly height: number } }} Sight
 */
/** A form of focus: builds its elements into an empty root once, and then draws sights of one layer and phase. @typedef {(root: HTMLElement, app: App) => (sight: Sight) => void} Form */

/** What the focus of a layer with weights shows. */
const SIDES = /** @type {const} */ (["step", "course"]);

/** The forms, by the names that layers give them. @type {Record<LayerInfo["form"], Form>} */
const FORMS = {
  picture: mountBeforeAndAfter,
  windows: mountPooling,
  curve: mountCurve,
  matrix: mountMatrix,
  distribution: mountDistribution,
  normalise: mountNormalise,
  before_after: mountBeforeAndAfter,
};

/** The form that shows a layer in a phase. @param {LayerInfo} layer @param {Phase} phase @param {State["focusSide"]} side @returns {Form} */
function formOf(layer, phase, side) {
  if (side === "course" && weightsOf(layer)) return mountCourse;
  if (phase === "update" && layer.parameters > 0) return mountUpdate;
  return layer.form === "windows" && layer.parameters > 0 ? mountWindows : FORMS[layer.form];
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountFocus(root, app) {
  const [title, summary] = [element("h2"), element("p", "quiet")];
  const body = element("div", "form");
  const side = element("div", "side switch");
  side.setAttribute("aria-label", FOCUS.side);
  const sides = SIDES.map((value) => ({ value, words: FOCUS.sides[value] }));
  const showSide = mountSwitch(side, sides, (value) => app.effects.turnFocus(value));
  root.replaceChildren(element("header", "", title, summary, side), body);
  /** @type {{ form: Form, layer: LayerInfo, draw: (sight: Sight) => void } | null} */
  let open = null;
  let box = { width: 0, height: 0 };
  /** @type {State | null} */
  let last = null;
  new ResizeObserver(([{ contentRect }]) => {
    box = { width: contentRect.width, height: contentRect.height };
    if (last) draw(last);
  }).observe(body);

  /** @param {State} state */
  function draw(state) {
    const { run } = state;
    const layer = focusedLayer(state);
    if (!run || !layer || box.width === 0) return;
    const phase = phaseOf(state);
    const form = formOf(layer, phase, state.focusSide);
    if (open?.form !== form || open.layer !== layer) {
      const own = element("div", `sight ${layer.form}`);
      body.replaceChildren(own);
      open = { form, layer, draw: form(own, app) };
    }
    root.dataset.phase = phase;
    root.dataset.layer = layer.name;
    root.setAttribute("aria-label", `${layer.title}, in focus`);
    say(title, layer.title);
    say(summary, layer.summary);
    side.hidden = weightsOf(layer) === undefined;
    showSide(state.focusSide);
    open.draw({ state, run, layer, phase, box });
  }

  return (state) => {
    last = state;
    draw(state);
  };
}
