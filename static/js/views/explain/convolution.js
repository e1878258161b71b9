/** A convolution's number window by window: grids of products, their sums, and the maps before the sum. */

import { decode } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { indexOf, plural, short } from "../../graphics/format.js";
import { ledger } from "./decimal_terms.js";
import { infoOf, ROWS } from "../../core/state.js";
import { limitAt, sharedLimits } from "../stage/stage.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../../graphics/heatmap.js").HeatMap} HeatMap */
/** @typedef {import("../../graphics/heatmap.js").Picture} Picture */
/** @typedef {import("../../wire.js").Sliding} Sliding */
/** @typedef {import("../../wire.js").Patch} Patch */
/** @typedef {import("../../wire.js").TypedArray} TypedArray */
/** @typedef {"left" | "right" | "products" | "spread" | "map"} Part */
/** @typedef {{ name: string, cell: number, example: number | null }} Place */
/**
 * @typedef {object} Hands
 * @property {(place: Place) => void} follow goes to a cell
 * @property {(cells: readonly import("../../wire.js").Cells[]) => void} light outlines cells on the stage
 * @property {(slide: Partial<State["slide"]>) => void} slide shows the other way, another page or order of rows
 */

/** The room of a row, and of what stands between its grids and of its sum, in heights of the type. */
const ROOM = 37;
const BETWEEN = 4;
const SUM = 8.5;
/** The sides of a cell that holds a number, and of the smallest one. */
const READABLE = 24;
const SMALLEST = 5;
const MOST_COLUMNS = 5;
const MAP = 56;
const SPREAD = 72;
/** Of larger grids the numbers are told where they are pointed at, one by one. */
const SPOKEN = 36;
const HINT = "Point at a number to read its product; a click goes to its cell.";

/** @param {TypedArray} array @returns {{ cells: Numbers, shape: readonly number[] }} */
const gridOf = (array) => ({ cells: decode(array), shape: array.shape.split(", ").map(Number) });

/** @param {Patch} patch */
function patchOf({ cells, values, ...rest }) {
  const numbers = decode(cells);
  const blank = [...numbers.keys()].filter((spot) => numbers[spot] < 0);
  return { ...rest, cells: numbers, blank, ...{ values: decode(values), shape: gridOf(cells).shape } };
}

/** @param {Sliding} sliding what is drawn, decoded once */
function decoded(sliding) {
  const rows = sliding.rows.map((row) => {
    const [left, right] = [patchOf(row.left), patchOf(row.right)];
    return {
      number: row.number,
      value: row.value,
      left,
      right,
      products: { values: decode(row.products), blank: [...new Set([...left.blank, ...right.blank])] },
      computed: decode(row.computed),
      spread: row.spread && patchOf(row.spread),
      map: { ...gridOf(row.map), computed: decode(row.map_computed) },
    };
  });
  const whole = { ...gridOf(sliding.map), computed: decode(sliding.map_computed) };
  return {
    sliding,
    rows,
    whole,
    rest: { ...gridOf(sliding.rest_map), computed: decode(sliding.rest_computed) },
  };
}

/** @typedef {ReturnType<typeof decoded>} Drawn */

/** @param {Sliding} sliding @param {number} number as people count examples, and as the network counts channels */
const titleOf = ({ each }, number) => `${each} ${each === "example" ? number + 1 : number}`;

/** @param {Drawn["rows"]} rows whether no window lies over the cell */
const isEmpty = (rows) => rows.length === 0 || rows[0].left.cells.length === 0;

/** @param {string} name @param {readonly number[]} index */
const cellText = (name, index) => `${name}[${index.join(",")}]`;

/** @param {Numbers} values @param {string} what */
const spoken = (values, what) =>
  values.length <= SPOKEN ? `${what}: ${[...values].map((value) => short(value, 6)).join(", ")}` : what;

/** @param {string} part @param {number} row @returns {HeatMap} */
function mapElement(part, row) {
  const map = /** @type {HeatMap} */ (document.createElement("heat-map"));
  map.dataset.part = part;
  map.dataset.row = String(row);
  return map;
}

/** What stands over the grids of a row, its sum last. @param {Sliding} sliding @returns {string[]} */
function headsOf({ kind, way, rows: [{ left, right }] }) {
  if (kind === "out") return [`input ${left.symbol}`, `kernel ${right.symbol}`, "products", "sum"];
  if (kind === "dw") return ["upstream dout", `input ${right.symbol}`, "products", "sum"];
  if (way === "stamps") return ["upstream dout", "its weight here", "products", "sum"];
  return ["dout, padded", "under it", `turned ${right.symbol}`, "products", "sum"];
}

/** @param {Drawn} drawn @returns {string} what must be built anew when it changes */
const structureOf = ({ sliding, rows, rest }) =>
  JSON.stringify([
    sliding.kind,
    sliding.way,
    sliding.count,
    rows.map(({ left, spread }) => [left.shape, spread?.shape]),
    rest.shape,
  ]);

/**
 * @param {HTMLElement} root @param {Hands} on
 * @returns {(state: State) => void}
 */
export function mountSliding(root, on) {
  const after = one(".after", root);
  const words = one(".words", root);
  const table = one(".rows", root);
  const told = one(".told", root);
  const maps = one(".maps", root);
  const mapsTitle = one(".maps-title", root);
  const agreement = one(".agreement", root);
  const pages = one(".pages", root);
  const ways = one(".ways", root);
  const [earlier, later, order] = ["earlier", "later", "order"].map(
    (name) => /** @type {HTMLButtonElement} */ (one(`.${name}`, pages)),
  );
  /** @type {Drawn | null} */
  let drawn = null;
  /** @type {State | null} */
  let last = null;
  let structure = "";
  /** The product that is pointed at. @type {{ row: number, spot: number } | null} */
  let pointed = null;

  for (const way of /** @type {const} */ (["stamps", "correlation"])) {
    one(`.${way}`, ways).addEventListener("click", () => on.slide({ way }));
  }
  earlier.addEventListener("click", () => drawn && on.slide({ offset: drawn.sliding.offset - ROWS }));
  later.addEventListener("click", () => drawn && on.slide({ offset: drawn.sliding.offset + ROWS }));
  order.addEventListener("click", () => {
    on.slide({ sort: last?.slide.sort === "size" ? "order" : "size", offset: 0 });
  });

  root.addEventListener("cell-hover", (event) => {
    const { detail, target } = /** @type {CustomEvent} */ (event);
    if (target instanceof HTMLElement) point(target, detail.cell);
  });
  root.addEventListener("cell-click", (event) => {
    const { detail, target } = /** @type {CustomEvent} */ (event);
    const place = target instanceof HTMLElement && detail.cell !== null && placeOf(target, detail.cell);
    if (place) on.follow(place);
  });

  /** @param {HTMLElement} map @returns {{ part: Part, row: number }} */
  const partOf = ({ dataset }) => ({ part: /** @type {Part} */ (dataset.part), row: Number(dataset.row) });

  /** The cell of the stage that a spot of a picture shows. @param {HTMLElement} map @param {number} spot @returns {Place | null} */
  function placeOf(map, spot) {
    if (!drawn) return null;
    const { part, row } = partOf(map);
    const { sliding, rows } = drawn;
    if (part === "map") return { name: sliding.name, cell: sliding.start + spot, example: sliding.example };
    const patch = part === "products" ? null : rows[row][part];
    if (!patch || patch.cells[spot] < 0) return null;
    return { name: patch.name, cell: patch.cells[spot], example: patch.example };
  }

  /** @param {HTMLElement} map @param {number | null} spot */
  function point(map, spot) {
    const { part, row } = partOf(map);
    const isProduct = spot !== null && ["left", "right", "products"].includes(part);
    pointed = isProduct ? { row, spot } : null;
    const places = spot === null ? [] : isProduct ? placesOf(row, spot) : [placeOf(map, spot)];
    on.light(places.flatMap((place) => (place ? [{ name: place.name, cells: [place.cell] }] : [])));
    if (last) draw(last);
    say(told, spot === null ? HINT : isProduct ? productText(row, spot) : mapText(map, row, spot));
  }

  /** @param {number} row @param {number} spot @returns {(Place | null)[]} */
  const placesOf = (row, spot) =>
    (drawn ? [drawn.rows[row].left, drawn.rows[row].right] : []).map(({ name, cells, example }) =>
      cells[spot] < 0 ? null : { name, cell: cells[spot], example },
    );

  /** @param {string} name @param {number} cell */
  function indexText(name, cell) {
    const info = last?.run && infoOf(last.run, name);
    return info ? cellText(name, indexOf(cell, info.shape)) : name;
  }

  /** @param {number} row @param {number} spot */
  function productText(row, spot) {
    if (!drawn) return "";
    const { left, right, products, computed } = drawn.rows[row];
    const [a, b] = [left, right].map((patch) =>
      patch.cells[spot] < 0
        ? "a zero of the padding"
        : `${indexText(patch.name, patch.cells[spot])} ${short(patch.values[spot])}`,
    );
    const gate = drawn.sliding.gate === null ? "" : ` × gate ${drawn.sliding.gate}`;
    return `${a} × ${b}${gate} = ${computed[spot] ? short(products.values[spot]) : "not computed yet"}`;
  }

  /** @param {HTMLElement} map @param {number} row @param {number} spot */
  function mapText(map, row, spot) {
    if (!drawn) return "";
    const { sliding, rows, whole, rest } = drawn;
    const place = placeOf(map, spot);
    if (map.dataset.part === "spread")
      return place
        ? `${indexText(place.name, place.cell)} ${short(/** @type {any} */ (rows[row].spread).values[spot])}`
        : "a zero between or around";
    const shown = row < 0 ? (row === -1 ? whole : rest) : rows[row].map;
    const what =
      row < 0 ? (row === -1 ? "" : "the others add ") : `${titleOf(sliding, rows[row].number)} adds `;
    const value = shown.computed[spot] ? short(shown.cells[spot]) : "nothing yet";
    return `${indexText(sliding.name, sliding.start + spot)}: ${what}${value}`;
  }

  /** @param {string} label @param {string} number @param {Node | string} [lead] */
  const line = (label, number, lead = "") => [
    element("span", "label", lead, label),
    element("output", "number", number),
  ];

  /** The rows and the sum under them. @param {Drawn} now */
  function buildRows({ sliding, rows }) {
    table.className = `rows${sliding.way === "correlation" ? " spread" : ""}`;
    const heads = isEmpty(rows) ? [] : headsOf(sliding);
    table.replaceChildren(
      ...heads.flatMap((head, at) => {
        // What has no column on a phone, nor has its head there.
        const around = heads.length > 4 ? "around" : "";
        const beside = at === heads.length - 1 ? "beside" : "";
        const name = element("span", `head quiet ${at === 0 ? around : beside}`, head);
        return at ? [element("span", at === 1 ? around : beside), name] : [name];
      }),
      ...(isEmpty(rows) ? [] : rows).flatMap(({ spread }, row) => [
        ...(spread ? [mapElement("spread", row), element("span", "sign around", "▸")] : []),
        mapElement("left", row),
        element("span", "sign", "×"),
        mapElement("right", row),
        element("span", "sign", "="),
        mapElement("products", row),
        element("span", "sign beside", "Σ"),
        element("span", "total", element("span", "quiet"), element("output", "number value")),
      ]),
      element("div", "sums"),
    );
  }

  /** @param {Drawn} now */
  function buildMaps({ sliding, rows }) {
    const shown = [...rows.map((_, row) => row), ...(sliding.count > rows.length ? [-2] : []), -1];
    const figures = shown.map((row) =>
      element("figure", "", mapElement("map", row), element("figcaption", "quiet")),
    );
    const signs = figures.map((figure, at) => {
      const isLast = at === figures.length - 1;
      const sign = element("span", "sign", isLast ? "=" : "+");
      if (at === 0) return [figure];
      const bias =
        isLast && sliding.bias ? [element("span", "sign", "+"), element("span", "bias number")] : [];
      return [element("span", "pair", ...bias, sign, figure)];
    });
    maps.replaceChildren(...signs.flat());
  }

  /**
   * Where a row has no room for all of it side by side, the sum and the spread gradient stand above and below.
   * @param {readonly number[]} shape of a row's grids @param {boolean} isSpread
   * @returns {{ cell: number, isStacked: boolean }} the side of a cell in pixels
   */
  function layoutOf([, columns], isSpread) {
    const type = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const room = Math.min(ROOM * type, window.innerWidth - 48) - BETWEEN * type;
    const beside = SUM * type + (isSpread ? SPREAD + 14 : 0);
    const smallest = columns <= MOST_COLUMNS ? READABLE : SMALLEST;
    const isStacked = window.innerWidth <= 700 || room - beside < 3 * columns * smallest;
    const cell = Math.floor((isStacked ? room : room - beside) / (3 * Math.max(1, columns)));
    return { cell: Math.max(smallest, Math.min(Math.round(2.4 * type), cell)), isStacked };
  }

  /** @param {State} state @param {string} name */
  function coloursOf(state, name) {
    const { run } = state;
    const group = (run && sharedLimits(run).get(name)) ?? [name];
    return { limit: limitAt(state, group), signed: (run && infoOf(run, name)?.signed) ?? true };
  }

  /** @param {State} state @param {Drawn} now */
  function fillRows(state, { sliding, rows }) {
    /** @param {string} part @param {number} row @returns {HeatMap | null} */
    const find = (part, row) => table.querySelector(`heat-map[data-part="${part}"][data-row="${row}"]`);
    rows.forEach(({ number, left, right, products, computed, spread }, row) => {
      const { cell, isStacked } = layoutOf(left.shape, spread !== null);
      table.classList.toggle("stacked", isStacked);
      const title = titleOf(sliding, number);
      const newest =
        sliding.kind === "out" || sliding.done === null ? -1 : left.cells.indexOf(sliding.done - 1);
      /** @type {Picture["outlines"]} */
      const outlines = [
        ...(newest < 0 ? [] : [/** @type {const} */ ({ cells: [newest], style: "writes" })]),
        ...(pointed?.row === row ? [/** @type {const} */ ({ cells: [pointed.spot], style: "lit" })] : []),
      ];
      const grid = {
        shape: left.shape,
        layout: { cell, across: 1, gap: 0 },
        outlines,
        numbers: cell >= READABLE,
        theme: state.theme,
      };
      for (const [part, patch] of /** @type {const} */ ([
        ["left", left],
        ["right", right],
      ])) {
        const map = find(part, row);
        if (map)
          map.picture = {
            ...grid,
            ...coloursOf(state, patch.name),
            cells: patch.values,
            done: "all",
            blank: patch.blank,
            label: spoken(patch.values, `${patch.symbol} of ${title}`),
          };
      }
      const map = find("products", row);
      if (!map) return;
      map.picture = {
        ...grid,
        limit: sliding.limit,
        signed: true,
        cells: products.values,
        done: computed,
        blank: products.blank.filter((spot) => computed[spot]),
        label: spoken(products.values, `products of ${title}`),
      };
      const around = find("spread", row);
      if (around && spread && sliding.corner) fillSpread(state, around, spread, left.shape, sliding, title);
      const total = /** @type {HTMLElement} */ (map.nextElementSibling?.nextElementSibling);
      say(one(".quiet", total), title);
    });
  }

  /**
   * @param {State} state @param {HeatMap} map @param {NonNullable<Drawn["rows"][number]["spread"]>} spread
   * @param {readonly number[]} kernel @param {Sliding} sliding @param {string} title
   */
  function fillSpread(state, map, spread, kernel, { corner, dilation, done }, title) {
    const [top, left] = corner ?? [0, 0];
    const under = Array.from({ length: kernel[0] * kernel[1] }, (_, spot) => {
      const [row, column] = indexOf(spot, kernel);
      return (top + row * dilation[0]) * spread.shape[1] + left + column * dilation[1];
    });
    map.picture = {
      shape: spread.shape,
      layout: { cell: Math.max(2, Math.floor(SPREAD / Math.max(...spread.shape))), across: 1, gap: 0 },
      ...coloursOf(state, spread.name),
      cells: spread.values,
      done: done === null ? "all" : Uint8Array.from(spread.cells, (cell) => (cell < done ? 1 : 0)),
      blank: spread.blank,
      outlines: [{ cells: under, style: "cursor" }],
      numbers: false,
      theme: state.theme,
      label: `the upstream gradient of ${title}, spread out`,
    };
  }

  /** The rows' sums and what makes the whole of them, printed so that they add up. @param {Drawn} now */
  function fillSums({ sliding, rows, rest }) {
    const { bias, count, total, value, name, index, done } = sliding;
    const terms = [
      ...rows.map((row) => ({ factors: [], value: row.value })),
      ...(bias ? [{ factors: [], value: bias.value }] : []),
    ];
    const sum = ledger({ terms, count: count + (bias ? 1 : 0), total, value, function: "sum" });
    /** @param {number | null} number @param {number} at */
    const text = (number, at) => sum?.lines[at].text ?? (number === null ? "not finite" : short(number));
    table.querySelectorAll(".value").forEach((output, row) => {
      const { computed, value: own } = rows[row];
      say(output, done !== null && !computed.includes(1) ? "not yet" : text(own, row));
    });
    /** @type {Node[]} */
    const lines = [];
    const more = count - rows.length;
    const left = sum?.rest ?? (sliding.rest === null ? "not finite" : short(sliding.rest));
    const isBegun = done === null || rest.computed.includes(1);
    if (more > 0 && !isEmpty(rows))
      lines.push(...line(`and ${plural(more, sliding.each)} more`, isBegun ? left : "not yet"));
    // Where nothing else carries it, what the printed digits leave over has a line of its own.
    const isLeftOver = sum !== null && /[1-9]/.test(sum.rest ?? "");
    if (isLeftOver && (more === 0 || !isBegun)) lines.push(...line("rounding", left));
    if (bias?.name && bias.cell !== null) {
      const place = { name: bias.name, cell: bias.cell, example: null };
      const button = element("button", "factor", cellText(bias.name, bias.index));
      button.addEventListener("click", () => on.follow(place));
      button.addEventListener("pointerenter", () => on.light([{ name: place.name, cells: [place.cell] }]));
      button.addEventListener("pointerleave", () => on.light([]));
      lines.push(...line("", text(bias.value, rows.length), element("span", "", "+ the bias ", button)));
    }
    const whole = sum?.total ?? (value === null ? "not finite" : short(value));
    lines.push(...line(`= ${cellText(name, index)}`, whole));
    one(".sums", table).replaceChildren(...lines);
  }

  /** @param {State} state @param {Drawn} now */
  function fillMaps(state, { sliding, rows, whole, rest }) {
    const more = sliding.count - rows.length;
    const at = sliding.cell - sliding.start;
    const cell = Math.max(2, Math.min(14, Math.floor(MAP / Math.max(...whole.shape))));
    for (const map of /** @type {NodeListOf<HeatMap>} */ (maps.querySelectorAll("heat-map"))) {
      const { row } = partOf(map);
      const shown = row >= 0 ? rows[row].map : row === -1 ? whole : rest;
      const title = row >= 0 ? titleOf(sliding, rows[row].number) : row === -1 ? "the map" : `${more} more`;
      map.picture = {
        shape: shown.shape,
        layout: { cell, across: 1, gap: 0 },
        cells: shown.cells,
        done: shown.computed,
        limit: sliding.map_limit,
        signed: true,
        outlines: [{ cells: [at], style: "cursor" }],
        numbers: false,
        theme: state.theme,
        label: row >= 0 ? `what ${title} adds to the map` : title,
      };
      say(/** @type {HTMLElement} */ (map.nextElementSibling), title);
    }
    const bias = maps.querySelector(".bias");
    if (bias && sliding.bias)
      say(bias, `b ${sliding.bias.value === null ? "" : short(sliding.bias.value, 3)}`);
  }

  /** @param {State} state */
  function draw(state) {
    if (!drawn) return;
    const { sliding, rows } = drawn;
    const now = structureOf(drawn);
    if (now !== structure) {
      structure = now;
      pointed = null;
      buildRows(drawn);
      buildMaps(drawn);
    }
    say(after, sliding.done === null ? "" : `after ${plural(sliding.done, "window")}`);
    say(words, sliding.words);
    fillRows(state, drawn);
    fillSums(drawn);
    say(
      mapsTitle,
      sliding.each === "example"
        ? "What each example adds to this kernel’s gradient"
        : `Before the sum: the map of each ${sliding.each}`,
    );
    fillMaps(state, drawn);
    ways.hidden = sliding.way === null;
    for (const way of ["stamps", "correlation"]) {
      one(`.${way}`, ways).setAttribute("aria-pressed", String(sliding.way === way));
    }
    agreement.hidden = sliding.agreement === null;
    agreement.className = `agreement ${sliding.agreement?.agree ? "right" : "wrong"}`;
    say(agreement, sliding.agreement?.words ?? "");
    const end = sliding.offset + rows.length;
    pages.hidden = sliding.count <= ROWS || isEmpty(rows);
    told.hidden = isEmpty(rows);
    say(one(".range", pages), `${plural(sliding.count, sliding.each)}: ${sliding.offset + 1} to ${end}`);
    earlier.disabled = sliding.offset === 0;
    later.disabled = end >= sliding.count;
    say(order, state.slide.sort === "size" ? "by size" : "by number");
  }

  return (state) => {
    const { slid } = state;
    root.hidden = slid === null || state.large?.name !== slid.sliding.name;
    root.setAttribute("aria-busy", String(!slid?.isFresh));
    const isNew = slid !== null && slid.sliding !== drawn?.sliding;
    const isRestyled = state.theme !== last?.theme || state.shown !== last?.shown;
    last = state;
    if (slid === null) drawn = null;
    else if (isNew) drawn = decoded(slid.sliding);
    if (isNew) {
      pointed = null;
      say(told, HINT);
    }
    if (drawn && !root.hidden && (isNew || (isRestyled && slid?.isFresh))) draw(state);
  };
}
