/** What comes with the page: the answers to its first questions, where its address names no run. */

/** @typedef {import("./effects.js").Transport} Transport */
/** @typedef {import("../wire.js").FirstSight} FirstSight */

/**
 * A transport that answers the first questions without asking the server. Each is answered once, because a run is asked
 * for again when the server has forgotten it, and none after another run has been asked for.
 * @param {Transport} transport @param {FirstSight | null} sight null where the page came without it
 * @returns {Transport}
 */
export function withFirstSight(transport, sight) {
  if (!sight) return transport;
  const { recipe, presets, run, reached } = sight;
  const { progress } = reached;
  /** @param {unknown[]} question its name, and what it is about */
  const key = (...question) => JSON.stringify(question);
  const whole = { names: ["*"], example: 0, look: null, since: progress.computed };
  /** @type {Map<string, unknown>} */
  const answers = new Map(
    /** @type {[string, unknown][]} */ ([
      [key("recipe"), recipe],
      [key("presets"), presets],
      [key("run", recipe), run],
      [key("timeline", run.id, 0), progress],
      [key("reach", run.id, 0, whole), reached],
    ]),
  );
  /** @template T @param {string} question @param {() => Promise<T>} ask the server @returns {Promise<T>} */
  function answer(question, ask) {
    if (!answers.has(question)) return ask();
    const known = /** @type {T} */ (answers.get(question));
    answers.delete(question);
    return Promise.resolve(known);
  }
  return {
    ...transport,
    getRecipe: () => answer(key("recipe"), transport.getRecipe),
    getPresets: () => answer(key("presets"), transport.getPresets),
    createRun(wanted) {
      return answer(key("run", wanted), () => {
        answers.clear();
        return transport.createRun(wanted);
      });
    },
    getTimeline: (id, since) => answer(key("timeline", id, since), () => transport.getTimeline(id, since)),
    reach: (id, iteration, question, signal) =>
      answer(key("reach", id, iteration, question), () => transport.reach(id, iteration, question, signal)),
  };
}
