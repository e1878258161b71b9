/** What a person asked for in a dialog is done; what the server would not do is said there. */

import { say } from "../dom.js";
import { Refusal } from "../transport.js";

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
