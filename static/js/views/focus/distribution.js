/** The loss: the chance or the output of each class, what it should be, the blame as signed bars, and the loss as a curve. */

import { element, say } from "../../graphics/dom.js";
import { percent, short } from "../../graphics/format.js";
import { cellOfAlike, classOf, isBackward } from "../../core/subject.js";
import { exampleOf } from "../../core/state.js";
import { tensorAt, valueAt } from "../../core/shown_tensors.js";
import { decode } from "../../core/typed_arrays.js";
import { FOCUS } from "../../words/focus.js";
import { graphOf } from "./graph.js";
import { partsOf, sceneOf } from "./scene.js";

/** @typedef {import("./focus.js").Form} Form */
/** @typedef {import("./focus.js").Sight} Sight */
/** @typedef {import("../../core/state.js").State} State */
/**
 * What stands in the columns: the tensor of the bars, the targets, and the tensor of the signed bars.
 * @typedef {{ readonly bars: string, readonly isChance: boolean, readonly words: readonly [string, string, string],
 *   readonly targets: readonly number[] | null, readonly blame: string | null }} Columns
 */

/** The height of the heading, and the least and the most of a row, in pixels. */
const HEADING = 24;
const ROW = { least: 20, most: 32 };
/** The graph stands beside the rows from this width on. */
const WIDE = 560;

/**
 * How many rows a page has, and how high they are.
 * @param {number} rows @param {number} height in pixels @returns {{ count: number, high: number }}
 */
function rowsThatFit(rows, height) {
  const room = height - HEADING;
  const count = Math.max(1, Math.min(rows, Math.floor(room / ROW.least)));
  return { count, high: Math.max(ROW.least, Math.min(ROW.most, Math.floor(room / count))) };
}

/** @param {Sight} sight @returns {Columns} */
export function columnsOf({ state, layer }) {
  const isBack = isBackward(state);
  const { name, source, tensors } = layer;
  const { loss } = FOCUS;
  if (name !== "loss")
    return {
      bars: isBack ? `${name}.dout` : `${name}.out`,
      isChance: !isBack,
      words: isBack ? [FOCUS.arrives, "", FOCUS.leaves] : [loss.share, "", loss.scores],
      targets: null,
      blame: isBack ? `${source}.dout` : `${source}.out`,
    };
  const batch = state.shown?.iteration.examples.length ?? 1;
  const targets = state.shown?.iteration.targets ?? [];
  const isChance = tensors.some(({ tensor }) => tensor === "probabilities");
  const blame = isChance ? loss.blame(batch) : loss.gradient;
  return {
    bars: isChance ? "loss.probabilities" : `${source}.out`,
    isChance,
    words: [isChance ? loss.chance : loss.output, loss.target, blame],
    targets,
    blame: `${source}.dout`,
  };
}

/** A row of the table. @param {(row: number) => void} open */
function rowOf(open) {
  const [name, bar, number] = [element("b"), element("i"), element("span", "number")];
  const [target, blame, blameNumber] = [element("span", "target"), element("i"), element("span", "number")];
  const track = element("span", "track", bar);
  const signed = element("span", "signed", blame);
  const root = element("button", "row", name, track, number, target, signed, blameNumber);
  let at = 0;
  root.addEventListener("click", () => open(at));
  return {
    root,
    /**
     * @param {{ row: number, name: string, value: number | null, scale: number, isChance: boolean, target: number | null,
     *   blame: number | null, blameScale: number, isTrue: boolean, isCurrent: boolean }} what
     */
    draw(what) {
      at = what.row;
      say(name, what.name);
      name.classList.toggle("true", what.isTrue);
      root.classList.toggle("unknown", what.value === null);
      root.setAttribute("aria-pressed", String(what.isCurrent));
      bar.style.width = `${Math.min(100, (100 * Math.abs(what.value ?? 0)) / what.scale)}%`;
      bar.className = (what.value ?? 0) < 0 ? "below" : "";
      say(number, what.value === null ? "" : what.isChance ? percent(what.value) : short(what.value));
      target.hidden = what.target === null;
      target.classList.toggle("one", what.target === 1);
      say(target, what.target === null ? "" : short(what.target));
      const part = (50 * (what.blame ?? 0)) / what.blameScale;
      blame.className = part < 0 ? "below" : "";
      Object.assign(blame.style, { left: `${50 + Math.min(0, part)}%`, width: `${Math.abs(part)}%` });
      const sign = (what.blame ?? 0) > 0 ? "+" : "";
      say(blameNumber, what.blame === null ? "" : sign + short(what.blame));
    },
  };
}

/** @param {Sight} sight @param {number} at the current class @returns {string} */
function sentenceOf({ state, run, layer }, at) {
  const { loss } = FOCUS;
  const isBack = isBackward(state);
  if (layer.name !== "loss") return isBack ? loss.softmaxBack : loss.softmax;
  if (isBack) return loss.direction;
  const own = valueAt(state, "loss.loss", 0);
  if (own === null) return loss.before;
  const label = exampleOf(state)?.label ?? null;
  const isPlain = state.focusExplanation?.function === "negative_log";
  const chance = label === null ? null : valueAt(state, "loss.probabilities", label);
  if (isPlain && label !== null && chance !== null)
    return loss.crossEntropy(percent(chance), run.classes[label] ?? String(at), short(own));
  if (layer.kind === "binary_cross_entropy") return loss.binary(short(own));
  return layer.tensors.some(({ tensor }) => tensor === "errors")
    ? loss.errors(short(own))
    : loss.other(short(own));
}

/** @param {State} state @param {string | null} name @param {number} rows @returns {(number | null)[]} */
const valuesOf = (state, name, rows) =>
  Array.from({ length: rows }, (_, row) => (name === null ? null : valueAt(state, name, row)));

/** The size of the largest number, 1 where there is none. @param {readonly (number | null)[]} values */
const largestOf = (values) => Math.max(...values.map((value) => Math.abs(value ?? 0))) || 1;

/** @type {Form} */
export function mountDistribution(root, app) {
  const scene = sceneOf(root, app);
  const graph = graphOf();
  const heads = Array.from({ length: 3 }, () => element("span"));
  const head = element("div", "row heads", element("b"), ...heads);
  const list = element("div", "rows", head);
  const [earlier, later, shownText] = [
    element("button", "page", "‹"),
    element("button", "page", "›"),
    element("span"),
  ];
  earlier.setAttribute("aria-label", FOCUS.loss.earlier);
  later.setAttribute("aria-label", FOCUS.loss.later);
  const pages = element("div", "pages", earlier, shownText, later);
  list.append(pages);
  root.append(list, graph.root);
  /** @type {ReturnType<typeof rowOf>[]} */
  const rows = [];
  let first = 0;
  let count = 1;
  /** @type {Sight | null} */
  let last = null;
  /** @param {number} row */
  function open(row) {
    if (!last) return;
    const { blame, bars } = columnsOf(last);
    const name =
      blame &&
      tensorAt(last.state, blame).done !== "none" &&
      last.layer.name === "loss" &&
      isBackward(last.state)
        ? blame
        : bars;
    app.effects.choose(name, row);
  }
  /** @param {number} by */
  const turn = (by) => {
    first = Math.max(0, first + by * count);
    if (last) draw(last);
  };
  earlier.addEventListener("click", () => turn(-1));
  later.addEventListener("click", () => turn(1));

  /** @param {Sight} sight @param {import("./scene.js").Box} place @param {number} current */
  function drawRows({ state, run, layer }, place, current) {
    const columns = columnsOf({ state, run, layer, phase: "loss", box: place });
    const [total] = run.layers.find(
      ({ name }) => name === (layer.name === "loss" ? layer.source : layer.name),
    )?.shape ?? [1];
    const fits = rowsThatFit(total, place.height - (total * ROW.least + HEADING > place.height ? 32 : 0));
    count = fits.count;
    first = Math.min(first, Math.floor((total - 1) / count) * count);
    const values = valuesOf(state, columns.bars, total);
    const blames = valuesOf(state, columns.blame, total);
    const label = exampleOf(state)?.label ?? null;
    const scale = columns.isChance ? 1 : largestOf(values);
    const blameScale = largestOf(blames);
    Object.assign(list.style, { left: `${place.x}px`, top: `${place.y}px`, width: `${place.width}px` });
    list.style.setProperty("--row", `${fits.high}px`);
    list.classList.toggle("targets", columns.targets !== null);
    heads.forEach((each, i) => say(each, columns.words[i]));
    heads[2].className = layer.name === "loss" ? "backward" : "";
    while (rows.length < count) {
      rows.push(rowOf(open));
      pages.before(rows[rows.length - 1].root);
    }
    rows.forEach(({ root, draw }, i) => {
      const row = first + i;
      root.hidden = i >= count || row >= total;
      if (root.hidden) return;
      draw({
        row,
        name: run.classes[row] ?? String(row),
        value: values[row],
        scale,
        isChance: columns.isChance,
        target: columns.targets?.[row] ?? null,
        blame: blames[row],
        blameScale,
        isTrue: run.classes.length > 0 && row === label && layer.name === "loss",
        isCurrent: row === current,
      });
    });
    pages.hidden = count >= total;
    earlier.disabled = first === 0;
    later.disabled = first + count >= total;
    say(shownText, FOCUS.loss.rows(first + 1, Math.min(total, first + count), total));
  }

  /** @param {Sight} sight */
  function draw(sight) {
    last = sight;
    const { state, run, layer, box } = sight;
    const isLoss = layer.name === "loss";
    const current = isLoss ? classOf(state, layer) : cellOfAlike(state, layer);
    const { picture, foot } = partsOf(box, false);
    const hasGraph = isLoss && picture.width >= WIDE;
    const side = hasGraph ? Math.min(280, Math.floor(picture.width * 0.27)) : 0;
    drawRows(sight, { ...picture, width: picture.width - side - (hasGraph ? 28 : 0) }, current);
    graph.root.style.display = hasGraph ? "" : "none";
    if (hasGraph) {
      const points = state.focusGraph && { x: decode(state.focusGraph.x), y: decode(state.focusGraph.y) };
      const { bars, isChance } = columnsOf(sight);
      const [x, y] = [valueAt(state, bars, current), valueAt(state, "loss.loss", 0)];
      const name = run.classes[current] ?? String(current);
      const { chance, output } = FOCUS.loss.curve;
      const place = { x: picture.width - side, y: 0, width: side, height: Math.min(picture.height, 280) };
      graph.draw(points, x !== null && y !== null ? [x, y] : null, place, {
        title: isChance ? chance(name) : output(name),
      });
    }
    scene.say(state, foot, { sentence: sentenceOf(sight, current) });
  }
  return draw;
}
