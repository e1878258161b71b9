/** All filters of a layer, large, and below them a strip of how they looked at steps of the run. A click goes to that step. */

import { element, say } from "../../graphics/dom.js";
import { fitted } from "../../graphics/fit.js";
import { grouped } from "../../graphics/format.js";
import { isSignal } from "../../graphics/layout.js";
import { makeStop, walkByArrows } from "../../graphics/roving.js";
import { heldLimit, sharedLimit } from "../../graphics/tensors.js";
import { filterOf, pictureAt, pieceOf, STEPS } from "../../core/course.js";
import { sizeOf, weightsOf } from "../../core/shown_tensors.js";
import { FOCUS } from "../../words/focus.js";
import { figureOf, whole } from "./maps.js";
import { sizeOfShape } from "../../core/typed_arrays.js";

/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("./focus.js").Form} Form */

/** The heights of a caption, of the words and of a label with the edges around a picture, and the gaps, in pixels. */
const [CAPTION, WORDS, LABEL, GAPS] = [28, 28, 36, 16];
/** The most and the least pixels of the side of a picture in the strip, and its edges with the gap to the next one. */
const [LARGE, SMALL, EDGES] = [64, 32, 14];
/** Lower boxes have small pictures. */
const LOW = 260;

/** The side of the pictures: all of them stand side by side, or else the strip scrolls. @param {{ width: number, height: number }} box */
const sideFor = ({ width, height }) =>
  height < LOW ? SMALL : Math.max(SMALL, Math.min(LARGE, Math.floor(width / STEPS) - EDGES));

/** The strip: a button for each picture. @param {import("../../core/effects.js").App} app */
function stripOf({ effects }) {
  /** @type {readonly number[]} */
  let iterations = [];
  const pictures = Array.from({ length: STEPS }, (_, i) => {
    const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
    const label = element("span", "number");
    const button = element("button", "picture", map, label);
    button.addEventListener("click", () => effects.seek({ iteration: iterations[i] }));
    return { button, map, label };
  });
  const root = element("div", "strip", ...pictures.map(({ button }) => button));
  root.setAttribute("role", "group");
  const shown = () => pictures.map(({ button }) => button).filter(({ hidden }) => !hidden);
  walkByArrows(root, shown);
  let key = "";

  return {
    root,
    /**
     * @param {import("../../core/state.js").State} state @param {import("../../wire.js").TensorInfo} weights
     * @param {ReturnType<typeof pieceOf>} piece @param {number} side of a picture
     */
    draw(state, weights, piece, side) {
      const { filmstrip } = state;
      iterations = filmstrip?.iterations ?? [];
      root.setAttribute("aria-label", FOCUS.course.strip(weights.layer, iterations.length));
      const curve = isSignal(piece.shape);
      const size = sizeOfShape(piece.shape);
      const fit = fitted(piece.shape, { width: side, height: side }, { gap: 1, curve });
      const own = sharedLimit(state, weights.name);
      const limit = heldLimit(state, weights.name) ?? Math.max(own, filmstrip?.limit ?? 0);
      const at = pictureAt(iterations, state.shown?.moment.iteration ?? 0);
      pictures.forEach(({ button, map, label }, i) => {
        button.hidden = i >= iterations.length;
        if (button.hidden || !filmstrip) return;
        button.setAttribute("aria-label", FOCUS.course.goTo(iterations[i]));
        if (i === at) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
        say(label, grouped(iterations[i]));
        map.picture = {
          shape: fit.shape,
          layout: fit.layout,
          cells: filmstrip.frames.subarray(i * size, i * size + fit.cells),
          done: "all",
          limit,
          signed: weights.signed,
          outlines: [],
          numbers: false,
          theme: state.theme,
          label: FOCUS.course.at(iterations[i]),
          ...(curve ? { curve } : {}),
        };
      });
      // The Tab key comes to the step shown; arrows have moved on from there.
      const now = `${iterations} ${at}`;
      if (now !== key && iterations.length) makeStop(shown(), at);
      key = now;
    },
  };
}

/** @type {Form} */
export function mountCourse(root, app) {
  root.className = "sight course";
  const figure = figureOf(app);
  const words = element("p", "quiet");
  const strip = stripOf(app);
  root.replaceChildren(figure.root, words, strip.root);

  return ({ state, layer, box }) => {
    const weights = weightsOf(layer);
    if (!weights) return;
    const filter = filterOf(state, weights);
    const piece = pieceOf(weights, filter);
    const side = sideFor(box);
    strip.root.style.height = `${side + LABEL}px`;
    const height = Math.max(24, box.height - CAPTION - WORDS - side - LABEL - GAPS);
    const size = sizeOf(weights) / weights.shape[0];
    const cells = Array.from({ length: size }, (_, i) => filter * size + i);
    const outlines = piece.map === null ? [] : [{ cells, style: /** @type {const} */ ("reads") }];
    const step = state.shown?.moment.iteration ?? 0;
    figure.draw(
      state,
      weights,
      whole(weights),
      { width: box.width, height },
      {
        words: FOCUS.course.all(layer.form, weights.shape[0], step),
        outlines,
        largest: 56,
      },
    );
    strip.draw(state, weights, piece, side);
    const count = state.filmstrip?.iterations.length ?? 0;
    say(words, FOCUS.course.words(layer.form, piece.map, count));
  };
}
