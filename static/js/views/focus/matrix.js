/**
 * A matrix of weights: the row in use in full, the input numbers times its weights, and all rows as one map. On the way back the
 * input numbers times the blame of the row.
 */

import { told } from "../../graphics/format.js";
import { element, say } from "../../graphics/dom.js";
import { decimalSum } from "../../graphics/decimal_sum.js";
import { divided } from "../../graphics/fit.js";
import { sharedLimit } from "../../graphics/tensors.js";
import { cellsOfMatrix, isBackward } from "../../core/subject.js";
import { infoOf, tensorAt } from "../../core/shown_tensors.js";
import { partOfCells } from "../../core/typed_arrays.js";
import { FOCUS } from "../../words/focus.js";
import { whole } from "./maps.js";
import { currentStyle, partsOf, sceneOf } from "./scene.js";

/** @typedef {import("./focus.js").Form} Form */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Explanation} Explanation */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("../../graphics/motion.js").Box} Box */
/** @typedef {Readonly<Record<"read" | "made" | "weights" | "bias", TensorInfo | undefined>>} Tensors */

/** The height of a line of the list of products, in pixels, and the most of them. */
const LINE = 22;
const MOST = 8;
/** Narrower pictures have no list of products: the equation says the largest. */
const NARROW = 480;

/**
 * The room of the parts: the row in use above, all rows below. Where there is little height, only the row.
 * @param {Box} picture @param {number} count of the parts above @returns {{ above: Box[], below: Box[] | null }}
 */
function roomsOf(picture, count) {
  const isLow = picture.height < 180;
  const [top, bottom] = isLow ? [picture] : divided(picture, [1.5, 1], { gap: 8, down: true });
  const above = divided(
    top,
    Array.from({ length: count }, () => 1),
    { gap: picture.width < NARROW ? 8 : 20 },
  );
  return { above, below: bottom ? divided(bottom, [2, 1], { gap: 20 }) : null };
}

/** The largest products of a row, as lines. @param {HTMLElement} root */
function productsOf(root) {
  const title = element("p", "quiet");
  const list = element("ol");
  const box = element("div", "products", title, list);
  root.append(box);
  return {
    hide: () => void (box.hidden = true),
    /** @param {Explanation | null} explanation @param {Box} place */
    draw(explanation, place) {
      box.hidden = false;
      Object.assign(box.style, {
        left: `${place.x}px`,
        top: `${place.y}px`,
        width: `${place.width}px`,
        height: `${place.height}px`,
      });
      say(title, FOCUS.matrix.products);
      const room = Math.max(1, Math.min(MOST, Math.floor(place.height / LINE) - 3));
      const terms = (explanation?.terms ?? []).slice(0, room);
      const lines = terms.map(({ factors, value }) => {
        const product =
          factors.length > 1 ? factors.map((each) => told(each.value)).join(" × ") : FOCUS.matrix.bias;
        return element("li", "", element("span", "", product), element("span", "number", told(value)));
      });
      const more = (explanation?.count ?? 0) - terms.length;
      const rest = explanation ? (decimalSum({ ...explanation, terms })?.rest ?? "0") : "";
      if (more > 0)
        lines.push(
          element("li", "quiet", element("span", "", FOCUS.more(more)), element("span", "number", rest)),
        );
      const total = explanation ? told(explanation.value) : "";
      list.replaceChildren(
        ...lines,
        element("li", "total", element("span", "", "="), element("b", "number", total)),
      );
    },
  };
}

/**
 * A row of a matrix as a map of its own, laid out as the input numbers are.
 * @param {State} state @param {TensorInfo} info @param {number} row
 * @returns {import("./maps.js").Array}
 */
function rowOf(state, info, row) {
  const columns = info.shape[1];
  const { values, done } = tensorAt(state, info.name);
  return {
    cells: done === "none" ? null : values && partOfCells(values.cells, row * columns, (row + 1) * columns),
    shape: [columns],
    signed: true,
    limit: sharedLimit(state, info.name),
    name: info.name,
    start: row * columns,
  };
}

/** @type {Form} */
export function mountMatrix(root, app) {
  const scene = sceneOf(root, app);
  const [left, middle, right, all, vector] = Array.from({ length: 5 }, () => scene.figure());
  const products = productsOf(root);

  /** All rows as one map, and the numbers that they make. @param {Sight} sight @param {TensorInfo} matrix @param {TensorInfo} row @param {Box[] | null} below @param {readonly [string, string]} words */
  function drawAll({ state, layer }, matrix, row, below, words) {
    const at = cellsOfMatrix(state, layer);
    const style = currentStyle(isBackward(state) ? "backward" : "forward");
    if (!below) {
      all.hide();
      vector.hide();
      return null;
    }
    const cells = Array.from({ length: at.columns }, (_, i) => at.row * at.columns + i);
    const drawn = all.draw(state, matrix, whole(matrix), below[0], {
      words: words[0],
      outlines: [{ cells, style }],
      numbers: false,
    });
    const made = vector.draw(state, row, whole(row), below[1], {
      words: words[1],
      outlines: [{ cells: [at.row], style }],
    });
    return { row: drawn.boxOf(at.row * at.columns + at.columns - 1), made: made.boxOf(at.row) };
  }

  /** @param {Sight} sight @param {{ read: TensorInfo, made: TensorInfo, weights: TensorInfo }} what @param {Box} picture */
  function drawForward(sight, { read, made, weights }, picture) {
    const { state, run, layer } = sight;
    const { row, column } = cellsOfMatrix(state, layer);
    const style = currentStyle("forward");
    const hasList = picture.width >= NARROW;
    const { above, below } = roomsOf(picture, hasList ? 3 : 2);
    const inputs = left.draw(state, read, whole(read), above[0], {
      words: FOCUS.matrix.inputs,
      outlines: [{ cells: [column], style }],
    });
    const own = middle.drawArray(state, rowOf(state, weights, row), above[1], {
      words: FOCUS.matrix.row(nameOf(run, layer.name, row)),
      outlines: [{ cells: [column], style }],
    });
    right.hide();
    if (hasList) {
      const explained = state.focusExplanation?.name === made.name ? state.focusExplanation : null;
      products.draw(explained, above[2]);
    } else products.hide();
    const rows = drawAll(sight, weights, made, below, [FOCUS.matrix.all, FOCUS.matrix.outputs]);
    scene.join(
      [
        [inputs.boxOf(column), own.boxOf(row * weights.shape[1] + column)],
        ...(rows ? [/** @type {const} */ ([rows.row, rows.made])] : []),
      ],
      "forward",
    );
  }

  /**
   * @param {Sight} sight @param {{ read: TensorInfo, weights: TensorInfo, leaves: TensorInfo, arrives: TensorInfo, gradient: TensorInfo }} what
   * @param {Box} picture
   */
  function drawBackward(sight, { read, leaves, arrives, gradient }, picture) {
    const { state, run, layer } = sight;
    const { row, column, columns } = cellsOfMatrix(state, layer);
    const style = currentStyle("backward");
    const shares = state.operation?.layer === layer.name ? (state.operation.shares ?? null) : null;
    const share =
      shares && shares.map === row ? (shares.lookedAt ?? shares.examples[state.shown?.example ?? 0]) : null;
    const batch = state.shown?.iteration.examples.length ?? 1;
    const { above, below } = roomsOf(picture, batch > 1 ? 4 : 3);
    const outlines = [{ cells: [column], style }];
    left.draw(state, leaves, whole(leaves), above[0], { words: FOCUS.matrix.leaves, outlines });
    const inputs = middle.draw(state, read, whole(read), above[1], { words: FOCUS.matrix.inputs, outlines });
    const own = rowOf(state, gradient, row);
    const name = nameOf(run, layer.name, row);
    products.hide();
    const sum = right.drawArray(state, own, above[above.length - 1], {
      words: FOCUS.matrix.gradient(name),
      outlines,
    });
    if (batch > 1) {
      const part = { ...own, cells: share };
      shareFigure.drawArray(state, part, above[2], { words: FOCUS.matrix.share, outlines });
    } else shareFigure.hide();
    const rows = drawAll(sight, gradient, arrives, below, [FOCUS.matrix.allGradients, FOCUS.matrix.arrives]);
    const end = sum.boxOf(row * columns + column);
    scene.join(
      [[inputs.boxOf(column), end], ...(rows ? [/** @type {const} */ ([rows.made, end])] : [])],
      "backward",
    );
  }
  const shareFigure = scene.figure();

  return (sight) => {
    const { state, run, layer, box } = sight;
    const { name, source } = layer;
    const [read, made, weights] = [`${source}.out`, `${name}.out`, `${name}.w`].map((each) =>
      infoOf(run, each),
    );
    const [leaves, arrives, gradient] = [`${source}.dout`, `${name}.dout`, `${name}.dw`].map((each) =>
      infoOf(run, each),
    );
    if (!read || !made || !weights || !leaves || !arrives || !gradient) return;
    const { picture, foot } = partsOf(box, false);
    const isBack = isBackward(state);
    if (isBack) drawBackward(sight, { read, weights, leaves, arrives, gradient }, picture);
    else {
      shareFigure.hide();
      drawForward(sight, { read, made, weights }, picture);
    }
    const batch = state.shown?.iteration.examples.length ?? 1;
    const { matrix } = FOCUS;
    scene.say(state, foot, {
      sentence: isBack ? (batch > 1 ? matrix.batch(batch) : matrix.alone) : matrix.forward,
    });
  };
}

/** The name of an output: its class where it is a score. @param {import("../../wire.js").Run} run @param {string} layer @param {number} row */
function nameOf({ layers, classes }, layer, row) {
  const isLast = layers[layers.length - 2].name === layer;
  return isLast && classes[row] !== undefined ? classes[row] : String(row + 1);
}
