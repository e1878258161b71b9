/** The state of the network builder: the draft of a network, and the server's report on it. All pure. */

import { draftOf } from "./draft.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("../../wire.js").Blueprint} Blueprint */
/** @typedef {import("../../wire.js").Networks} Networks */

/** Why a draft does not fit. @typedef {{ readonly message: string, readonly field: string | null, readonly fixes: Blueprint["fixes"] }} Trouble */
/** The server's report on a draft; `shapes` is null where it could not read the draft. @typedef {{ readonly shapes: Blueprint | null, readonly trouble: Trouble | null }} Report */

/**
 * @typedef {object} Builder
 * @property {Networks | null} networks the layers and the networks to choose from, once they are here
 * @property {Draft | null} draft the open run's network, or what a person has made of it
 * @property {Report | null} report on this draft, or on the one before while `isOld`; null before the first
 * @property {boolean} isOld
 */

/**
 * @typedef {(
 *   | { type: "networks", networks: Networks }
 *   | { type: "draft", draft: Draft, isNew: boolean }
 *   | { type: "described", draft: Draft, report: Report }
 * )} Action
 */

/** @type {Builder} */
export const INITIAL = { networks: null, draft: null, report: null, isOld: true };

/**
 * @param {Builder} builder @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Builder}
 */
export function reduce(builder, action, state) {
  const { draft, report } = builder;
  switch (action.type) {
    case "open":
      if (action.run.id === state.run?.id) return builder;
      return { ...builder, draft: draftOf(action.run.recipe, draft?.next), report: null, isOld: true };
    case "dialog":
      // The networks to choose from depend on the data sets, which can change.
      return { ...builder, networks: null };
    case "networks":
      return { ...builder, networks: action.networks };
    case "draft":
      // The report on another network is not shown beside a new one.
      return { ...builder, draft: action.draft, report: action.isNew ? null : report, isOld: true };
    case "described":
      return action.draft === draft ? { ...builder, report: action.report, isOld: false } : builder;
    default:
      return builder;
  }
}
