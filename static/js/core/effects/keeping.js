/** Keeps what a question of the state is answered with up to date: nothing stands beside a question that it does not answer. */

/** @typedef {import("../state.js").State} State */

/**
 * @template Q, A
 * @param {() => State} get
 * @param {(state: State) => Q | null} questionOf null asks nothing @param {(question: Q) => Promise<A>} ask
 * @param {(answer: A | null) => void} take is called with null as soon as the question changes. An answer that comes too late is dropped.
 * @param {(error: unknown) => void} fail the question can be asked again afterwards
 * @returns {() => Promise<void>} is called whenever the question may have changed
 */
export function keepAnswered(get, questionOf, ask, take, fail) {
  let asked = "null";
  return async () => {
    const question = questionOf(get());
    const key = JSON.stringify(question);
    if (key === asked) return;
    asked = key;
    take(null);
    if (!question) return;
    try {
      const answer = await ask(question);
      if (asked === key) take(answer);
    } catch (error) {
      if (asked === key) asked = "null";
      fail(error);
    }
  };
}
