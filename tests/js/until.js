/** Waiting in tests for what happens soon, on a slow machine too. */

const PATIENCE_SECONDS = 30;

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
