/** Activations: each number goes up to the curve of the function and over to its new value; back, its slope multiplies the gradient. */

import { cellOfAlike, isBackward } from "../../core/subject.js";
import { infoOf, mapAt, valueAt } from "../../core/shown_tensors.js";
import { decode, sizeOfShape } from "../../core/typed_arrays.js";
import { FOCUS } from "../../words/focus.js";
import { choiceOf, hasMaps } from "./choice.js";
import { graphOf } from "./graph.js";
import { partAt } from "./maps.js";
import { currentStyle, panelsOf, partsOf, sceneOf } from "./scene.js";

/** @typedef {import("./focus.js").Form} Form */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */

/** The numbers of a map and their place among its channels. @param {TensorInfo} info @param {number} cell */
export const mapWords = (info, cell) =>
  info.shape.length < 3 ? "" : FOCUS.map(mapAt(info, cell), info.shape[0]);

/** @type {Form} */
export function mountCurve(root, app) {
  const scene = sceneOf(root, app);
  const [left, middle, right] = [scene.figure(), scene.figure(), scene.figure()];
  const graph = graphOf();
  const choice = choiceOf(root, app);
  root.append(graph.root);

  /** @param {Sight} sight @param {number} cell @param {readonly TensorInfo[]} infos what stands left and right */
  function drawGraph({ state, layer, box }, cell, [before, after]) {
    const { picture } = partsOf(box, hasMaps(after));
    const [from, between, to] = panelsOf(picture, [1, 0.9, 1]);
    const outlines = [{ cells: [cell], style: currentStyle("forward") }];
    const read = left.draw(state, before, partAt(before, cell), from, {
      words: FOCUS.before + mapWords(before, cell),
      outlines,
    });
    const made = right.draw(state, after, partAt(after, cell), to, { words: FOCUS.after, outlines });
    middle.hide();
    const [x, y] = [valueAt(state, before.name, cell), valueAt(state, after.name, cell)];
    const points = state.focusGraph && {
      x: decode(state.focusGraph.x),
      y: decode(state.focusGraph.y),
    };
    const point = graph.draw(points, x !== null && y !== null ? [x, y] : null, between, {
      title: FOCUS.curve.graph(layer.title),
    });
    scene.join(
      point
        ? [
            [read.boxOf(cell), point],
            [point, made.boxOf(cell)],
          ]
        : [],
      "forward",
    );
  }

  /** @param {Sight} sight @param {number} cell @param {readonly TensorInfo[]} infos what leaves and what arrives */
  function drawGate({ state, layer, box }, cell, [leaves, arrives]) {
    const { picture } = partsOf(box, hasMaps(arrives));
    const [to, between, from] = panelsOf(picture, [1, 1, 1]);
    graph.root.style.display = "none";
    const outlines = [{ cells: [cell], style: currentStyle("backward") }];
    const gone = left.draw(state, leaves, partAt(leaves, cell), to, {
      words: FOCUS.leaves + mapWords(leaves, cell),
      outlines,
    });
    const come = right.draw(state, arrives, partAt(arrives, cell), from, {
      words: FOCUS.arrives,
      outlines,
    });
    const slopes = state.focusGraph?.slopes ? decode(state.focusGraph.slopes) : null;
    const part = partAt(arrives, cell);
    const size = sizeOfShape(part.shape);
    const own = slopes?.subarray(part.start, part.start + size) ?? null;
    const isGate = layer.kind === "relu";
    const gate = middle.drawArray(
      state,
      { cells: own, shape: part.shape, signed: !isGate, limit: 1, name: arrives.name, start: part.start },
      between,
      {
        words: isGate ? FOCUS.curve.gate : FOCUS.curve.slope,
        outlines: [{ cells: [cell - part.start], style: currentStyle("backward") }],
      },
    );
    scene.join(
      [
        [come.boxOf(cell), gate.boxOf(cell)],
        [gate.boxOf(cell), gone.boxOf(cell)],
      ],
      "backward",
    );
  }

  return (sight) => {
    const { state, run, layer, box } = sight;
    const tensor = isBackward(state) ? "dout" : "out";
    const infos = [`${layer.source}.${tensor}`, `${layer.name}.${tensor}`].map((name) => infoOf(run, name));
    const [before, after] = infos;
    if (!before || !after) return;
    const cell = cellOfAlike(state, layer);
    (isBackward(state) ? drawGate : drawGraph)(sight, cell, [before, after]);
    const { choice: strip, foot } = partsOf(box, hasMaps(after));
    choice.draw(state, after, cell, strip);
    scene.say(state, foot, { sentence: isBackward(state) ? FOCUS.curve.backward : FOCUS.curve.forward });
  };
}
