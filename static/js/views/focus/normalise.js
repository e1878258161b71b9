/** Normalising: the numbers of a channel over the whole batch as bars, with their mean and spread, and what becomes of them. */

import { short } from "../../graphics/format.js";
import { cellOfAlike, channelOf, isBackward } from "../../core/subject.js";
import { infoOf, valueAt } from "../../core/shown_tensors.js";
import { decode } from "../../core/typed_arrays.js";
import { FOCUS } from "../../words/focus.js";
import { barsOf } from "./bars.js";
import { choiceOf, hasMaps } from "./choice.js";
import { mapWords } from "./curve.js";
import { partAt } from "./maps.js";
import { currentStyle, panelsOf, partsOf, sceneOf } from "./scene.js";

/** @typedef {import("./focus.js").Form} Form */
/** @typedef {import("./focus.js").Sight} Sight */

/** A line for each number that is known, with its word. @param {readonly (readonly [(value: string) => string, number | null])[]} list */
const listed = (list) => list.flatMap(([words, value]) => (value === null ? [] : [words(short(value))]));

/** @type {Form} */
export function mountNormalise(root, app) {
  const scene = sceneOf(root, app);
  const [left, right] = [scene.figure(), scene.figure()];
  const [before, after] = [barsOf(), barsOf()];
  root.append(before.root, after.root);
  const choice = choiceOf(root, app);

  return (sight) => {
    const { state, run, layer, box } = sight;
    const isBack = isBackward(state);
    const tensor = isBack ? "dout" : "out";
    const [read, made] = [`${layer.source}.${tensor}`, `${layer.name}.${tensor}`].map((name) =>
      infoOf(run, name),
    );
    if (!read || !made) return;
    const { picture, choice: strip, foot } = partsOf(box, hasMaps(made));
    const cell = cellOfAlike(state, layer);
    const channel = channelOf(state);
    const outlines = [{ cells: [cell], style: currentStyle(isBack ? "backward" : "forward") }];
    const [from, first, second, to] = panelsOf(picture, [1, 1, 1, 1]);
    const own = left.draw(state, read, partAt(read, cell), from, {
      words: (isBack ? FOCUS.leaves : FOCUS.before) + mapWords(read, cell),
      outlines,
    });
    const come = right.draw(state, made, partAt(made, cell), to, {
      words: isBack ? FOCUS.arrives : FOCUS.after,
      outlines,
    });
    /** @param {string} name @param {number} at */
    const at = (name, at) => valueAt(state, `${layer.name}.${name}`, at);
    const { normalise } = FOCUS;
    const found = state.focusHistogram;
    const [x, y] = [valueAt(state, `${layer.source}.out`, cell), at("out", cell)];
    const boxes = [
      before.draw(found && { counts: decode(found.before), edges: decode(found.before_edges) }, x, first, {
        title: normalise.before,
        below: listed([
          [normalise.mean, at("mean", channel)],
          [normalise.spread, at("var", channel)],
        ]),
      }),
      after.draw(found && { counts: decode(found.after), edges: decode(found.after_edges) }, y, second, {
        title: normalise.after,
        below: listed([
          [normalise.gamma, at("w", channel)],
          [normalise.beta, at("b", channel)],
        ]),
      }),
    ];
    const stops = [own.boxOf(cell), ...boxes, come.boxOf(cell)].flatMap((each) => each ?? []);
    const way = isBack ? stops.reverse() : stops;
    scene.join(
      way.slice(1).map((each, i) => [way[i], each]),
      isBack ? "backward" : "forward",
    );
    choice.draw(state, made, cell, strip);
    scene.say(state, foot, { sentence: isBack ? normalise.backward : normalise.forward });
  };
}
