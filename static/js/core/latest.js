/** Asks one question at a time. Of the questions that wait, only the newest is asked. */

/**
 * @template T
 * @param {(question: T) => Promise<void>} answer
 * @param {(isBusy: boolean) => void} [busy] called with true when a question is asked first, and with false when none waits any more
 * @returns {((question: T) => Promise<void>) & { settled: () => Promise<void> }} both resolve when nothing waits any more
 */
export function latest(answer, busy = () => {}) {
  /** @type {{ question: T } | null} */
  let waiting = null;
  /** @type {Promise<void> | null} */
  let working = null;

  async function work() {
    busy(true);
    try {
      while (waiting) {
        const { question } = waiting;
        waiting = null;
        await answer(question);
      }
    } finally {
      working = null;
      busy(false);
    }
  }

  /** @param {T} question */
  const ask = (question) => {
    waiting = { question };
    working ??= work();
    return working;
  };
  return Object.assign(ask, { settled: () => working ?? Promise.resolve() });
}
