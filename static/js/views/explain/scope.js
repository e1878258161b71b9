/** Whose numbers a tensor has: those of one example, of the whole batch, or of the network. Pure. */

import { isBesideBatch } from "../../core/state.js";
import { SCOPES } from "../../words/explain.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */

/** @param {TensorInfo} info @param {State} state @returns {string} */
export function scopeText(info, state) {
  const examples = state.shown?.iteration.examples.length ?? 1;
  if (info.scope === "network") return SCOPES.network;
  const isBeside = isBesideBatch(state);
  if (info.scope === "example" && isBeside) return SCOPES.beside;
  if (info.scope === "example")
    return examples > 1 ? SCOPES.exampleOf((state.shown?.example ?? 0) + 1, examples) : SCOPES.example;
  // An example that is looked at takes part in the statistics of its own pass, and leaves none behind.
  if (info.parameter === null && isBeside && !info.tensor.startsWith("new_")) return SCOPES.batchWith;
  if (info.parameter === null) return SCOPES.batch;
  const mean = SCOPES.mean(examples);
  return isBeside ? SCOPES.without(mean) : mean;
}
