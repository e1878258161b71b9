/**
 * Everything that a person can do, as effects. Only they use the store, the network and the address bar together.
 *
 * The pattern, for each feature of the page (a panel or a dialog):
 *
 * 1. `views/<feature>/state.js` is its slice of the state: an `INITIAL` value, a `reduce(slice, action, stateBefore)`,
 *    its own `Action` type, and selectors. All of it is pure. `core/reducer.js` lists the slice under the feature's name.
 *    The action `open` resets what belongs to a run.
 * 2. `core/effects/<feature>.js` talks to the server: it reads the state, sends requests, and dispatches the answers. An answer
 *    that comes too late (another run, a newer question, a closed dialog) is dropped. A refusal becomes a sentence in
 *    the state: `attemptsIn` for a dialog, `report` for the page.
 * 3. `views/<feature>/dialog.js` exports `mountFeature(root, { store, effects })`. It returns a function that draws a
 *    state. It knows nothing else: no transport, no other feature, and nothing that a redraw could not restore.
 *
 * Any code opens a dialog by the action `{ type: "dialog", open: "settings" }`. The effects of the dialog fetch what it
 * shows (`whenShown`), and its view opens the `<dialog>` (`modal`) when it has something to show. `whenShown` calls
 * again when another run opens behind the dialog. The verbs of a feature are under its name:
 * `effects.evaluation.begin()`; those of the run, of the time and of the explanations are not: `effects.seek(...)`.
 */

import { createAddress } from "./effects/address.js";
import { createBatch } from "./effects/batch.js";
import { createBuilder } from "./effects/builder.js";
import { createCompare } from "./effects/compare.js";
import { createConnection, pause } from "./effects/connection.js";
import { createData } from "./effects/data.js";
import { createDraw } from "./effects/draw.js";
import { createEvaluation } from "./effects/evaluation.js";
import { createFocus } from "./effects/focus.js";
import { createFollowing } from "./effects/following.js";
import { followWithFacts } from "./effects/focus_facts.js";
import { createExamples } from "./effects/examples.js";
import { createCells, followWithExplanations } from "./effects/explanations.js";
import { createInspection } from "./effects/inspection.js";
import { createLoading } from "./effects/loading.js";
import { createPlayback } from "./effects/playback.js";
import { createPlayer } from "./effects/player.js";
import { createRuns } from "./effects/runs.js";
import { createSettings } from "./effects/settings.js";
import { createTime } from "./effects/time.js";
import { createUploads } from "./effects/uploads.js";
import { createWorkedExample } from "./effects/worked_example.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {typeof import("./transport.js")} Transport */
/** @typedef {ReturnType<typeof import("./store.js").createStore<State, Action>>} Store */

/**
 * What all effects are made from.
 * @typedef {import("./effects/connection.js").Connection & { readonly store: Store, readonly transport: Transport,
 *   readonly playback: ReturnType<typeof createPlayback>, readonly player: import("./effects/player.js").PlayerEffects,
 *   readonly pause: typeof pause }} Base
 */
/** What the effects of a feature are made from: the run can be changed, too. @typedef {Base & ReturnType<typeof createRuns>} Tools */
/** What every view gets. @typedef {{ readonly store: Store, readonly effects: Effects }} App */

/** @param {Store} store @param {Transport} transport @param {import("./address_bar.js").AddressBar} bar @param {import("./identity.js").Identity} identity */
export function createEffects(store, transport, bar, identity) {
  const connection = createConnection(store, transport);
  const loading = createLoading(store, transport, connection);
  const playback = createPlayback(store, loading);
  const player = createPlayer(store, transport, connection, identity);
  /** @type {Base} */
  const base = { store, transport, playback, player, pause, ...connection };
  followWithExplanations(store, transport, connection);
  followWithFacts(store, transport, connection);
  const time = createTime(base);
  const address = createAddress(base, bar);
  const { openAddress, openPage, checkConnection, ...players } = createFollowing(
    { ...base, ...address },
    bar,
  );
  const runs = createRuns({ ...base, ...address });
  /** @type {Tools} */
  const tools = { ...base, ...runs };
  const data = createData(tools);
  return {
    report: connection.report,
    withRun: connection.withRun,
    openAddress,
    openPage,
    checkConnection,
    players,
    ...time,
    ...runs,
    ...createWorkedExample({ ...base, ...address, ...runs }),
    ...createCells(store, time),
    ...createInspection(base),
    ...createFocus(base),
    batch: createBatch(base),
    builder: createBuilder(tools),
    compare: createCompare(tools),
    data,
    draw: createDraw({ ...tools, ...time }),
    evaluation: createEvaluation({ ...tools, ...time }),
    examples: createExamples(tools),
    settings: createSettings(tools),
    uploads: createUploads(tools, data),
  };
}

/** @typedef {ReturnType<typeof createEffects>} Effects */
