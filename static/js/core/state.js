/**
 * The state of the page, its actions, and the selectors that the views draw from. All pure.
 *
 * The run, the time and the explanations are here. What a dialog knows is a slice of the state, under the dialog's
 * name, with a reducer of its own in `views/<feature>/state.js`. `reducer.js` puts the reducers together.
 */

import { isPending, iterationsDone, slotAt, stepAt } from "./timeline.js";

/** @typedef {import("../wire.js").Run} Run */
/** @typedef {import("../wire.js").Recipe} Recipe */
/** @typedef {import("../wire.js").Progress} Progress */
/** @typedef {import("../wire.js").Iteration} Iteration */
/** @typedef {import("../wire.js").Window} Window */
/** @typedef {import("../wire.js").Explanation} Explanation */
/** @typedef {import("../wire.js").Chain} Chain */
/** @typedef {import("../wire.js").Cone} Cone */
/** @typedef {import("../wire.js").GradientCheck} GradientCheck */
/** @typedef {import("../wire.js").Cells} Cells */
/** @typedef {import("../wire.js").Preset} Preset */
/** @typedef {import("../wire.js").Sliding} Sliding */
/** @typedef {import("../wire.js").Options} Options */
/** @typedef {import("./typed_arrays.js").Numbers} Numbers */
/** @typedef {import("./timeline.js").Moment} Moment */
/** @typedef {import("./timeline.js").Unit} Unit */

/**
 * @typedef {{ readonly cells: Numbers, readonly mask: Numbers | null, readonly minimum: number | null, readonly maximum: number | null, readonly nonfinite: number,
 *   readonly isExact: boolean }} Values isExact: false for shades, which are for drawing only */
/** @typedef {ReadonlyMap<string, Values>} Tensors */
/** @typedef {{ readonly example: number, readonly look: number | null }} Choice a slot of the batch or, if look is not null, the number of a training example */

/**
 * What is on the stage: one moment, with every number that belongs to it. It is replaced as a whole, so the
 * picture never mixes two moments.
 * @typedef {object} Shown
 * @property {Moment} moment
 * @property {number} example the slot of the batch that is shown
 * @property {number | null} look the number of the chosen training example, in the batch or not; null: the slot is chosen
 * @property {import("../wire.js").IterationHead} iteration
 * @property {Tensors} tensors of the whole iteration
 * @property {Window | null} window of cells that the micro-step reads and writes
 * @property {Tensors} partial incomplete sums as they are at this moment
 * @property {boolean} isLive true if a frame brought it: large tensors are shades or missing
 */

/**
 * What each example of the batch adds to the gradient of a filter, and what the example on the stage would add that is not in it.
 * @typedef {{ readonly map: number, readonly examples: readonly Numbers[], readonly lookedAt: Numbers | null, readonly words: string }} Shares
 */

/**
 * What a layer with parameters does in focus: the cells that the step of its current cell reads and writes, the window view of
 * a convolution, the shares of the examples in its gradient, and its update with a sentence about what the step did for the
 * example shown; each null where it is not computed or does not apply. Not fresh while the next one is on its way.
 * @typedef {{ readonly layer: string, readonly phase: import("../wire.js").Segment["phase"], readonly window: Window | null,
 *   readonly view: Sliding | null, readonly shares: Shares | null,
 *   readonly update: { readonly after: Values, readonly words: string } | null, readonly isFresh: boolean }} Operation
 */

/**
 * @typedef {"builder" | "charts" | "check" | "compare" | "data" | "draw" | "evaluation" | "examples" | "lens" | "presets"
 *   | "settings" | "stack"} DialogName
 */

/**
 * @typedef {object} State
 * @property {Recipe | null} defaults
 * @property {readonly Preset[]} presets the worked examples
 * @property {{ preset: Preset, stop: number } | null} guide the open worked example and its stop
 * @property {Run | null} run
 * @property {Moment} moment that is wanted; `shown` follows as soon as its numbers are here
 * @property {number} example the wanted slot of the batch
 * @property {number | null} look the number of the training example that is chosen instead; null for none
 * @property {boolean} close true if the wanted moment was reached by a step of a single cell
 * @property {Shown | null} shown
 * @property {"explore" | "everything"} depth one layer in focus, or all of them open
 * @property {{ readonly isOn: boolean, readonly limits: ReadonlyMap<string, number> | null }} heldColours whether the colours of maps
 * mean the same at all steps and in all layers; limits: by kind of tensor, null until exact numbers are here
 * @property {State["depth"] | null} presentedFrom the depth to go back to while the page presents a layer; null: it does not
 * @property {{ readonly layer: string | null, readonly cells: Readonly<Record<string, number>>,
 *   readonly rows: { readonly offset: number, readonly count: number, readonly sort: "size" | "order" },
 *   readonly pinned: { readonly name: string, readonly cell: number } | null }} focus the layer that is open, the cell of each
 * tensor that was chosen, in the order of choosing, the page and the order of its channels, and the cell chosen since the last step
 * @property {Explanation | null} focusExplanation of the current cell of the layer in focus
 * @property {import("../wire.js").Graph | null} focusGraph of the layer in focus, where it is a function of one number
 * @property {import("../wire.js").Histogram | null} focusHistogram of the current channel, where the layer in focus normalises it
 * @property {"step" | "course"} focusSide what the focus of a layer with weights shows: the step, or its weights over time
 * @property {{ readonly iterations: readonly number[], readonly frames: Numbers, readonly limit: number } | null} filmstrip how the
 * weights of the layer in focus, or those of its current filter, looked before these iterations; limit: of all of the frames
 * @property {Operation | null} operation what the layer in focus does to make its current cell
 * @property {{ source: string, sequence: number, computed: number, losses: Float64Array, evaluations: Progress["evaluations"], status: Progress["status"], diverged: Progress["diverged"], stopped: Progress["stopped"] }} progress
 * @property {{ on: boolean, unit: Unit, speeds: import("./speed.js").Speeds, goal: number | null }} play of this page;
 * unit: of a step and of playing; goal: the accuracy to train to, if any
 * @property {boolean} pins true if the example on the stage stays while the page plays by iterations
 * @property {{ name: string, cell: number } | null} large the cell whose map is open large
 * @property {readonly ({ name: string, cell: number } & Choice)[]} trail the cells that led to the open one
 * @property {{ readonly offset: number, readonly sort: "size" | "order" }} page which terms of a sum are listed
 * @property {Explanation | null} explanation of the open cell
 * @property {{ readonly way: import("../wire.js").Way, readonly offset: number, readonly sort: "size" | "order" }} windowOptions
 * how the window view is shown, and from which row on
 * @property {{ readonly view: Sliding, readonly isFresh: boolean } | null} windowView of the open cell; not
 * fresh while the next one is on its way
 * @property {Chain | null} gradientPath from the loss to the open cell
 * @property {Cone | null} dependencies of the cell under the pointer
 * @property {ReadonlyMap<string, GradientCheck | "running">} checks gradient checks of the iteration shown, by layer
 * @property {readonly Cells[]} lit the cells of the term under the pointer, which are outlined
 * @property {{ name: string, cell: number, x: number, y: number } | null} hover
 * @property {"live" | "lost"} connection
 * @property {string | null} problem what went wrong, as a sentence
 * @property {"light" | "dark"} theme
 * @property {Options | null} options of a recipe, once they are loaded
 * @property {DialogName | null} dialog the one that is open
 * @property {{ readonly dialog: DialogName, readonly message: string } | null} refusal what the server refused in a dialog
 * @property {import("../views/cards/state.js").Batch} batch
 * @property {import("../views/builder/state.js").Builder} builder
 * @property {import("../views/compare/state.js").Compare} compare
 * @property {import("../views/data/state.js").Data} data
 * @property {import("../views/draw/state.js").Draw} draw
 * @property {import("../views/evaluation/state.js").Evaluation} evaluation
 * @property {import("../views/examples/state.js").Examples} examples
 * @property {import("../views/explain/state.js").Inspection} inspection
 * @property {import("../views/players/state.js").Players} players
 * @property {import("../views/settings/state.js").Settings} settings
 * @property {import("../views/uploads/state.js").Upload} upload
 */

/**
 * @typedef {(
 *   | { type: "defaults", defaults: Recipe, presets: readonly Preset[] }
 *   | { type: "open", run: Run, progress: Progress, moment: Moment, example: number, look?: number | null,
 *       large: State["large"], guide: State["guide"], isLeaders?: boolean }
 *   | { type: "guide", guide: State["guide"] }
 *   | { type: "want", moment: Moment, close: boolean }
 *   | { type: "example", example: number, look?: number | null }
 *   | { type: "show", shown: Shown }
 *   | { type: "frame", frame: import("../wire.js").Frame }
 *   | { type: "progress", progress: Progress }
 *   | { type: "play", play: Partial<Pick<State["play"], "on" | "unit" | "goal"> & { speed: import("./speed.js").Speed }> }
 *   | { type: "pins", pins: boolean }
 *   | { type: "large", large: State["large"], trail?: State["trail"] }
 *   | { type: "explained", explanation: State["explanation"] }
 *   | { type: "page", page: Partial<State["page"]> }
 *   | { type: "window options", windowOptions: Partial<State["windowOptions"]> }
 *   | { type: "window view", windowView: State["windowView"] }
 *   | { type: "gradient path", gradientPath: State["gradientPath"] }
 *   | { type: "dependencies", dependencies: State["dependencies"] }
 *   | { type: "check", layer: string, check: GradientCheck | "running" | null }
 *   | { type: "lit", lit: State["lit"] }
 *   | { type: "hover", hover: State["hover"] }
 *   | { type: "focus", layer: string }
 *   | { type: "choose", name: string, cell: number }
 *   | { type: "focus facts", facts: Partial<Pick<State, "focusExplanation" | "focusGraph" | "focusHistogram" | "filmstrip">> }
 *   | { type: "focus side", side: State["focusSide"] }
 *   | { type: "rows", rows: Partial<State["focus"]["rows"]> }
 *   | { type: "operation", operation: Operation | null }
 *   | { type: "depth", depth: State["depth"] }
 *   | { type: "hold colours", isOn: boolean }
 *   | { type: "present", on: boolean }
 *   | { type: "connection", connection: State["connection"] }
 *   | { type: "problem", problem: string | null }
 *   | { type: "theme", theme: State["theme"] }
 *   | { type: "options", options: Options }
 *   | { type: "dialog", open: DialogName }
 *   | { type: "dialog", close: DialogName }
 *   | { type: "refused", dialog: DialogName, message: string | null }
 *   | import("../views/cards/state.js").Action
 *   | import("../views/builder/state.js").Action
 *   | import("../views/compare/state.js").Action
 *   | import("../views/data/state.js").Action
 *   | import("../views/draw/state.js").Action
 *   | import("../views/evaluation/state.js").Action
 *   | import("../views/examples/state.js").Action
 *   | import("../views/explain/state.js").Action
 *   | import("../views/players/state.js").Action
 *   | import("../views/settings/state.js").Action
 *   | import("../views/uploads/state.js").Action
 * )} Action
 */

/** The accuracy that "Train to 97 %" trains to. */
export const GOAL = 0.97;
/** The number of terms of a sum on a page. */
export const PAGE = 12;
/** The number of rows of a window view: channels, filters or examples. */
export const ROWS = 3;

/** True while this page plays, or will play when the server answers. @param {State} state */
export const isPlaying = ({ play }) => play.on;

/** True while this page plays only when the server answers again. @param {State} state */
export const isWaiting = (state) => isPlaying(state) && state.connection === "lost";

/**
 * What the page shows but no longer keeps up to date: the news of the run and of other pages, and everything if the page
 * was moving. @param {State} state @returns {"nothing" | "news" | "everything"}
 */
export function staleIn(state) {
  if (state.connection === "live") return "nothing";
  return isPlaying(state) || state.players.following ? "everything" : "news";
}

/** True if the unit is whole iterations, by which the server plays; false for steps within an iteration. @param {{ unit: Unit }} play */
export const goesByIterations = ({ unit }) => unit === "iteration" || unit === "epoch";

/** True while the server moves this page or its leader, and sends frames. @param {State} state */
export const isLive = ({ play, players: { following } }) =>
  following
    ? following.playing && goesByIterations(following)
    : play.on && (play.goal !== null || goesByIterations(play));

/** True while the stage moves by itself. @param {State} state */
export const isMoving = ({ play, players: { following } }) => following?.playing ?? play.on;

/**
 * True if news are older than what is known.
 * @param {Progress} news @param {State["progress"]} known
 */
export const isLate = (news, known) => news.source === known.source && news.sequence <= known.sequence;

/** @param {State} state @param {Progress} news @returns {boolean} true if losses before the news are missing */
export const isGap = (state, news) => news.run === state.run?.id && news.since > state.progress.computed;

/** @param {State} state @param {DialogName} dialog */
export const isOpen = (state, dialog) => state.dialog === dialog;

/** What the server refused in a dialog, as a sentence. @param {State} state @param {DialogName} dialog @returns {string | null} */
export const refusalOf = ({ refusal }, dialog) => (refusal?.dialog === dialog ? refusal.message : null);

/**
 * The first iteration that an edit can change: the one after the iteration shown, which is computed already.
 * @param {State} state
 */
export function nextIteration({ moment, run, progress }) {
  const end = progress.stopped?.iteration ?? run?.iterations ?? 1;
  return Math.min(moment.iteration + 1, end - 1);
}

/** @param {State} state @returns {boolean} true if the wanted moment is shown cell by cell */
export function isClose({ run, moment, close }) {
  if (!run) return false;
  const { segment, cell } = stepAt(run, moment.position);
  return close || cell < segment.cells - 1;
}

/** @param {State} state @returns {boolean} true if the wanted moment is shown cell by cell, or has incomplete sums */
export const needsWindow = (state) =>
  isClose(state) || (state.run !== null && isPending(state.run, state.moment.position));

/** The example that is wanted of an iteration. @param {State} state @param {Run} run @param {number} iteration @returns {Choice} */
export const choiceAt = ({ example, look }, run, iteration) => ({
  example: slotAt(run, iteration, example),
  look,
});

/** The example on the stage, as requests name it. @param {Choice} shown @returns {Choice} */
export const choiceOf = ({ example, look }) => ({ example, look });

/** True if a moment shows the wanted example. @param {Choice} shown @param {Choice} wanted */
export const isChosen = (shown, { example, look }) =>
  shown.look === look && (look !== null || shown.example === example);

/** @param {State} state @returns {import("../wire.js").Example | undefined} the example on the stage */
export const exampleOf = ({ shown }) =>
  shown?.iteration.looked_at ?? shown?.iteration.examples[shown.example];

/** True if the example on the stage is not in the batch: it is shown, but not trained on. @param {State} state */
export const isBesideBatch = ({ shown }) => Boolean(shown?.iteration.looked_at);

/** @param {State} state @returns {import("../wire.js").Evaluation | undefined} the latest one at the moment shown */
export function evaluationOf({ progress, run, shown }) {
  return shown && run ? evaluationAt(progress, iterationsDone(run, shown.moment)) : undefined;
}

/** @param {State["progress"]} progress @param {number} iteration @returns {import("../wire.js").Evaluation | undefined} */
export const evaluationAt = ({ evaluations }, iteration) =>
  evaluations.findLast((evaluation) => evaluation.iteration <= iteration);

/**
 * What the page says about itself or its run before all else, as a sentence: a problem, or else a lost connection, or else a run that cannot go on.
 * @param {State} state @returns {string | null}
 */
export function noticeOf({ problem, connection, progress }) {
  if (problem !== null) return problem;
  if (connection === "lost") return "Connection lost. Trying again …";
  if (progress.status === "failed")
    return "The server made a mistake while it computed this run. Its log says more; what is computed can be read as before.";
  return progress.diverged?.message ?? null;
}
