/** How long something that is counted still takes, from its measured rate. */

/** The rate is that of the last seconds, and is not known before the first one has passed. */
const MOST_SECONDS = 8;
const LEAST_SECONDS = 1;
/** What takes no longer than this needs no time told. */
const SHORT_SECONDS = 2;

/**
 * Measures one thing after the other.
 * @param {() => number} [clock] in seconds
 * @returns {(what: string | null, done: number, total: number) => number | null} the seconds left of what is counted;
 * null while nothing is, where the rate is unknown, and near the end
 */
export function createTimeLeft(clock = () => performance.now() / 1000) {
  /** @type {{ at: number, done: number }[]} */
  let samples = [];
  /** @type {string | null} */
  let measured = null;

  return (what, done, total) => {
    if (what !== measured || done < (samples.at(-1)?.done ?? 0)) samples = [];
    measured = what;
    if (what === null) return null;
    const at = clock();
    samples.push({ at, done });
    samples = samples.filter((sample) => at - sample.at <= MOST_SECONDS);
    const [first] = samples;
    const seconds = at - first.at;
    if (seconds < LEAST_SECONDS || done === first.done) return null;
    const left = ((total - done) * seconds) / (done - first.done);
    return left > SHORT_SECONDS ? left : null;
  };
}
