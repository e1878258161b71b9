/** A server in memory and a page without views, for the tests of effects. */

import { createEffects } from "../../static/js/core/effects.js";
import { Refusal } from "../../static/js/core/refusals.js";
import { INITIAL, reduce } from "../../static/js/core/reducer.js";
import { createStore } from "../../static/js/core/store.js";
import { RUN, typed } from "./fixture.js";

/** @typedef {import("../../static/js/core/effects.js").Transport} Transport */
/** @typedef {import("../../static/js/wire.js").Progress} Progress */

const DEFAULTS = { ...RUN.recipe, seed: 7 };
/** The number of training examples. The batch of each iteration has the example of its number. */
const EXAMPLES = 100;

/** @param {number} ms @returns {Promise<void>} */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A server in memory: its runs are numbers of computed iterations, and it can forget them.
 * @param {Partial<import("../../static/js/wire.js").Recipe>} [recipe] what its default recipe has beside the fixture's
 */
export function fakeServer(recipe = {}) {
  /** @type {Map<string, number>} */
  const runs = new Map();
  /** @type {[string, any, string][]} */
  const heard = [];
  /** @type {Map<string, Progress["status"]>} */
  const statuses = new Map();
  let sequence = 0;
  let end = Infinity;
  /** @type {{ progress: (news: Progress) => void }[]} */
  const listeners = [];
  /** @type {Map<string, Promise<unknown>>} */
  const delays = new Map();
  /** What the next command of a kind is refused with. @type {Map<string, Refusal>} */
  const refusals = new Map();
  /** @param {string} verb */
  const meet = async (verb) => {
    await delays.get(verb);
    const refusal = refusals.get(verb);
    refusals.delete(verb);
    if (refusal) throw refusal;
  };
  /** @param {string} run */
  const computed = (run) => {
    const count = runs.get(run);
    if (count === undefined) throw new Refusal("no_such_run", "no such run");
    return count;
  };
  /** @param {string} run @param {number} since @returns {Progress} */
  const progress = (run, since) => {
    const count = computed(run);
    const losses = typed(Array.from({ length: Math.max(0, count - since) }, (_, i) => 1 / (since + i + 1)));
    return {
      run,
      source: "server",
      sequence: ++sequence,
      status: statuses.get(run) ?? "paused",
      computed: count,
      since: Math.min(since, count),
      losses,
      evaluations: [],
      diverged: null,
      stopped: null,
    };
  };
  /** @type {any} */
  const transport = {
    getRecipe: async () => ({ ...DEFAULTS, ...recipe }),
    getPresets: async () => [],
    getOptions: async () => /** @type {any} */ ({}),
    /** @param {any} recipe */
    createRun: async (recipe) => {
      const id = `run ${recipe.seed} ${JSON.stringify(recipe.edits)}`;
      await delays.get(id);
      if (!runs.has(id)) runs.set(id, 0);
      return { ...RUN, id, recipe };
    },
    /** @param {string} run @param {number} since */
    getTimeline: async (run, since) => progress(run, since),
    /** @param {string} run @param {number} iteration @param {import("../../static/js/core/state.js").Choice} choice */
    getIteration: async (run, iteration, { example, look }) => {
      await meet("read");
      if (iteration >= computed(run)) throw new Refusal("not_computed", "not computed");
      if (look !== null && look >= EXAMPLES)
        throw new Refusal("invalid", "There is no such example.", "look");
      const examples = [{ index: iteration, label: 1, truth: 1 }];
      const isBeside = look !== null && look !== iteration;
      return {
        run,
        iteration,
        epoch: 0,
        example: look === null ? example : 0,
        examples,
        looked_at: isBeside ? { index: look, label: 0, truth: 0 } : null,
        learning_rate: 0.1,
        loss: 1,
        tensors: [],
      };
    },
    getWindow: async () => ({ reads: [], writes: [], partial: [] }),
    /** @param {string} run @param {string} verb @param {any} body */
    command: async (run, verb, body) => {
      heard.push([verb, body, run]);
      await meet(verb);
      const since = computed(run);
      if (verb === "seek") {
        if (body.iteration >= end) throw new Refusal("diverged", "The run diverged.");
        runs.set(run, Math.max(since, body.iteration + 1));
      }
      if (verb === "run") statuses.set(run, "running");
      if (verb === "pause") statuses.set(run, "paused");
      return progress(run, since);
    },
    uploadCollection: async () => ({ name: "own:0" }),
    /** @param {string} _run @param {number} _since @param {any} on */
    listen: (_run, _since, on) => {
      listeners.push(on);
      return () => {};
    },
  };
  return {
    transport: /** @type {{ -readonly [name in keyof Transport]: Transport[name] }} */ (transport),
    heard,
    delays,
    refusals,
    trained: () => heard.filter(([verb]) => verb !== "seek").map(([verb, , run]) => `${verb} ${run}`),
    progress,
    /** @param {Progress} news */
    tell: (news) => listeners.at(-1)?.progress(news),
    forget: () => runs.clear(),
    /** @param {number} iteration */
    endAt: (iteration) => (end = iteration),
  };
}

/** @param {ReturnType<typeof fakeServer>} server @param {string} [search] */
export async function page(server, search = "") {
  const store = createStore(INITIAL, reduce);
  /** @type {string[]} */
  const pushed = [];
  const effects = createEffects(store, server.transport, {
    pushState: (_, __, address) => void pushed.push(String(address)),
    replaceState: () => {},
    search: () => search,
  });
  await effects.openAddress();
  await sleep(5);
  return {
    store,
    effects,
    pushed,
    at: () => store.get().shown?.moment.iteration,
    /** The browser's Back or Forward to an address. @param {string} address */
    async go(address) {
      search = address;
      await effects.openAddress();
      await sleep(5);
    },
  };
}
