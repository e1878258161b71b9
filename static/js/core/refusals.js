/** What the server refuses, and how a dialog says so. */

import { say } from "../graphics/dom.js";

/**
 * The server's codes, and those of the browser: no answer, an answer of another shape, stopped by the person,
 * nothing to send.
 * @typedef {import("../wire.js").ErrorCode | "unreachable" | "unknown" | "stopped" | "empty"} Code
 */

/** A request that cannot be granted. */
export class Refusal extends Error {
  /** @param {Code} code @param {string} message @param {string | null} [field] the input at fault */
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
