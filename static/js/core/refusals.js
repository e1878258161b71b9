/** What the server refuses. */

/**
 * The server's codes, and those of the browser: no answer, an answer of another shape, stopped by the person,
 * nothing to send.
 * @typedef {import("../wire.js").ErrorCode | "unreachable" | "unknown" | "stopped" | "empty"} Code
 */

/** A request that was refused. */
export class Refusal extends Error {
  /** @param {Code} code @param {string} message @param {string | null} [field] the input at fault */
  constructor(code, message, field = null) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

export const UNREACHABLE = new Refusal("unreachable", "The server does not answer. Is it still running?");
