/** A network that is being made: a recipe whose layers can be added, taken out, moved, and set. All pure. */

/** @typedef {import("./wire.js").Recipe} Recipe */
/** @typedef {import("./wire.js").Layer} Layer */
/** @typedef {import("./wire.js").Setting} Setting */
/** @typedef {import("./wire.js").Blueprint} Blueprint */

/** @typedef {{ readonly id: number, readonly layer: Layer }} Row a layer, by a number of its own that it keeps */
/**
 * @typedef {object} Draft
 * @property {Recipe} recipe where it comes from
 * @property {readonly Row[]} rows its layers
 * @property {number} next the number of the next row
 */

/** The ways to give a setting: one of its words, a number, a pair, on or off, or what the layer chooses. */
/** @typedef {{ kind: "word", word: string } | { kind: "number" | "pair" | "switch" | "auto" }} Form */

/** @param {Recipe} recipe @param {number} [first] the number of its first row @returns {Draft} */
export const draftOf = (recipe, first = 0) => ({
  recipe,
  rows: recipe.network.map((layer, i) => ({ id: first + i, layer })),
  next: first + recipe.network.length,
});

/**
 * The recipe of a draft. Numbers given to the parameters of other layers, and edits of another run, do not go
 * with it.
 * @param {Draft} draft @returns {Recipe}
 */
export function recipeOf({ recipe, rows }) {
  const network = rows.map(({ layer }) => layer);
  const isSame = JSON.stringify(network) === JSON.stringify(recipe.network);
  return { ...recipe, network, edits: [], ...(isSame ? {} : { given: [], frozen: [] }) };
}

/** @param {Draft} draft @param {Layer} layer @param {number} [at] before which row; at the end when left out @returns {Draft} */
export function added(draft, layer, at = draft.rows.length) {
  const rows = draft.rows.toSpliced(at, 0, { id: draft.next, layer });
  return { ...draft, rows, next: draft.next + 1 };
}

/** @param {Draft} draft @param {number} id @returns {Draft} */
export const removed = (draft, id) => ({ ...draft, rows: draft.rows.filter((row) => row.id !== id) });

/** @param {Draft} draft @param {number} id @param {1 | -1} by down or up @returns {Draft} at an end it stays */
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
    row.id === id ? { id, layer: /** @type {Layer} */ ({ ...row.layer, [name]: value }) } : row,
  ),
});

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

/** @param {Form[]} forms @param {unknown} value @returns {number} which of them the value has */
export const formOf = (forms, value) =>
  forms.findIndex((form) => form.kind === kindOf(value) && (form.kind !== "word" || form.word === value));

/** What a person left empty is no number: the server asks for it. @param {string} text @returns {number | null} */
export const numberIn = (text) => (text.trim() === "" ? null : Number(text));

/** @param {string | null | undefined} field such as network.3.filters @returns {number | null} the layer it is about */
export function layerAt(field) {
  const [, number] = /^network\.(\d+)/.exec(field ?? "") ?? [];
  return number === undefined ? null : Number(number);
}
