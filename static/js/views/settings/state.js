/**
 * The state of Settings: the changed fields of the form. All other fields come from the open run, so that the form
 * always shows the run behind it. All pure.
 */

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").Options} Options */
/** @typedef {keyof Options} Choice a field of a recipe that is chosen by its kind */
/** @typedef {{ readonly [key: string]: unknown }} Values the numbers of a choice, with its kind */
/** @typedef {{ readonly [field: string]: string }} Settings the changed fields of the form, as text */
/** @typedef {{ type: "settings", field: string, text: string }} Action a person changes a field */

/** @type {readonly Choice[]} */
export const CHOICES = ["optimizer", "loss", "schedule", "initialisation", "early_stopping"];

/** The text fields of the form. */
export const FIELDS = /** @type {const} */ (["seed", "learning_rate", "batch_size", "epochs", "dtype"]);

/** @type {Settings} */
export const INITIAL = {};

/** @param {string} field @returns {field is Choice} */
const isChoice = (field) => CHOICES.some((choice) => choice === field);

/**
 * @param {Settings} settings @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Settings}
 */
export function reduce(settings, action, state) {
  switch (action.type) {
    case "open":
      return action.run.id === state.run?.id ? settings : INITIAL;
    case "dialog":
      return INITIAL;
    case "settings": {
      const { field, text } = action;
      if (!isChoice(field)) return { ...settings, [field]: text };
      // Another kind has its own numbers, and another optimizer its own learning rate.
      const kept = Object.entries(settings).filter(
        ([name]) => !name.startsWith(`${field}.`) && !(field === "optimizer" && name === "learning_rate"),
      );
      return { ...Object.fromEntries(kept), [field]: text };
    }
    default:
      return settings;
  }
}

/** @param {Options} options @param {Choice} choice @param {string} kind */
const optionOf = (options, choice, kind) =>
  /** @type {Options[Choice][number]} */ (options[choice].find(({ value }) => value.kind === kind));

/** @param {unknown} value @returns {string} empty for null, which means: not in use */
const written = (value) => (value === null ? "" : Array.isArray(value) ? value.join(", ") : String(value));

/** The learning rate that the form shows. @param {State} state @param {Recipe} recipe @returns {number} */
function rateOf({ settings, options, shown }, recipe) {
  if (options && settings.optimizer !== undefined)
    return /** @type {Recipe["optimizer"]} */ (optionOf(options, "optimizer", settings.optimizer).value)
      .learning_rate;
  // A schedule starts from the optimizer's rate, not from the rate at the moment shown.
  const own = recipe.optimizer.learning_rate;
  return recipe.schedule.kind === "constant" ? (shown?.iteration.learning_rate ?? own) : own;
}

/**
 * A field for each number of a chosen kind, except the learning rate, which has its own field.
 * @typedef {{ readonly name: string, readonly label: string, readonly isList: boolean, readonly text: string }} Field
 */
/** @typedef {{ readonly kind: string, readonly about: string, readonly fields: readonly Field[] }} Chosen */
/**
 * The contents of the form.
 * @typedef {{ readonly texts: Readonly<Record<(typeof FIELDS)[number], string>>,
 *   readonly choices: Readonly<Record<Choice, Chosen>> }} Form
 */

/** @param {State} state @returns {Form | null} null while there is no run, or while the options are on their way */
export function formOf(state) {
  const { run, options, settings } = state;
  if (!run || !options) return null;
  const { recipe } = run;
  /** @param {Choice} choice @returns {Chosen} */
  const chosen = (choice) => {
    const kind = settings[choice] ?? recipe[choice].kind;
    const option = optionOf(options, choice, kind);
    const values = /** @type {Values} */ ({ ...(choice in settings ? option.value : recipe[choice]) });
    const fields = Object.keys(values)
      .filter((key) => key !== "kind" && key !== "learning_rate")
      .map((key) => ({
        name: `${choice}.${key}`,
        label: key.replaceAll("_", " "),
        isList: Array.isArray(values[key]),
        text: settings[`${choice}.${key}`] ?? written(values[key]),
      }));
    return { kind, about: option.about, fields };
  };
  const own = { ...recipe, learning_rate: rateOf(state, recipe) };
  return {
    texts: /** @type {Form["texts"]} */ (
      Object.fromEntries(FIELDS.map((field) => [field, settings[field] ?? String(own[field])]))
    ),
    choices: /** @type {Form["choices"]} */ (
      Object.fromEntries(CHOICES.map((choice) => [choice, chosen(choice)]))
    ),
  };
}

/** @param {string} text @returns {number} NaN for an empty field: the server asks for the number */
const numberOf = (text) => (text.trim() === "" ? NaN : Number(text));

/** The learning rate in the form, unchecked. @param {Form} form */
export const learningRateIn = ({ texts }) => numberOf(texts.learning_rate);

/** The part of a recipe that the form sets, unchecked. @param {Form} form @param {Options} options @returns {Partial<Recipe>} */
export function recipeIn(form, options) {
  const { texts, choices } = form;
  /** @param {Choice} choice */
  const valuesOf = (choice) => {
    const { kind, fields } = choices[choice];
    const entries = Object.entries(optionOf(options, choice, kind).value).map(([key, usual]) => {
      if (key === "kind") return [key, kind];
      if (key === "learning_rate") return [key, learningRateIn(form)];
      const text = (fields.find(({ name }) => name === `${choice}.${key}`)?.text ?? "").trim();
      if (Array.isArray(usual)) return [key, text === "" ? [] : text.split(",").map(Number)];
      return [key, text === "" && usual === null ? null : numberOf(text)];
    });
    return Object.fromEntries(entries);
  };
  return {
    seed: numberOf(texts.seed),
    batch_size: numberOf(texts.batch_size),
    epochs: numberOf(texts.epochs),
    dtype: /** @type {Recipe["dtype"]} */ (texts.dtype),
    ...Object.fromEntries(CHOICES.map((choice) => [choice, valuesOf(choice)])),
  };
}
