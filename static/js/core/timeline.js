/**
 * Arithmetic over the segments of a run, which the server sends. A moment is an iteration and a position. At position p
 * (1 to `run.positions`), p micro-steps of that iteration are done.
 */

import { sizeOfShape } from "./typed_arrays.js";

/** @typedef {import("../wire.js").Run} Run */
/** @typedef {import("../wire.js").Segment} Segment */
/** @typedef {{ readonly iteration: number, readonly position: number }} Moment */
/** @typedef {"cell" | "layer" | "phase" | "iteration" | "epoch"} Unit */
/** @typedef {{ readonly layers?: Run["layers"], readonly segments: readonly Segment[], readonly positions: number, readonly iterations: number, readonly iterations_per_epoch: number }} Timeline */

/** From the smallest step to the largest. @type {readonly Unit[]} */
export const UNITS = ["cell", "layer", "phase", "iteration", "epoch"];

/** @type {Moment} */
export const BEGINNING = { iteration: 0, position: 1 };

/** @param {Segment} segment */
export const endOf = (segment) => segment.start + segment.cells;

/** @param {Timeline} run @param {number} position @returns {{ segment: Segment, cell: number }} the micro-step just done */
export function stepAt(run, position) {
  const segment = run.segments.find((s) => position <= endOf(s)) ?? run.segments[run.segments.length - 1];
  return { segment, cell: position - segment.start - 1 };
}

/**
 * The positions at which a unit ends, within one iteration, in order.
 * @param {Timeline} run @param {"layer" | "phase"} unit
 */
function ends(run, unit) {
  /** @param {Segment | undefined} s */
  const group = (s) => s && (unit === "phase" ? s.phase : `${s.phase} ${s.layer}`);
  return run.segments.filter((s, i) => group(s) !== group(run.segments[i + 1])).map(endOf);
}

/** @param {Timeline} run @param {Moment} moment @returns {Moment} the nearest one that the run has */
export function clamp(run, { iteration, position }) {
  if (iteration < 0) return BEGINNING;
  if (iteration >= run.iterations) return { iteration: run.iterations - 1, position: run.positions };
  return { iteration, position: Math.min(Math.max(position, 1), run.positions) };
}

/**
 * The nearest end of a unit before or after a moment: the first one whose name for that unit differs.
 * @param {Timeline} run @param {Moment} moment @param {Unit} unit @param {1 | -1} direction @returns {Moment}
 */
export function step(run, { iteration, position }, unit, direction) {
  const last = run.positions;
  if (unit === "cell") {
    if (direction > 0 && position === last) return clamp(run, { iteration: iteration + 1, position: 1 });
    if (direction < 0 && position === 1) return clamp(run, { iteration: iteration - 1, position: last });
    return { iteration, position: position + direction };
  }
  if (unit === "iteration" || unit === "epoch") {
    const length = unit === "epoch" ? run.iterations_per_epoch : 1;
    const ending = Math.floor(iteration / length) * length + length - 1;
    const atEnd = iteration === ending && position === last;
    const target = direction > 0 ? (atEnd ? ending + length : ending) : ending - length;
    return clamp(run, { iteration: target, position: last });
  }
  const stops = ends(run, unit);
  if (direction > 0) {
    const next = stops.find((p) => p > position);
    return clamp(
      run,
      next ? { iteration, position: next } : { iteration: iteration + 1, position: stops[0] },
    );
  }
  const previous = stops.findLast((p) => p < position);
  return clamp(
    run,
    previous ? { iteration, position: previous } : { iteration: iteration - 1, position: last },
  );
}

/**
 * The slot of an iteration's batch to show: the wanted one, or the last where an epoch's last batch is smaller.
 * @param {Run} run @param {number} iteration @param {number} wish
 */
export function slotAt(run, iteration, wish) {
  const before = (iteration % run.iterations_per_epoch) * run.recipe.batch_size;
  return Math.min(wish, run.recipe.batch_size - 1, run.train_examples - before - 1);
}

/**
 * The number of iterations that are done at a moment, whose updates the network's parameters have.
 * @param {Timeline} run @param {Moment} moment
 */
export const iterationsDone = (run, { iteration, position }) =>
  position === run.positions ? iteration + 1 : iteration;

/** @param {Run} run @param {string} name @returns {number} its cells; 0 for a tensor that the run does not have */
function sizeOfTensor(run, name) {
  const info = run.layers.flatMap((layer) => layer.tensors).find((tensor) => tensor.name === name);
  return info ? sizeOfShape(info.shape) : 0;
}

/**
 * How much of a tensor is computed at a position.
 * @param {Run} run @param {number} position @param {string} name
 * @returns {"all" | "none" | "partial" | number} a number n: the first n cells; partial: the server knows
 */
export function computed(run, position, name) {
  // Several layers can read one output: each of them sends a gradient back to it.
  const writers = run.segments.filter((s) => s.writes.includes(name));
  const last = writers.at(-1);
  if (!last || position >= endOf(last)) return "all";
  if (position <= writers[0].start) return "none";
  if (last.accumulates) return "partial";
  // A segment can also write a tensor whose cells it does not count. That tensor is complete at the segment's end.
  return sizeOfTensor(run, name) === last.cells ? position - last.start : "none";
}

/**
 * True while a gradient has the contribution of one layer and lacks that of another, which has not begun.
 * @param {Run} run @param {number} position
 */
export function isPending(run, position) {
  const { segment } = stepAt(run, position);
  if (segment.phase !== "backward") return false;
  const ahead = run.segments.filter((s) => s.start >= position && s.phase === "backward");
  return run.segments.some(
    (s) =>
      s.accumulates && s.start < position && s.writes.some((w) => ahead.some((a) => a.writes.includes(w))),
  );
}

/** The position at which a tensor is first computed whole; 0 for one that is given. @param {Pick<Run, "segments">} run @param {string} name */
export function endOfMaking({ segments }, name) {
  const maker = segments.find(({ writes }) => writes.includes(name));
  return maker ? endOf(maker) : 0;
}

/** The end of a phase, by name. @param {Timeline} run @param {Segment["phase"]} phase */
export const phaseEnd = (run, phase) => Math.max(...run.segments.filter((s) => s.phase === phase).map(endOf));

/**
 * The moment that a new run shows first: the first operation, with half of its first map done.
 * @param {Timeline} run @returns {Moment}
 */
export function firstSight(run) {
  const first = run.segments[Math.min(1, run.segments.length - 1)];
  const out = run.layers?.find(({ name }) => name === first.layer)?.shape ?? [first.cells];
  const [rows, columns] = out.length > 1 ? out.slice(-2) : [1, out[0]];
  const half = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
  return { iteration: 0, position: first.start + 1 + Math.min(half, first.cells - 1) };
}

/**
 * The layers of one iteration in order of computation, phase by phase, as clickable stretches.
 * @param {Timeline} run @returns {{ phase: Segment["phase"], layers: { layer: string, start: number, end: number }[] }[]}
 */
export function chapters(run) {
  /** @type {ReturnType<typeof chapters>} */
  const out = [];
  for (const s of run.segments) {
    const phase = out.at(-1)?.phase === s.phase ? out[out.length - 1] : undefined;
    const layer = phase?.layers.at(-1);
    if (!phase) out.push({ phase: s.phase, layers: [{ layer: s.layer, start: s.start, end: endOf(s) }] });
    else if (layer?.layer === s.layer) layer.end = endOf(s);
    else phase.layers.push({ layer: s.layer, start: s.start, end: endOf(s) });
  }
  return out;
}

/** @param {Timeline} run @param {Moment} moment @returns {string} such as 3/backward/conv2/dout/17 */
export function formatMoment(run, { iteration, position }) {
  const { segment, cell } = stepAt(run, position);
  return `${iteration}/${segment.phase}/${segment.layer}/${segment.tensor}/${cell}`;
}

/**
 * @param {Timeline} run @param {string} text @returns {Moment | null} null when the run has no such moment.
 * Parts may be left out from the right: 3/backward is the end of that phase, 3 the end of that iteration.
 */
export function parseMoment(run, text) {
  const [iteration, phase, layer, tensor, cell] = text.split("/");
  if (!/^\d+$/.test(iteration) || Number(iteration) >= run.iterations) return null;
  const found = run.segments.filter(
    (s) =>
      (phase === undefined || s.phase === phase) &&
      (layer === undefined || s.layer === layer) &&
      (tensor === undefined || s.tensor === tensor),
  );
  const segment = found.at(-1);
  if (!segment) return null;
  if (cell === undefined) return { iteration: Number(iteration), position: endOf(segment) };
  if (!/^\d+$/.test(cell) || Number(cell) >= segment.cells) return null;
  return { iteration: Number(iteration), position: segment.start + Number(cell) + 1 };
}
