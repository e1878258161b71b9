/** The state of the example picker: a page of the open run's training examples. All pure. */

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Examples} Page */

/** @typedef {{ readonly page: Page | null }} Examples */
/** @typedef {{ type: "examples", page: Page }} Action */

/** The number of examples on a page. */
export const COUNT = 60;

/** @type {Examples} */
export const INITIAL = { page: null };

/**
 * @param {Examples} examples @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Examples}
 */
export function reduce(examples, action, state) {
  switch (action.type) {
    case "open":
      return action.run.id === state.run?.id ? examples : INITIAL;
    case "examples":
      return { page: action.page };
    default:
      return examples;
  }
}
