/**
 * The state of the data browser: the chosen set, the page of its examples, and what a person has changed about its
 * preprocessing. All pure.
 */

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").DatasetInfo} DatasetInfo */
/** @typedef {import("../../wire.js").DatasetDetail} DatasetDetail */
/** @typedef {import("../../wire.js").Examples} Examples */
/** @typedef {import("../../wire.js").Preview} Preview */
/** @typedef {import("../../wire.js").Split} Split */
/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {{ readonly split: Split, readonly label: number | null, readonly start: number }} Page of the examples: all, or those of a class */

/**
 * @typedef {object} Data
 * @property {readonly DatasetInfo[]} list
 * @property {string} chosen the name of a set; empty until one is chosen
 * @property {boolean} isAdding true while the upload panel is open instead
 * @property {DatasetDetail | null} detail of the chosen set, once it is here
 * @property {Readonly<Record<string, string>>} fields the changed fields of the form, as text
 * @property {Page} page
 * @property {Examples | null} examples
 * @property {Split} split of the examples
 * @property {boolean} isPreviewing true while the preprocessing is open
 * @property {Preview | null} preview
 * @property {boolean} isRemoving true after the first press of Delete
 */

/**
 * @typedef {(
 *   | { type: "data", data: Partial<Data> }
 *   | { type: "choose data", name: string }
 *   | { type: "data field", field: string, text: string }
 * )} Action
 */

/** The number of examples on a page. */
export const COUNT = 48;

/** @type {Page} */
const FIRST_PAGE = { split: "train", label: null, start: 0 };

/** The part of the slice that belongs to the chosen set. */
const OF_A_SET = {
  detail: null,
  fields: {},
  page: FIRST_PAGE,
  examples: null,
  split: /** @type {Split} */ ("train"),
  preview: null,
  isRemoving: false,
};

/** @type {Data} */
export const INITIAL = { list: [], chosen: "", isAdding: false, isPreviewing: false, ...OF_A_SET };

/**
 * @param {Data} data @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Data}
 */
export function reduce(data, action, state) {
  switch (action.type) {
    case "open": {
      if (action.run.id === state.run?.id) return data;
      // When a run on other data opens, the browser shows the run's set.
      const isSame = action.run.recipe.dataset === state.run?.recipe.dataset;
      return { ...data, fields: {}, chosen: isSame ? data.chosen : "" };
    }
    case "choose data":
      return { ...data, ...OF_A_SET, chosen: action.name, isAdding: false };
    case "data field": {
      const fields = { ...data.fields, [action.field]: action.text };
      const next = { ...data, fields, page: { ...data.page, start: 0 } };
      const isGone = data.page.split === "validation" && fields.validation === "none";
      return isGone ? { ...next, page: { ...next.page, split: "train" } } : next;
    }
    case "data":
      return { ...data, ...action.data };
    default:
      return data;
  }
}

/** The description of the chosen set. @param {Data} data @returns {DatasetInfo | undefined} */
export const infoIn = ({ list, chosen, detail }) =>
  detail?.info.name === chosen ? detail.info : list.find(({ name }) => name === chosen);

/** The chosen set as the list has it, with its download. @param {Data} data @returns {DatasetInfo | undefined} */
export const listedIn = ({ list, chosen }) => list.find(({ name }) => name === chosen);

/** @param {string} name @returns {boolean} true for a set that a person has added */
export const isOwn = (name) => name.startsWith("own:");

/**
 * The recipe that the form starts from: the open run's on its own data, else the one that learns the set.
 * @param {State} state @returns {Recipe | null}
 */
function baseRecipe({ run, data: { detail } }) {
  if (!detail) return null;
  return run?.recipe.dataset === detail.recipe.dataset ? run.recipe : detail.recipe;
}

/** The fields of the form by the part of the recipe that they belong to. */
const OWNERS = {
  preprocessing: ["scaling", "whitening", "balance", "label_noise"],
  augmentation: ["shift", "rotation", "scale", "noise"],
};
/** The fields that are words. All others are numbers. */
const WORDS = ["scaling", "whitening", "balance"];
/** The fields of each kind of validation. @type {Record<string, readonly string[]>} */
const OF_VALIDATION = { none: [], hold_out: ["share"], k_fold: ["folds", "fold"] };
/** The initial fields of a validation. Folds are shown from 1. */
const VALIDATION = { share: "0.2", folds: "5", fold: "1" };

/** The form as text, by field. @typedef {Readonly<Record<string, string>>} Form */

/** @param {State} state @returns {Form | null} null while no set is chosen */
export function formOf(state) {
  const recipe = baseRecipe(state);
  if (!recipe) return null;
  const { preprocessing, augmentation, validation } = recipe;
  const { kind, ...numbers } = validation;
  const own = Object.entries({ ...preprocessing, ...augmentation, ...numbers }).map(([field, value]) => [
    field,
    String(field === "fold" ? Number(value) + 1 : value),
  ]);
  return { ...VALIDATION, ...Object.fromEntries(own), validation: kind, ...state.data.fields };
}

/** @param {Form} form @returns {readonly string[]} the fields of the chosen kind of validation */
export const validationFields = ({ validation }) => OF_VALIDATION[validation];

/** The recipe with the changes of the form, unchecked. @param {State} state @returns {Recipe | null} */
export function recipeOf(state) {
  const [recipe, form] = [baseRecipe(state), formOf(state)];
  if (!recipe || !form) return null;
  /** @param {string} field */
  const read = (field) => {
    const text = form[field];
    if (field === "whitening") return text === "true";
    if (WORDS.includes(field)) return text;
    // An empty field becomes null, which the server refuses with a reason.
    const number = text.trim() === "" ? NaN : Number(text);
    return field === "fold" ? number - 1 : number;
  };
  /** @param {readonly string[]} fields */
  const told = (fields) => Object.fromEntries(fields.map((field) => [field, read(field)]));
  return /** @type {any} */ ({
    ...recipe,
    preprocessing: told(OWNERS.preprocessing),
    augmentation: told(OWNERS.augmentation),
    validation: { kind: form.validation, ...told(validationFields(form)) },
  });
}
