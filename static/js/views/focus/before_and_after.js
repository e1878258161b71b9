/** Before and after: what a layer reads, what it applies or adds, and what it makes; on the way back the gradients in the same places. */

import { cellOfAlike, isBackward } from "../../core/subject.js";
import { infoOf } from "../../core/shown_tensors.js";
import { FOCUS } from "../../words/focus.js";
import { choiceOf, hasMaps } from "./choice.js";
import { mapWords } from "./curve.js";
import { partAt, whole } from "./maps.js";
import { currentStyle, panelsOf, partsOf, sceneOf } from "./scene.js";

/** @typedef {import("./focus.js").Form} Form */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {import("../../graphics/motion.js").Box} Box */
/** @typedef {{ readonly name: string, readonly words: string }} Shown a tensor, and its words */

/** The sentences of each kind of layer, on the way there and back. @type {Readonly<Record<string, readonly [string, string]>>} */
const SENTENCES = {
  dropout: [FOCUS.change.dropout, FOCUS.change.dropoutBack],
  add: [FOCUS.change.add, FOCUS.change.addBack],
  flatten: [FOCUS.change.flatten, FOCUS.change.flattenBack],
};

/**
 * What stands from left to right.
 * @param {Sight} sight @returns {Shown[]}
 */
function shownIn({ state, run, layer }) {
  const { name, source, skip, tensors } = layer;
  const isBack = isBackward(state);
  const tensor = isBack ? "dout" : "out";
  const before = { name: `${source}.${tensor}`, words: isBack ? FOCUS.leaves : FOCUS.before };
  const after = {
    name: `${name}.${tensor}`,
    words: isBack
      ? FOCUS.arrives
      : skip
        ? FOCUS.change.sum
        : layer.kind === "flatten"
          ? FOCUS.change.flat
          : FOCUS.after,
  };
  const saved = tensors
    .filter(({ lane, scope, tensor }) => lane === "parameters" && scope === "example" && tensor === "mask")
    .map((info) => ({ name: info.name, words: FOCUS.change.mask }));
  const title = run.layers.find((each) => each.name === skip)?.title ?? "";
  const second = skip
    ? [{ name: `${skip}.${tensor}`, words: (isBack ? FOCUS.change.secondBack : FOCUS.change.second)(title) }]
    : [];
  return [before, ...saved, ...second, after];
}

/** @type {Form} */
export function mountBeforeAndAfter(root, app) {
  const scene = sceneOf(root, app);
  const figures = Array.from({ length: 4 }, () => scene.figure());
  const choice = choiceOf(root, app);

  return (sight) => {
    const { state, run, layer, box } = sight;
    const isBack = isBackward(state);
    const shown = shownIn(sight).flatMap(({ name, words }) => {
      const info = infoOf(run, name);
      return info ? [{ info, words }] : [];
    });
    const { info: main } = shown[shown.length - 1];
    const cell = cellOfAlike(state, layer);
    const { picture, choice: strip, foot } = partsOf(box, hasMaps(main));
    const panels = panelsOf(
      picture,
      shown.map(() => 1),
    );
    const style = currentStyle(isBack ? "backward" : "forward");
    // A layer that changes the shape shows its maps all together, so that each number has its place.
    const isReshaped = new Set(shown.map(({ info }) => info.shape.join())).size > 1;
    const placed = shown.map(({ info, words }, i) =>
      figures[i].draw(state, info, isReshaped ? whole(info) : partAt(info, cell), panels[i], {
        words: i === 0 && !isReshaped ? words + mapWords(info, cell) : words,
        outlines: [{ cells: [cell], style }],
      }),
    );
    for (const figure of figures.slice(shown.length)) figure.hide();
    const end = placed[placed.length - 1].boxOf(cell);
    /** @type {(readonly [Box, Box])[]} */
    const pairs = placed.slice(0, -1).map((each) => {
      const own = each.boxOf(cell);
      return isBack ? [end, own] : [own, end];
    });
    scene.join(pairs, isBack ? "backward" : "forward");
    choice.draw(state, main, cell, strip);
    const [there, back] = SENTENCES[layer.kind] ?? [layer.forward, layer.backward];
    scene.say(state, foot, { sentence: isBack ? back : there });
  };
}
