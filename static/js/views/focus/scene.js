/**
 * The picture of a form: figures at places that arithmetic finds, lines between their cells, the maps to choose from, and the
 * line that says what the current cell is.
 */

import { element, say } from "../../graphics/dom.js";
import { divided } from "../../graphics/fit.js";
import { flowLayer, flowLine } from "../../graphics/motion.js";
import { cellCorner, mosaic } from "../../graphics/mosaic.js";
import { subjectOf } from "../../core/subject.js";
import { isComputed } from "../../core/shown_tensors.js";
import { endOfMaking } from "../../core/timeline.js";
import { FOCUS } from "../../words/focus.js";
import { lineOf } from "./explained.js";
import { figureOf } from "./maps.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../graphics/motion.js").Box} Box */
/** @typedef {import("../../graphics/fit.js").Fitted} Fitted */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {{ readonly box: Box, readonly boxOf: (cell: number) => Box }} Placed the place of a map, and of a cell of its tensor */

/** The heights of a caption of one line and of two, and of a line of text, in pixels. */
const CAPTIONS = { one: 22, two: 40 };
const LINE = 28;
/** A caption has two lines where its figure is narrower. */
const NARROW = 220;
/** Lower scenes have a line less of words, and no maps to choose from. */
const LOW = 220;

/** @param {Box} panel @returns {number} the height of its caption */
const captionOf = ({ width }) => (width < NARROW ? CAPTIONS.two : CAPTIONS.one);

/** The style of the outline around the current cell. @param {Sight["phase"]} phase @returns {"forward" | "backward"} */
export const currentStyle = (phase) => (phase === "backward" ? "backward" : "forward");

/**
 * Divides the room of a scene: the picture, the maps to choose from, and the words.
 * @param {Sight["box"]} box @param {boolean} hasChoice
 * @returns {{ picture: Box, choice: Box | null, foot: Box }}
 */
export function partsOf({ width, height }, hasChoice) {
  const lines = height < LOW ? 1 : 2;
  const foot = { x: 0, y: height - lines * LINE, width, height: lines * LINE };
  const rest = { x: 0, y: 0, width, height: foot.y - 8 };
  if (!hasChoice || height < LOW) return { picture: rest, choice: null, foot };
  const strip = 52;
  return {
    picture: { ...rest, height: rest.height - strip - 8 },
    choice: { x: 0, y: rest.height - strip, width, height: strip },
    foot,
  };
}

/**
 * Panels side by side where the picture is wide. Where it is high, the first and the last stand above the others.
 * @param {Box} picture @param {readonly number[]} weights @returns {Box[]}
 */
export function panelsOf(picture, weights) {
  if (weights.length < 3 || picture.width >= 1.4 * picture.height)
    return divided(picture, weights, { gap: picture.width < 400 ? 12 : 28 });
  const last = weights.length - 1;
  const [top, bottom] = divided(picture, [1, 1], { gap: 8, down: true });
  const [first, end] = divided(top, [weights[0], weights[last]], { gap: 12 });
  return [first, ...divided(bottom, weights.slice(1, last), { gap: 12 }), end];
}

/** Opens a number, or goes to the moment at which it is there. @param {App} app @param {{ name: string, cell: number }} place */
export function openOrCompute({ store, effects }, { name, cell }) {
  const state = store.get();
  if (isComputed(state, name, cell)) effects.enlarge({ name, cell });
  else if (state.run) effects.seek({ position: endOfMaking(state.run, name) });
}

/** @param {HTMLElement} root @param {App} app */
export function sceneOf(root, app) {
  root.classList.add("scene");
  const [words, terms, total] = [element("p", "said"), element("span", "words"), element("b")];
  const equation = element("p", "equation number", terms, total);
  const all = element("button", "all-terms", FOCUS.allTerms);
  const foot = element("div", "foot", words, element("div", "row", equation, all));
  root.append(foot);
  const lines = flowLayer(root);
  all.addEventListener("click", () => {
    const subject = subjectOf(app.store.get());
    if (subject) openOrCompute(app, subject);
  });

  /** A figure that is placed in a panel. @param {string} [className] */
  function figure(className = "") {
    const own = figureOf(app, `placed ${className}`);
    root.append(own.root);

    /** @param {Fitted} fit @param {Box} panel @param {number} start the first cell of the tensor that is drawn @returns {Placed} */
    function place(fit, panel, start) {
      const m = mosaic(fit.shape, fit.layout);
      const caption = captionOf(panel);
      const x = panel.x + Math.max(0, Math.floor((panel.width - m.width) / 2));
      const top = panel.y + Math.max(0, Math.floor((panel.height - caption - m.height) / 2));
      own.root.hidden = false;
      Object.assign(own.root.style, { left: `${panel.x}px`, top: `${top}px`, width: `${panel.width}px` });
      own.root.style.setProperty("--caption", `${caption}px`);
      const y = top + caption;
      return {
        box: { x, y, width: m.width, height: m.height },
        boxOf(cell) {
          const corner = cellCorner(m, Math.max(0, Math.min(fit.cells - 1, cell - start)));
          return { x: x + corner.x, y: y + corner.y, width: m.cell, height: m.high };
        },
      };
    }
    /** @param {Box} panel */
    const room = (panel) => ({ width: panel.width, height: Math.max(8, panel.height - captionOf(panel)) });

    return {
      root: own.root,
      hide: () => void (own.root.hidden = true),
      /**
       * @param {State} state @param {TensorInfo} info @param {import("./maps.js").Part} part @param {Box} panel
       * @param {Parameters<typeof own.draw>[4]} how
       */
      draw: (state, info, part, panel, how) =>
        place(own.draw(state, info, part, room(panel), how), panel, part.start),
      /**
       * @param {State} state @param {import("./maps.js").Array} array @param {Box} panel
       * @param {Parameters<typeof own.drawArray>[3]} how
       */
      drawArray: (state, array, panel, how) =>
        place(own.drawArray(state, array, room(panel), how), panel, array.start ?? 0),
    };
  }

  return {
    root,
    figure,
    /** Draws lines from each first box to the second. @param {readonly (readonly [Box, Box])[]} pairs @param {"forward" | "backward"} direction */
    join(pairs, direction) {
      while (lines.childElementCount > pairs.length) lines.lastElementChild?.remove();
      pairs.forEach(([from, to], i) =>
        flowLine(
          lines,
          from,
          to,
          direction,
          /** @type {SVGPathElement | null} */ (lines.children[i] ?? null),
        ),
      );
    },
    /**
     * Says what the current cell is.
     * @param {State} state @param {Box} place @param {{ sentence: string, equation?: { terms: string, total: string } }} what without an equation, that of the
     * explanation
     */
    say(state, place, what) {
      const { focusExplanation } = state;
      const subject = subjectOf(state);
      const isMissing = subject !== null && !isComputed(state, subject.name, subject.cell);
      Object.assign(foot.style, { top: `${place.y}px`, height: `${place.height}px` });
      words.hidden = place.height <= LINE;
      say(words, what.sentence);
      const line = what.equation ?? (focusExplanation && lineOf(focusExplanation));
      say(terms, line?.terms ?? "");
      say(total, line?.total ?? "");
      say(all, isMissing ? FOCUS.compute : FOCUS.allTerms);
      all.disabled = focusExplanation === null && !isMissing;
    },
  };
}

/** @typedef {ReturnType<typeof sceneOf>} Scene */
/** @typedef {ReturnType<Scene["figure"]>} Figure */
