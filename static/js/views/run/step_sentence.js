/** The step shown, in words and with its numbers. */

import { exampleName, indexOf, percent, plural, short, withArticle } from "../../graphics/format.js";
import { exampleOf, infoOf, isBesideBatch, valueAt } from "../../core/state.js";
import { stepAt } from "../../core/timeline.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Cells} Cells */

/** @param {readonly Cells[]} list @returns {string} "9 cells of input.out, 9 cells of conv1.w and 1 cell of conv1.b" */
function listed(list) {
  const parts = list
    .filter(({ cells }) => cells.length > 0)
    .map(({ name, cells }) => `${plural(cells.length, "cell")} of ${name}`);
  return parts.length < 2
    ? parts.join("")
    : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

/** The cell that was just computed. @param {State} state @returns {string} */
function cellText(
  state,
  /** @type {string} */ name,
  /** @type {number} */ cell,
  /** @type {boolean} */ accumulates,
) {
  const { run, shown } = state;
  const info = run && infoOf(run, name);
  if (!info || !shown?.window) return "";
  const value = valueAt(state, name, cell);
  const index = indexOf(cell, info.shape).join(", ");
  const read = shown.window.reads.filter((cells) => cells.name !== name);
  // A tensor without a batch axis is computed from all examples. The window holds the cells of one of them.
  const examples = shown.iteration.examples.length;
  const isOfAll =
    examples > 1 &&
    info.scope !== "example" &&
    read.some((cells) => infoOf(run, cells.name)?.scope === "example");
  const reads = listed(read) + (isOfAll ? ` in each of the ${examples} examples` : "");
  const equals = `${name}[${index}] = ${value === null ? "?" : short(value)}`;
  if (!accumulates) return `${equals}${reads ? `, made from ${reads}` : ""}.`;
  return `${equals} is passed back over ${listed(shown.window.writes)}.`;
}

/** The text about what the page waits for. @param {State} state @returns {string} */
function waiting({ moment, progress }) {
  if (moment.iteration < progress.computed) return "Loading …";
  const count = progress.computed.toLocaleString("en");
  return `Computing the run up to iteration ${moment.iteration.toLocaleString("en")}: ${count} iterations so far …`;
}

/** True while the moment that is wanted is being computed. @param {State} state */
const isAhead = ({ moment, shown, progress, connection }) =>
  connection === "live" && moment.iteration >= progress.computed && moment !== shown?.moment;

/** @param {State} state @returns {string} */
export function sentence(state) {
  const { run, shown } = state;
  if (!run) return "";
  if (!shown || isAhead(state)) return waiting(state);
  const { iteration, position } = shown.moment;
  const { segment, cell } = stepAt(run, position);
  const layer = run.layers.find(({ name }) => name === segment.layer);
  const example = exampleOf(state);
  if (!layer || !example) return "";
  const count = segment.cells > 1 && cell < segment.cells - 1 ? ` (${cell + 1} of ${segment.cells})` : "";
  const detail = shown.window ? cellText(state, segment.name, cell, segment.accumulates) : "";
  const { label } = example;
  if (segment.layer === "input") {
    const kind = label === null ? "" : `, ${withArticle(run.classes[label])}`;
    const what = isBesideBatch(state) ? `${kind}, which is not in its batch` : kind;
    return `Iteration ${iteration} begins: the network is shown ${exampleName(example.index)}${what}.`;
  }
  if (segment.phase === "forward") return `${layer.name}${count}: ${detail || layer.forward}`;
  if (segment.phase === "loss") {
    const loss = valueAt(state, "loss.loss", 0);
    const probability = label === null ? null : valueAt(state, "loss.probabilities", label);
    const likely =
      probability === null || label === null
        ? ""
        : ` The ${run.classes[label]} gets ${percent(probability)}.`;
    const made = loss === null ? "" : ` The loss of this example is ${short(loss)}.`;
    return `loss${count}: ${detail || layer.forward}${likely}${made}`;
  }
  if (segment.phase === "backward") return `${layer.name}${count}: ${detail || layer.backward}`;
  if (position === run.positions && !shown.window) {
    const { stopped } = state.progress;
    if (iteration + 1 === stopped?.iteration) return stopped.message;
    const next =
      iteration + 1 === run.iterations
        ? "That was the last one of this run."
        : "The next one starts from w + Δw.";
    return `Step ${iteration} done: ${shown.iteration.update}. ${next}`;
  }
  return `update of ${layer.name}${count}: ${detail || `${shown.iteration.update}.`}`;
}
