/** A server in memory, for the tests of effects. */

import { Refusal } from "../../static/js/core/refusals.js";
import { RUN, typed } from "./fixture.js";

/** @typedef {import("../../static/js/core/effects.js").Transport} Transport */
/** @typedef {import("../../static/js/core/state.js").Choice} Choice */
/** @typedef {import("../../static/js/core/events.js").Events} Events */
/** @typedef {import("../../static/js/wire.js").Frame} Frame */
/** @typedef {import("../../static/js/wire.js").Player} Player */
/** @typedef {import("../../static/js/wire.js").PlayerCommand} PlayerCommand */
/** @typedef {import("../../static/js/wire.js").Progress} Progress */
/** @typedef {Events & { opened: () => void, lost: (refusal: Refusal) => void }} Listener */

const DEFAULTS = { ...RUN.recipe, seed: 7 };
/** The number of training examples. The batch of each iteration has the example of its number. */
const EXAMPLES = 100;

const unreachable = () => new Refusal("unreachable", "The server does not answer.");

/** @param {string} run @param {number} iteration @param {Choice} [choice] */
const headOf = (run, iteration, { example, look } = { example: 0, look: null }) => ({
  run,
  iteration,
  epoch: 0,
  example: look === null ? example : 0,
  looked_at: look !== null && look !== iteration ? { index: look, label: 0, truth: 0 } : null,
  examples: [{ index: iteration, label: 1, truth: 1 }],
  learning_rate: 0.1,
  update: "",
  loss: 1,
  targets: [],
});

/** @param {string} run @param {number} iteration @returns {Frame} */
const frameOf = (run, iteration) => ({ ...headOf(run, iteration), tensors: [] });

/** What a server has in memory: its runs are numbers of computed iterations, its players what pages wished last. */
function createMemory() {
  const memory = {
    /** @type {Map<string, number>} */
    runs: new Map(),
    /** @type {Map<string, Player>} */
    players: new Map(),
    /** @type {Map<string, PlayerCommand>} */
    wishes: new Map(),
    /** What pages have asked, as verbs with a body. @type {[string, any, string][]} */
    heard: [],
    /** Open event streams. @type {{ path: string, on: Listener }[]} */
    streams: [],
    /** What a kind of request waits for. @type {Map<string, Promise<unknown>>} */
    delays: new Map(),
    /** What the next request of a kind is refused with. @type {Map<string, Refusal>} */
    refusals: new Map(),
    lives: 1,
    sequence: 0,
    isDead: false,
    /** The iteration at which runs diverge. */
    end: Infinity,

    /** @param {string} verb @param {any} body @param {string} of a run or a player */
    async meet(verb, body, of) {
      memory.heard.push([verb, body, of]);
      await memory.delays.get(verb);
      if (memory.isDead) throw unreachable();
      const refusal = memory.refusals.get(verb);
      memory.refusals.delete(verb);
      if (refusal) throw refusal;
    },

    /** @param {string} run @returns {number} */
    computed(run) {
      const count = memory.runs.get(run);
      if (count === undefined) throw new Refusal("no_such_run", "no such run");
      return count;
    },

    /** @param {string} run @param {number} since @returns {Progress} */
    progress(run, since) {
      const count = memory.computed(run);
      const losses = Array.from({ length: Math.max(0, count - since) }, (_, i) => 1 / (since + i + 1));
      return {
        run,
        source: `server ${memory.lives}`,
        sequence: ++memory.sequence,
        status: "paused",
        computed: count,
        since: Math.min(since, count),
        losses: typed(losses),
        evaluations: [],
        diverged: null,
        stopped: null,
      };
    },

    /** @param {string} id @param {Partial<Player>} changes @returns {Player} */
    change(id, changes) {
      const now = { ...memory.players.get(id), ...changes, id, sequence: ++memory.sequence };
      memory.players.set(id, /** @type {Player} */ (now));
      return /** @type {Player} */ (now);
    },

    /** Sends an event to the streams of a path. @param {string} path @param {keyof Events} name @param {any} [data] */
    send(path, name, data) {
      for (const { on } of memory.streams.filter((stream) => stream.path === path)) on[name]?.(data);
    },
  };
  return memory;
}

/** @typedef {ReturnType<typeof createMemory>} Memory */

/** @param {number | null} look */
function checkExample(look) {
  if (look !== null && look >= EXAMPLES) throw new Refusal("invalid", "There is no such example.", "look");
}

/** The requests about runs. @param {Memory} memory @param {object} defaults the default recipe */
function runRequests(memory, defaults) {
  return {
    getRecipe: async () => defaults,
    getPresets: async () => [],
    getOptions: async () => ({}),
    /** @param {any} recipe */
    createRun: async (recipe) => {
      const id = `run ${recipe.seed} ${JSON.stringify(recipe.edits)}`;
      await memory.meet("create", recipe, id);
      await memory.delays.get(id);
      if (!memory.runs.has(id)) memory.runs.set(id, 0);
      return { ...RUN, id, recipe, train_examples: EXAMPLES };
    },
    /** @param {string} run @param {number} since */
    getTimeline: async (run, since) => memory.progress(run, since),
    /** @param {string} run @param {number} iteration @param {any} question @param {AbortSignal} [signal] */
    reach: async (run, iteration, question, signal) => {
      const stopped = new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(new Refusal("stopped", "Stopped."))),
      );
      await Promise.race([memory.meet("reach", { iteration, ...question }, run), stopped]);
      if (iteration >= memory.end) throw new Refusal("diverged", "The run diverged.");
      checkExample(question.look);
      memory.runs.set(run, Math.max(memory.computed(run), iteration + 1));
      const answer = { ...headOf(run, iteration, question), tensors: [] };
      return { progress: memory.progress(run, question.since), iteration: answer };
    },
    getWindow: async () => ({ reads: [], writes: [], partial: [] }),
    getExplanation: async () => null,
    getUpdate: async () => null,
    getStepEffect: async () => null,
    getGraph: async () => null,
    getHistogram: async () => null,
    getFilmstrip: async () => null,
    uploadCollection: async () => ({ name: "own:0" }),
  };
}

/** The requests about players. @param {Memory} memory */
function playerRequests(memory) {
  return {
    /** @param {string} id */
    getPlayer: async (id) => {
      await memory.meet("get", null, id);
      const player = memory.players.get(id);
      if (!player) throw new Refusal("no_such_player", "no such player");
      return player;
    },
    /** @param {string} id @param {PlayerCommand} wish */
    putPlayer: async (id, wish) => {
      await memory.meet("put", wish, id);
      checkExample(wish.look);
      const { names, arrays: _arrays, frames_per_second: _rate, ...rest } = wish;
      const { run, moment } = rest;
      memory.computed(run);
      memory.wishes.set(id, wish);
      const isMoved = moment.iteration !== memory.players.get(id)?.moment.iteration;
      if (isMoved && names.length)
        setTimeout(() => memory.send(`player ${id}`, "frame", frameOf(run, moment.iteration)), 0);
      const { others = 0, leading = null, leaders = [], followers = 0 } = memory.players.get(id) ?? {};
      return memory.change(id, { ...rest, others, leading, leaders, followers });
    },
    /** @param {string} id @param {"POST" | "DELETE"} method */
    lead: async (id, method) => {
      await memory.meet("lead", method, id);
      return memory.change(id, { leading: method === "POST" ? `token of ${id}` : null });
    },
    /** @param {string} id */
    playerEvents: (id) => `player ${id}`,
    /** @param {string} token @param {readonly string[]} names */
    leaderEvents: (token, names) => `leader ${token} ${names.join(" ")}`.trim(),
    /** @param {string} path @param {Listener} on */
    listen: (path, on) => {
      const stream = { path, on };
      memory.streams.push(stream);
      setTimeout(() => {
        if (!memory.streams.includes(stream)) return;
        const player = memory.players.get(path.replace("player ", ""));
        if (memory.isDead) return on.lost(unreachable());
        const refusal = memory.refusals.get(path);
        if (refusal) return on.lost(refusal);
        if (path.startsWith("player") && !player) return on.lost(new Refusal("no_such_player", "nobody"));
        on.opened();
        if (!player) return;
        on.player?.(player);
        on.progress(memory.progress(player.run, 0));
      }, 0);
      const beat = setInterval(() => on.alive?.(), 1000);
      return () => {
        clearInterval(beat);
        memory.streams = memory.streams.filter((one) => one !== stream);
      };
    },
    /** No request to this server is left without an answer. */
    giveUp: () => {},
  };
}

/**
 * A server in memory. It can forget its runs, and it can die and start again.
 * @param {Partial<import("../../static/js/wire.js").Recipe>} [recipe] what its default recipe has beside the fixture's
 */
export function fakeServer(recipe = {}) {
  const memory = createMemory();
  /** @type {any} */
  const transport = { ...runRequests(memory, { ...DEFAULTS, ...recipe }), ...playerRequests(memory) };
  const { heard, delays, refusals, wishes, players, progress, send } = memory;
  return {
    transport: /** @type {{ -readonly [name in keyof Transport]: Transport[name] }} */ (transport),
    heard,
    delays,
    refusals,
    wishes,
    players,
    progress,
    send,
    frame: frameOf,
    /** The bodies of what pages have asked. @param {string} verb */
    asked: (verb) => heard.filter(([name]) => name === verb).map(([, body]) => body),
    streams: () => memory.streams.map(({ path }) => path),
    forget: () => memory.runs.clear(),
    /** @param {number} iteration */
    endAt: (iteration) => (memory.end = iteration),

    /** Something happens to a player, and its page is told. @param {string} id @param {Partial<Player>} changes */
    change: (id, changes) => send(`player ${id}`, "player", memory.change(id, changes)),

    /** Computes a run up to an iteration, with which all who play it move. @param {string} run @param {number} iteration */
    train(run, iteration) {
      memory.runs.set(run, Math.max(memory.computed(run), iteration + 1));
      for (const [id, player] of players) {
        if (player.run !== run) continue;
        send(`player ${id}`, "progress", progress(run, 0));
        if (!player.playing || !["iteration", "epoch"].includes(player.unit)) continue;
        memory.change(id, { moment: { iteration, position: RUN.positions } });
        if (wishes.get(id)?.names.length) send(`player ${id}`, "frame", frameOf(run, iteration));
      }
    },

    /** Nothing answers any more, and what was in memory is gone. */
    die() {
      memory.isDead = true;
      memory.lives++;
      memory.sequence = 0;
      for (const forgotten of [memory.runs, players, wishes]) forgotten.clear();
      const lost = memory.streams;
      memory.streams = [];
      for (const { on } of lost) on.lost(unreachable());
    },
    start: () => (memory.isDead = false),
  };
}
