/** What the server refuses, and how a dialog says so. */

import { say } from "../graphics/dom.js";

/** What the server would not do, or that it could not be reached (code "unreachable"). */
export class Refusal extends Error {
  /** @param {string} code @param {string} message @param {string | null} [field] the input at fault */
  constructor(code, message, field = null) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/**
 * @param {HTMLElement} problem where a refusal is told, until the next thing is asked for
 * @returns {(action: () => Promise<void>) => Promise<void>}
 */
export const attempting = (problem) => async (action) => {
  problem.hidden = true;
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(problem, error.message);
    problem.hidden = false;
  }
};
