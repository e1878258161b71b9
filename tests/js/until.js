/** Waiting in tests, however slow the machine. A mocked clock leaves it alone. */

const PATIENCE_SECONDS = 30;
const { setTimeout } = globalThis;

/** Waits until the callbacks of settled promises have run, and timers without a delay too. */
export const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Waits until a condition holds.
 * @param {() => unknown} condition which may throw while it does not hold
 * @returns {Promise<void>} rejects after a long time, with the last error of the condition
 */
export async function until(condition) {
  const end = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    /** @type {unknown} */
    let error = new Error(`This never happened: ${condition}`);
    try {
      if (condition()) return;
    } catch (thrown) {
      error = thrown;
    }
    if (Date.now() > end) throw error;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
