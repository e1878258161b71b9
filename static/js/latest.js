/** Asking as fast as answers come: one question at a time, and of those that wait only the newest. */

/**
 * @template T
 * @param {(question: T) => Promise<void>} answer
 * @returns {(question: T) => Promise<void>} resolves when nothing waits any more
 */
export function latest(answer) {
  /** @type {{ question: T } | null} */
  let waiting = null;
  /** @type {Promise<void> | null} */
  let working = null;

  async function work() {
    try {
      while (waiting) {
        const { question } = waiting;
        waiting = null;
        await answer(question);
      }
    } finally {
      working = null;
    }
  }

  return (question) => {
    waiting = { question };
    working ??= work();
    return working;
  };
}
