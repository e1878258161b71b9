/** The network: one function for each request, and for the address of each event stream. */

import * as events from "./events.js";
import { post, put, query, request, send } from "./http.js";
import { PAGE, ROWS } from "./state.js";

/** @typedef {import("./state.js").Choice} Choice */

export const listen = events.listen;
export { giveUp } from "./http.js";

/** @returns {Promise<import("../wire.js").Recipe>} */
export const getRecipe = () => request("/api/recipe");

/** @param {unknown} recipe @returns {Promise<import("../wire.js").Run>} */
export const createRun = (recipe) => post("/api/runs", recipe);

/** @param {string} run @param {number} since @returns {Promise<import("../wire.js").Progress>} */
export const getTimeline = (run, since) => request(`/api/runs/${run}/timeline${query({ since })}`);

/**
 * Computes a run as far as an iteration needs, and reads the iteration.
 * @param {string} run @param {number} iteration @param {import("../wire.js").ReachCommand} question
 * @param {AbortSignal} [signal] stops it
 * @returns {Promise<import("../wire.js").Reached>}
 */
export const reach = (run, iteration, question, signal) =>
  post(`/api/runs/${run}/iterations/${iteration}`, question, signal);

/**
 * @param {string} run @param {number} iteration @param {Choice} choice
 * @param {{ phase: string, layer: string, tensor: string }} segment @param {number} cell
 * @returns {Promise<import("../wire.js").Window>}
 */
export const getWindow = (run, iteration, choice, { phase, layer, tensor }, cell) =>
  request(
    `/api/runs/${run}/iterations/${iteration}/window${query({ phase, layer, tensor, cell, ...choice })}`,
  );

/**
 * @param {string} run @param {number} iteration @param {Choice} choice @param {string} name @param {number} cell
 * @param {{ offset: number, sort: "size" | "order", count?: number }} page
 * @param {{ done: number, at: string } | null} done how many windows of which layer have been added to a gradient that
 * is not complete; null for a complete one
 * @returns {Promise<import("../wire.js").Explanation>}
 */
export function getExplanation(run, iteration, choice, name, cell, page, done) {
  const search = query({ name, cell, ...choice, count: PAGE, ...page, ...done });
  return request(`/api/runs/${run}/iterations/${iteration}/explanation${search}`);
}

/**
 * @param {string} run @param {number} iteration @param {Choice} choice @param {string} name @param {number} cell
 * @returns {Promise<import("../wire.js").Cone>}
 */
export const getDependencies = (run, iteration, choice, name, cell) =>
  request(`/api/runs/${run}/iterations/${iteration}/cone${query({ name, cell, ...choice })}`);

/**
 * @param {string} run @param {number} iteration @param {Choice} choice @param {string} layer @param {number} cell
 * @returns {Promise<import("../wire.js").Graph>}
 */
export const getGraph = (run, iteration, choice, layer, cell) =>
  request(`/api/runs/${run}/iterations/${iteration}/graph${query({ layer, cell, ...choice })}`);

/**
 * @param {string} run @param {number} iteration @param {string} layer @param {number} channel
 * @returns {Promise<import("../wire.js").Histogram>}
 */
export const getHistogram = (run, iteration, layer, channel) =>
  request(`/api/runs/${run}/iterations/${iteration}/histogram${query({ layer, channel })}`);

/**
 * @param {string} run @param {number} iteration @param {Choice} choice
 * @param {string} layer @param {string} parameter @param {number} cell
 * @returns {Promise<import("../wire.js").Chain>}
 */
export const getGradientPath = (run, iteration, choice, layer, parameter, cell) =>
  request(`/api/runs/${run}/iterations/${iteration}/chain${query({ layer, parameter, cell, ...choice })}`);

/**
 * @param {string} run @param {number} iteration @param {string} name @param {number} cell
 * @returns {Promise<import("../wire.js").WeightHistory>}
 */
export const getWeightHistory = (run, iteration, name, cell) =>
  request(`/api/runs/${run}/iterations/${iteration}/weight-history${query({ name, cell })}`);

/**
 * @param {string} run @param {number} iteration @param {string} layer
 * @returns {Promise<import("../wire.js").GradientCheck>}
 */
export const getCheck = (run, iteration, layer) =>
  request(`/api/runs/${run}/iterations/${iteration}/check${query({ layer })}`);

/**
 * @param {string} run @param {number} iteration @param {Choice} choice @param {string} name @param {number} cell
 * @param {{ way: import("../wire.js").Way, offset: number, sort: "size" | "order" }} how
 * @param {number | null} done after how many windows, null: all
 * @returns {Promise<import("../wire.js").Sliding>}
 */
export function getWindowView(run, iteration, choice, name, cell, how, done) {
  const search = query({ name, cell, ...choice, done, count: ROWS, ...how });
  return request(`/api/runs/${run}/iterations/${iteration}/sliding${search}`);
}

/**
 * @param {string} run @param {number} iteration @param {Choice} choice @param {string} name of a parameter
 * @param {number} map along its first axis, such as a filter
 * @returns {Promise<import("../wire.js").GradientShares>}
 */
export const getShares = (run, iteration, choice, name, map) =>
  request(`/api/runs/${run}/iterations/${iteration}/shares${query({ name, map, ...choice })}`);

/**
 * @param {string} run @param {number} iteration
 * @returns {Promise<import("../wire.js").Batch>}
 */
export const getBatch = (run, iteration) => request(`/api/runs/${run}/iterations/${iteration}/batch`);

/**
 * @param {string} run @param {number} iteration @param {string} name of a parameter
 * @returns {Promise<import("../wire.js").ParameterUpdate>}
 */
export const getUpdate = (run, iteration, name) =>
  request(`/api/runs/${run}/iterations/${iteration}/update${query({ name })}`);

/**
 * @param {string} run @param {number} iteration up to which @param {string} name of a parameter
 * @param {number | null} map along its first axis, such as a filter; null for all @param {number} count the most frames
 * @returns {Promise<import("../wire.js").Filmstrip>}
 */
export const getFilmstrip = (run, iteration, name, map, count) =>
  request(`/api/runs/${run}/iterations/${iteration}/filmstrip${query({ name, map, count })}`);

/**
 * @param {string} run @param {number} iteration @param {Choice} choice
 * @returns {Promise<import("../wire.js").StepEffect>}
 */
export const getStepEffect = (run, iteration, choice) =>
  request(`/api/runs/${run}/iterations/${iteration}/step-effect${query({ ...choice })}`);

/**
 * @param {string} run @param {number} iteration @param {number} position
 * @returns {Promise<import("../wire.js").Stack>}
 */
export const getStack = (run, iteration, position) =>
  request(`/api/runs/${run}/iterations/${iteration}/stack${query({ position })}`);

/**
 * @param {string} run @param {number} iteration @param {Choice} choice @param {string} name @param {number} cell
 * @param {number} amount @param {{ name: string, cell: number } | null} watched
 * @returns {Promise<import("../wire.js").Nudge>}
 */
export function getNudge(run, iteration, choice, name, cell, amount, watched) {
  const search = query({
    name,
    cell,
    ...choice,
    amount,
    watch: watched?.name ?? null,
    watch_cell: watched?.cell ?? null,
  });
  return request(`/api/runs/${run}/iterations/${iteration}/nudge${search}`);
}

/**
 * @param {string} run @param {number} iteration @param {Choice} choice
 * @param {import("../wire.js").Segment} segment @param {number} cell the one of the segment that is done last
 * @param {string | null} name one of the tensors that it writes @param {number | null} at a cell of that tensor
 * @returns {Promise<import("../wire.js").Lens>}
 */
export function getLens(run, iteration, choice, { phase, layer, tensor }, cell, name, at) {
  const search = query({ phase, layer, tensor, cell, ...choice, name, at });
  return request(`/api/runs/${run}/iterations/${iteration}/lens${search}`);
}

/** @returns {Promise<import("../wire.js").Options>} */
export const getOptions = () => request("/api/options");

/** @returns {Promise<readonly import("../wire.js").Preset[]>} */
export const getPresets = () => request("/api/presets");

/** @param {string} run @param {number} iteration how many are done @returns {Promise<import("../wire.js").Survey>} */
export const beginEvaluation = (run, iteration) => post(`/api/runs/${run}/evaluation`, { iteration });

/** @param {string} run @param {number} iteration how many are done @returns {Promise<import("../wire.js").Survey>} */
export const getEvaluation = (run, iteration) =>
  request(`/api/runs/${run}/evaluation${query({ iteration })}`);

/** @param {string} run @param {number} iteration how many are done @returns {Promise<import("../wire.js").Survey>} */
export const cancelEvaluation = (run, iteration) =>
  request(`/api/runs/${run}/evaluation${query({ iteration })}`, { method: "DELETE" });

/**
 * @param {string} run @param {import("../wire.js").Split} part
 * @param {{ iteration: number, label: number | null, answer: number | null, start: number, count: number }} which
 * @returns {Promise<import("../wire.js").Answers>}
 */
export const getAnswers = (run, part, which) => request(`/api/runs/${run}/evaluation/${part}${query(which)}`);

/** @param {unknown} sweep @returns {Promise<import("../wire.js").SweepReport>} */
export const beginSweep = (sweep) => post("/api/sweeps", sweep);

/** @param {string} sweep @returns {Promise<import("../wire.js").SweepReport>} */
export const getSweep = (sweep) => request(`/api/sweeps/${sweep}`);

/** @param {string} sweep @returns {Promise<import("../wire.js").SweepReport>} */
export const cancelSweep = (sweep) => request(`/api/sweeps/${sweep}`, { method: "DELETE" });

/** @returns {Promise<import("../wire.js").Networks>} */
export const getNetworks = () => request("/api/networks");

/** @param {import("../wire.js").Recipe} recipe @returns {Promise<import("../wire.js").Blueprint>} */
export const describeNetwork = (recipe) => post("/api/networks", recipe);

/**
 * @param {unknown} recipe that divides the data @param {import("../wire.js").Split} part
 * @param {number} start @param {number} count @param {number | null} [label] only those of this class
 * @returns {Promise<import("../wire.js").Examples>}
 */
export const getExamples = (recipe, part, start, count, label = null) =>
  post(`/api/data/examples/${part}${query({ start, count, label })}`, recipe);

/** @returns {Promise<readonly import("../wire.js").DatasetInfo[]>} */
export const getDatasets = () => request("/api/data");

/** @param {string} dataset @returns {Promise<import("../wire.js").DatasetDetail>} */
export const getDataset = (dataset) => request(`/api/data/${dataset}`);

/** @param {unknown} recipe @returns {Promise<import("../wire.js").Preview>} */
export const getPreview = (recipe) => post("/api/data/preview", recipe);

/** @param {string} dataset @param {"POST" | "DELETE"} method to begin a download, or to stop it
 * @returns {Promise<import("../wire.js").DatasetInfo>} */
export const bringDataset = (dataset, method) => request(`/api/data/${dataset}/download`, { method });

/**
 * @param {"pictures" | "signals"} kind @param {Record<string, string>} how to interpret it @param {Blob} body
 * @param {{ progress: (part: number) => void, signal: AbortSignal }} on `progress` gets the fraction that is sent; `signal` aborts
 * @returns {Promise<import("../wire.js").OwnDraft>}
 */
export const upload = (kind, how, body, on) => send(`/api/uploads/${kind}${query(how)}`, body, on);

/** @param {string} dataset that was uploaded @param {string} title @returns {Promise<import("../wire.js").DatasetInfo>} */
export const keepDataset = (dataset, title) => post(`/api/data/${dataset}`, { title });

/** @param {string} dataset that was uploaded @returns {Promise<readonly import("../wire.js").DatasetInfo[]>} */
export const deleteDataset = (dataset) => request(`/api/data/${dataset}`, { method: "DELETE" });

/** @param {string} player @returns {Promise<import("../wire.js").Player>} */
export const getPlayer = (player) => request(`/api/players/${player}`);

/** @param {string} player @param {import("../wire.js").PlayerCommand} wish @returns {Promise<import("../wire.js").Player>} */
export const putPlayer = (player, wish) => put(`/api/players/${player}`, wish);

/** @param {string} player @param {"POST" | "DELETE"} method to begin or to end @returns {Promise<import("../wire.js").Player>} */
export const lead = (player, method) => request(`/api/players/${player}/lead`, { method });

/** The address of a player's events. @param {string} player @param {number} since */
export const playerEvents = (player, since) => `/api/players/${player}/events${query({ since })}`;

/** The address of what followers read. @param {string} token @param {readonly string[]} names of the tensors of its frames */
export const leaderEvents = (token, names) =>
  `/api/leaders/${token}/events${query({ names, arrays: "shades" })}`;

/**
 * @typedef {{ crop: readonly [number, number, number, number] | null, inverted: boolean, thicker: number,
 *   keep_lines: boolean, chosen: number | null }} Corrections of how a picture became an input
 */

/**
 * @param {string} dataset @param {Blob} file @param {Corrections} corrections
 * @param {number} side the most pixels of a stage's side
 * @returns {Promise<import("../wire.js").DigitReading>}
 */
export function readDigit(dataset, file, { crop, inverted, thicker, keep_lines, chosen }, side) {
  const [left, top, right, bottom] = crop ?? [null, null, null, null];
  const flags = { inverted: String(inverted), keep_lines: String(keep_lines) };
  const search = query({ left, top, right, bottom, thicker, chosen, side, ...flags });
  return request(`/api/uploads/digit/${dataset}${search}`, { method: "PUT", body: file });
}

/** @typedef {import("../wire.js").TypedArray} TypedArray */

/**
 * @param {string} run @param {number} iteration @param {TypedArray} picture @param {readonly string[]} names
 * @returns {Promise<import("../wire.js").Prediction>}
 */
export const predict = (run, iteration, picture, names) =>
  post(`/api/runs/${run}/iterations/${iteration}/prediction`, { picture, names });

/** @returns {Promise<readonly import("../wire.js").SaliencyMethod[]>} */
export const getSaliencyMethods = () => request("/api/saliency");

/**
 * @param {string} run @param {number} iteration
 * @param {Pick<import("../wire.js").SaliencyQuestion, "picture" | "layer" | "cell" | "method" | "convolution">} question
 * @returns {Promise<import("../wire.js").Saliency>}
 */
export const getSaliency = (run, iteration, question) =>
  post(`/api/runs/${run}/iterations/${iteration}/saliency`, question);

/**
 * @param {string} run @param {number} iteration @param {TypedArray} picture @param {number} count
 * @returns {Promise<import("../wire.js").Nearest>}
 */
export const getNearest = (run, iteration, picture, count) =>
  post(`/api/runs/${run}/iterations/${iteration}/nearest`, { picture, count });

/**
 * @param {string} run @param {number} iteration
 * @param {Pick<import("../wire.js").EffectQuestion, "picture" | "label" | "slot" | "iterations" | "count">} question
 * @returns {Promise<import("../wire.js").Comparison>}
 */
export const getEffect = (run, iteration, question) =>
  post(`/api/runs/${run}/iterations/${iteration}/effect`, question);

/**
 * @param {import("../views/draw/collection_store.js").Collection} digits of one data set @param {boolean} alone
 * @returns {Promise<import("../wire.js").DatasetInfo>} the data set that they become
 */
export const uploadCollection = (digits, alone) =>
  request("/api/uploads/collection", {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      base: digits[0].dataset,
      alone,
      digits: digits.map(({ picture, label }) => ({ picture, label })),
    }),
  });
