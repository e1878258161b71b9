/** "Draw": a drawn or uploaded picture becomes the input. The network answers it, and can be trained on it. */

import { modal } from "../../graphics/dialog.js";
import { one, say } from "../../graphics/dom.js";
import { percent, plural } from "../../graphics/format.js";
import { isOpen, refusalOf } from "../../core/state.js";
import { mountCollection } from "./collection.js";
import { mountFileInput } from "./file_input.js";
import { mountInputEditor } from "./input_editor.js";
import { mountLayerStrip } from "./layer_strip.js";
import { mountNearestNeighbours } from "./nearest_neighbours.js";
import { mountPad } from "./pad.js";
import { mountPipeline } from "./pipeline.js";
import { mountSaliency } from "./saliency.js";
import { mountScoreBars } from "./score_bars.js";
import { networkOf } from "./state.js";
import { mountTrainOnThis } from "./train_on_this.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Run} Run */

/** @param {Run} run @returns {string | null} why another run is better to draw for */
function adviceFor({ drawable, recipe }) {
  if (!drawable)
    return "This run’s data set is not one of digits, so that a drawing cannot become one of its examples.";
  return recipe.dataset === "digits"
    ? "This network learns digits that were scanned decades ago, and your hand is another."
    : null;
}

/** Which network is asked, and whether another is better. @param {HTMLElement} dialog @param {App} app @returns {(state: State) => void} */
function mountNetwork(dialog, { effects }) {
  const [note, advice, can] = [one(".note", dialog), one(".advice", dialog), one(".can", dialog)];
  const [reason, start] = [one("p", advice), /** @type {HTMLButtonElement} */ (one("button", advice))];
  start.addEventListener("click", () => void effects.draw.startDrawn());
  return (state) => {
    const network = networkOf(state);
    if (!network) return;
    const { run, iteration } = network;
    const text = adviceFor(run);
    advice.hidden = text === null;
    say(reason, text ?? "");
    can.hidden = !run.drawable;
    start.disabled = state.draw.isStarting;
    const goesOn = state.play.on ? " …" : "";
    say(note, `${run.dataset_title}, after ${plural(iteration, "step")}${goesOn}`);
  };
}

/** The network's answer, large enough to be read from the back row. @param {HTMLElement} dialog @returns {(state: State) => void} */
function mountAnswer(dialog) {
  const [verdict, winner, says] = [one(".verdict", dialog), one(".winner", dialog), one(".says", dialog)];
  const [name, share] = [one("b", winner), one("span", winner)];
  const train = one(".training button", dialog);
  return ({ draw: { answer, pending } }) => {
    says.setAttribute("aria-busy", String(pending > 0));
    const { prediction = null, run = null } = answer ?? {};
    say(verdict, prediction?.words ?? "Draw a digit, or bring a picture of one.");
    verdict.className = `verdict ${prediction?.verdict ?? ""}`;
    train.classList.toggle("main", prediction?.verdict === "untrained");
    const best = prediction?.winner ?? null;
    winner.hidden = best === null;
    if (best === null || !prediction || !run) return;
    const likelihood = run.answer === "loss.probabilities" ? prediction.answers[best] : null;
    say(name, run.classes[best]);
    say(share, likelihood === null ? "" : percent(likelihood));
    winner.className = `winner ${prediction.verdict ?? ""}`;
  };
}

/** @param {HTMLDialogElement} dialog @param {App} app @returns {(state: State) => void} */
export function mountDraw(dialog, app) {
  const { store } = app;
  const show = modal(dialog, () => store.dispatch({ type: "dialog", close: "draw" }));
  const problem = one(".problem", dialog);
  mountFileInput(dialog, app);
  const parts = [
    mountNetwork(dialog, app),
    mountPad(one(".source", dialog), app),
    mountPipeline(one(".way", dialog), app),
    mountInputEditor(one(".seen", dialog), app),
    mountAnswer(dialog),
    mountScoreBars(one(".bars", dialog), app),
    mountLayerStrip(one(".strip", dialog), app),
    mountSaliency(one(".why", dialog), app),
    mountTrainOnThis(one(".teach", dialog), app),
    mountNearestNeighbours(one(".nearest", dialog)),
    mountCollection(one(".mine", dialog), app),
  ];
  one(".stand", dialog).addEventListener("click", () => void app.effects.draw.putOnStage());

  return (state) => {
    const isShown = isOpen(state, "draw");
    show(isShown);
    if (!isShown) return;
    const refusal = refusalOf(state, "draw");
    problem.hidden = refusal === null;
    say(problem, refusal ?? "");
    dialog.classList.toggle("empty", state.draw.input === null);
    for (const draw of parts) draw(state);
  };
}
