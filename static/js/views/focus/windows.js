/** Windows: a convolution as a picture. Each row is a channel: what the window reads, times the kernel, adds up to the cell. */

import { powerOfTen } from "../../graphics/cell_numbers.js";
import { element, say } from "../../graphics/dom.js";
import { sharedLimit } from "../../graphics/tensors.js";
import { infoOf, tensorAt } from "../../core/shown_tensors.js";
import { partOfCells, sizeOfShape } from "../../core/typed_arrays.js";
import { choiceOf } from "./choice.js";
import { backwards, forwards } from "./convolution.js";
import { flowLayer, flowLine } from "../../graphics/motion.js";
import { openOrCompute } from "./scene.js";
import { figureOf, partOf, sayWithPower } from "./maps.js";
import { sharesStrip } from "./shares.js";
import { planOf } from "./windows_plan.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("./convolution.js").Convolution} Convolution */
/** @typedef {import("./convolution.js").Grid} Grid */
/** @typedef {import("./focus.js").Form} Form */
/** @typedef {import("./windows_plan.js").Plan} Plan */
/** @typedef {import("./windows_plan.js").Spot} Spot */
/** @typedef {ReturnType<typeof figureOf>} Figure */

/** The most rows that a plan has. */
const ROWS = 4;
/** The height of a caption, in pixels. */
const CAPTION = 40;

/** @param {TensorInfo} info @returns {{ rows: number, columns: number }} the size of its maps */
const sizeIn = ({ shape }) => ({ rows: shape.at(-2) ?? 1, columns: shape.at(-1) ?? 1 });

/** @param {HTMLElement} target @param {Spot} spot @param {number} [above] pixels of its caption */
function place(target, { x, y, width, height }, above = 0) {
  target.style.transform = `translate(${x}px, ${y - above}px)`;
  target.style.width = `${width}px`;
  target.style.height = `${height + above}px`;
}

/** A row of the picture: the input, up to three grids with a sign before each, and a sum. @param {App} app */
function rowOf(app) {
  const input = figureOf(app, "input");
  const number = element("span", "channel quiet number");
  const grids = Array.from({ length: 3 }, () => ({ figure: figureOf(app), sign: element("span", "sign") }));
  const sum = element("output", "sum number");
  const parts = [input.root, number, ...grids.flatMap(({ figure, sign }) => [figure.root, sign]), sum];
  return { input, number, grids, sum, parts };
}

/** The numbers of a grid, if they are known. @param {State} state @param {Grid | null} grid */
function cellsOf(state, grid) {
  if (!grid) return null;
  if ("values" in grid) return grid.values;
  const { start, shape } = grid.part;
  const size = sizeOfShape(shape);
  const { values } = tensorAt(state, grid.info.name);
  return values && partOfCells(values.cells, start, start + size);
}

/** A grid in its place, and the sign before it. @param {{ figure: Figure, sign: HTMLElement }} target @param {State} state @param {Grid} grid @param {Spot} spot @param {number} before the x where the part before it ends @param {boolean} isFirst @param {number} exponent */
function drawGrid({ figure, sign }, state, grid, spot, before, isFirst, exponent) {
  place(figure.root, spot, CAPTION);
  place(sign, { ...spot, x: before, y: spot.y + spot.height / 2 - 14, width: spot.x - before, height: 28 });
  say(sign, grid.sign);
  const words = isFirst ? grid.words : "";
  if ("info" in grid) {
    const outlines = state.lit.length ? undefined : [];
    figure.draw(state, grid.info, grid.part, spot, { words, outlines, largest: spot.cell, exponent });
    return;
  }
  const { values, blank, done, name, limit, shape, opens } = grid;
  figure.standsFor(opens?.name ?? "", opens?.start ?? 0, opens ? "shares" : null);
  const info = name && state.run ? infoOf(state.run, name) : null;
  sayWithPower(figure.caption, words, exponent);
  figure.map.picture = {
    shape,
    layout: { cell: spot.cell, across: 1, gap: 0 },
    cells: values,
    done,
    limit: info ? sharedLimit(state, info.name) : limit,
    signed: info?.signed ?? true,
    outlines: [],
    blank,
    numbers: true,
    exponent,
    explorable: true,
    theme: state.theme,
    label: grid.words,
  };
}

/** The line with the sum, the pages of channels, and the way to all terms. @param {App} app */
function lineOf(app) {
  const { effects } = app;
  const [words, total] = [element("span", "words"), element("b", "number")];
  const [order, earlier, later, all] = ["", "‹", "›", ""].map((text) => element("button", "link", text));
  earlier.setAttribute("aria-label", "Earlier channels");
  later.setAttribute("aria-label", "Later channels");
  const pages = element("span", "channels", order, earlier, later);
  const root = element("p", "equation", words, total, pages, all);
  /** @type {{ what: Convolution, rows: State["focus"]["rows"] } | null} */
  let now = null;
  all.addEventListener("click", () => {
    if (now?.what.all) openOrCompute(app, now.what.all);
  });
  order.addEventListener("click", () =>
    effects.setRows({ sort: now?.rows.sort === "size" ? "order" : "size", offset: 0 }),
  );
  for (const [button, by] of /** @type {const} */ ([
    [earlier, -1],
    [later, 1],
  ]))
    button.addEventListener("click", () => {
      if (now) effects.setRows({ offset: Math.max(0, now.rows.offset + by * now.rows.count) });
    });
  return {
    root,
    /** @param {Convolution} what @param {State["focus"]["rows"]} rows @param {boolean} isOrdered true where channels have an order of their own */
    draw(what, rows, isOrdered) {
      now = { what, rows };
      root.classList.toggle("waiting", !what.line.isFresh);
      say(words, what.line.words);
      say(total, what.line.total);
      pages.hidden = what.channels <= rows.count;
      order.hidden = !isOrdered;
      say(order, rows.sort === "size" ? "largest first" : "in order");
      earlier.disabled = rows.offset === 0;
      later.disabled = rows.offset + rows.count >= what.channels;
      all.hidden = what.all === null;
      say(all, what.all?.words ?? "");
    },
  };
}

/** @type {Form} */
export function mountWindows(root, app) {
  const rows = Array.from({ length: ROWS }, () => rowOf(app));
  const map = figureOf(app, "out");
  const line = lineOf(app);
  const shares = sharesStrip(app);
  root.replaceChildren(...rows.flatMap(({ parts }) => parts), map.root, shares.root, line.root);
  const choice = choiceOf(root, app);
  const lines = flowLayer(root);

  /** @param {State} state @param {Convolution} what @param {Plan} plan @param {boolean} isBack */
  function drawRows(state, what, plan, isBack) {
    const style = /** @type {"backward" | "reads"} */ (isBack ? "backward" : "reads");
    const outlines = what.reads
      .filter(({ name }) => name === what.input.name)
      .map(({ cells }) => ({ cells, style, glides: true }));
    const exponents = /** @type {const} */ (["patch", "kernel", "products"]).map((kind) =>
      powerOfTen(...what.rows.map((row) => cellsOf(state, row[kind]))),
    );
    rows.forEach((row, at) => {
      const [own, spots] = [what.rows[at], plan.rows[at]];
      for (const part of row.parts) part.hidden = !own || !spots;
      if (!own || !spots) return;
      place(row.input.root, spots.input, CAPTION);
      const words = at === 0 ? what.inputWords : "";
      row.input.draw(state, what.input, own.input, spots.input, {
        words,
        outlines,
        largest: spots.input.cell,
      });
      row.number.hidden = what.channels === 1;
      place(row.number, { ...spots.input, x: spots.input.x - 22, width: 18 });
      say(row.number, String(own.channel + 1));
      let before = spots.input.x + spots.input.width;
      for (const [i, grid, spot] of /** @type {const} */ ([
        [0, own.patch, spots.patch],
        [1, own.kernel, spots.kernel],
        [2, own.products, spots.products],
      ])) {
        const { figure, sign } = row.grids[i];
        figure.root.hidden = sign.hidden = !grid || !spot;
        if (!grid || !spot) continue;
        drawGrid(row.grids[i], state, grid, spot, before, at === 0, exponents[i]);
        before = spot.x + spot.width;
      }
      row.sum.hidden = !spots.sum;
      if (spots.sum) place(row.sum, spots.sum);
      say(row.sum, own.sum);
    });
  }

  /** Lines from each row to the cell that it adds to, or that its share comes from. @param {Convolution} what @param {Plan} plan @param {boolean} isBack */
  function drawLines(what, plan, isBack) {
    const { columns, rows: high } = sizeIn(what.map);
    const at = what.cell % (high * columns);
    const { x, y, cell } = plan.out;
    const to = {
      x: x + (at % columns) * cell,
      y: y + Math.floor(at / columns) * cell,
      width: cell,
      height: cell,
    };
    const ends = what.reads.length === 0 ? [] : plan.rows.slice(0, what.rows.length);
    const from = ends.map(
      ({ kernel, products, sum }, i) => sum ?? (what.rows[i].products && products) ?? kernel,
    );
    while (lines.childElementCount > from.length) lines.lastElementChild?.remove();
    from.forEach((box, i) => {
      const before = /** @type {SVGPathElement | null} */ (lines.children[i] ?? null);
      flowLine(lines, box, to, isBack ? "backward" : "forward", before);
    });
  }

  return (sight) => {
    const { state, phase, box } = sight;
    const isBack = phase === "backward";
    const read = isBack ? backwards : forwards;
    const { input, kernel, map: made, channels } = read(sight, 0);
    const sizes = { input: sizeIn(input), kernel: sizeIn(kernel), out: sizeIn(made), channels };
    const plan = planOf(box, { ...sizes, hasPatch: !isBack, hasSums: !isBack });
    if (state.focus.rows.count !== plan.count) app.effects.setRows({ count: plan.count });
    const what = read(sight, plan.count);
    drawRows(state, what, plan, isBack);
    place(map.root, plan.out, CAPTION);
    const style = /** @type {"backward" | "forward"} */ (isBack ? "backward" : "forward");
    const outlines = [{ cells: [what.cell], style, glides: true }];
    const { mapWords: words } = what;
    map.draw(state, made, partOf(made, what.filter), plan.out, { words, outlines, largest: plan.out.cell });
    drawLines(what, plan, isBack);
    place(line.root, plan.line);
    place(shares.root, plan.shares);
    shares.draw(
      sight,
      plan.shares.height > 0 ? (what.shares?.examples ?? null) : null,
      what.shares?.window ?? [],
    );
    line.draw(what, { ...state.focus.rows, count: plan.count }, !isBack);
    const [, perFilter] = kernel.shape;
    // A filter with several channels has as many kernels: its map stands for all of them.
    choice.draw(
      state,
      made,
      what.cell,
      plan.strip.height > 0 ? plan.strip : null,
      perFilter === 1 ? kernel : null,
    );
  };
}
