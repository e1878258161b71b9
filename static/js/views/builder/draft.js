/** A draft of a network: a recipe whose layers can be added, removed, moved and set. All pure. */

/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").Layer} Layer */
/** @typedef {import("../../wire.js").Setting} Setting */
/** @typedef {import("../../wire.js").Blueprint} Blueprint */

/**
 * @typedef {object} Row a layer
 * @property {number} id stays with the row wherever it moves
 * @property {Layer} layer
 * @property {number | null} source the row whose output an add layer adds, or INPUT; null for other layers
 */
/**
 * @typedef {object} Draft
 * @property {Recipe} recipe that the draft began with
 * @property {readonly Row[]} rows the layers
 * @property {number} next the id of the next row
 */

/** The ways to give a setting: one of its words, a number, a pair, on or off, or what the layer chooses. */
/** @typedef {{ kind: "word", word: string } | { kind: "number" | "pair" | "switch" | "auto" }} Form */

/** The source that is the network's input. */
export const INPUT = -1;

/**
 * The row that an add layer at place `at` reaches back to. A layer that reaches beyond the input has no source and
 * keeps its `back`, so that the server can report the problem.
 * @param {Layer} layer @param {number} at @param {readonly { id: number }[]} rows @returns {number | null}
 */
function sourceOf(layer, at, rows) {
  if (layer.kind !== "add") return null;
  const place = at - layer.back;
  return place === -1 ? INPUT : (rows[place]?.id ?? null);
}

/** @param {Recipe} recipe @param {number} [first] the number of its first row @returns {Draft} */
export function draftOf(recipe, first = 0) {
  const ids = recipe.network.map((_, i) => ({ id: first + i }));
  return {
    recipe,
    rows: recipe.network.map((layer, i) => ({ ...ids[i], layer, source: sourceOf(layer, i, ids) })),
    next: first + ids.length,
  };
}

/** The layer of a row. An add layer reaches its source wherever it is now. @param {Draft["rows"]} rows @param {number} at */
function layerIn(rows, at) {
  const { layer, source } = rows[at];
  if (layer.kind !== "add" || source === null) return layer;
  return { ...layer, back: at - rows.findIndex((row) => row.id === source) };
}

/**
 * The recipe of a draft, without edits. Given and frozen parameters belong to the original network, and are dropped
 * when the network changes.
 * @param {Draft} draft @returns {Recipe}
 */
export function recipeOf({ recipe, rows }) {
  const network = rows.map((_, at) => layerIn(rows, at));
  const isSame = JSON.stringify(network) === JSON.stringify(recipe.network);
  return { ...recipe, network, edits: [], ...(isSame ? {} : { given: [], frozen: [] }) };
}

/** @param {Draft} draft @param {Layer} layer @param {number} [at] before which row; at the end when left out @returns {Draft} */
export function added(draft, layer, at = draft.rows.length) {
  const row = { id: draft.next, layer, source: sourceOf(layer, at, draft.rows) };
  const rows = draft.rows.toSpliced(at, 0, row);
  return { ...draft, rows, next: draft.next + 1 };
}

/**
 * The draft without a row. Layers that added its output add that of the row before it.
 * @param {Draft} draft @param {number} id @returns {Draft}
 */
export function removed(draft, id) {
  const at = draft.rows.findIndex((row) => row.id === id);
  const before = draft.rows[at - 1]?.id ?? INPUT;
  const rows = draft.rows.filter((row) => row.id !== id);
  return { ...draft, rows: rows.map((row) => (row.source === id ? { ...row, source: before } : row)) };
}

/** @param {Draft} draft @param {number} id @param {1 | -1} by 1: down, -1: up @returns {Draft} the same where there is no row to change places with */
export function moved(draft, id, by) {
  const at = draft.rows.findIndex((row) => row.id === id);
  const to = at + by;
  if (to < 0 || to >= draft.rows.length) return draft;
  const rows = [...draft.rows];
  [rows[at], rows[to]] = [rows[to], rows[at]];
  return { ...draft, rows };
}

/** @param {Draft} draft @param {number} id @param {string} name @param {unknown} value @returns {Draft} */
export const set = (draft, id, name, value) => ({
  ...draft,
  rows: draft.rows.map((row) =>
    row.id === id ? { ...row, layer: /** @type {Layer} */ ({ ...row.layer, [name]: value }) } : row,
  ),
});

/** @param {Draft} draft @param {number} id @param {number} source the row whose output it adds @returns {Draft} */
export const sourced = (draft, id, source) => ({
  ...draft,
  rows: draft.rows.map((row) => (row.id === id ? { ...row, source } : row)),
});

/** @param {Draft} draft @param {number} id @returns {number[]} the rows that it can add, with the one that it adds now */
export function sourcesOf({ rows }, id) {
  const at = rows.findIndex((row) => row.id === id);
  const earlier = [INPUT, ...rows.slice(0, at).map((row) => row.id)].slice(0, -1);
  const { source } = rows[at];
  return source === null || earlier.includes(source) ? earlier : [...earlier, source];
}

/** @param {Setting} setting @returns {Form[]} all the ways in which it can be given */
export const formsOf = (setting) => [
  ...(setting.optional ? [/** @type {Form} */ ({ kind: "auto" })] : []),
  ...setting.words.map((word) => /** @type {Form} */ ({ kind: "word", word })),
  ...(setting.number ? [/** @type {Form} */ ({ kind: "number" })] : []),
  ...(setting.pair ? [/** @type {Form} */ ({ kind: "pair" })] : []),
  ...(setting.switch ? [/** @type {Form} */ ({ kind: "switch" })] : []),
];

/** @param {unknown} value @returns {Form["kind"]} */
function kindOf(value) {
  if (value === null) return "auto";
  if (Array.isArray(value)) return "pair";
  if (typeof value === "string") return "word";
  return typeof value === "boolean" ? "switch" : "number";
}

/** @param {Form[]} forms @param {unknown} value @returns {number} the place of the form that the value has, or -1 */
export const formOf = (forms, value) =>
  forms.findIndex((form) => form.kind === kindOf(value) && (form.kind !== "word" || form.word === value));

/** An empty field becomes null, which the server refuses with a reason. @param {string} text @returns {number | null} */
export const numberIn = (text) => (text.trim() === "" ? null : Number(text));

/** @param {string | null | undefined} field such as network.3.filters @returns {number | null} the place of the layer that it names */
export function layerAt(field) {
  const [, number] = /^network\.(\d+)/.exec(field ?? "") ?? [];
  return number === undefined ? null : Number(number);
}
