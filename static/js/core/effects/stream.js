/** An event stream that comes back by itself: after a restart of the server, a lost network, or the sleep of a computer. */

import { Refusal } from "../refusals.js";

/** @typedef {import("../transport.js").Events} Events */

/** Seconds between two attempts: the page is back soon after the server answers. */
const RETRY_SECONDS = 1;
/** Seconds before another attempt where the server has refused one. */
const REFUSED_SECONDS = 5;
/** The server sends something every 5 seconds. */
const DOUBTFUL_SECONDS = 7;
const SILENT_SECONDS = 20;
const WATCH_SECONDS = 1;

/** @param {unknown} error @returns {error is Refusal} */
const isUnreachable = (error) => error instanceof Refusal && error.code === "unreachable";

/**
 * @param {import("../effects.js").Transport} transport
 * @param {{ path: () => string, on: Events, prepare: () => Promise<void>, lost: () => void, live: () => void,
 *   refused: (error: unknown) => void }} stream
 * `prepare` is called before each attempt, and then `path`; `lost` when an attempt fails, `live` when one succeeds.
 * `refused` is told what `prepare` or the server refuses.
 */
export function createStream(transport, { path, on, prepare, lost, live, refused }) {
  let close = () => {};
  /** The number of the attempt; what is heard of an older one is dropped. */
  let attempt = 0;
  /** @type {"closed" | "connecting" | "open"} */
  let status = "closed";
  /** When the stream was last heard, by a clock that nobody sets. */
  let heard = 0;
  /** Ends the pause between two attempts. */
  let hurry = () => {};
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let watch;

  const silence = () => (performance.now() - heard) / 1000;

  /** @param {number} mine */
  function connect(mine) {
    /** Lets a listener act only while this attempt is the newest. @param {(data: any) => void} act @returns {(data?: any) => void} */
    const listening = (act) => (data) => {
      if (mine !== attempt) return;
      heard = performance.now();
      act(data);
    };
    const acts = Object.entries({ alive: () => {}, ...on }).map(([name, act]) => [name, listening(act)]);
    close = transport.listen(path(), {
      .../** @type {Events} */ (Object.fromEntries(acts)),
      opened: listening(() => {
        status = "open";
        live();
      }),
      lost(refusal) {
        if (mine !== attempt) return;
        if (!isUnreachable(refusal)) refused(refusal);
        if (mine === attempt) void reconnect(isUnreachable(refusal) ? RETRY_SECONDS : REFUSED_SECONDS);
      },
    });
  }

  /** Tries until the server answers. @param {number} [delay] seconds before the first attempt */
  async function reconnect(delay = 0) {
    close();
    status = "connecting";
    const mine = ++attempt;
    if (delay) await waiting(delay);
    while (mine === attempt) {
      try {
        await prepare();
        if (mine === attempt) connect(mine);
        return;
      } catch (error) {
        if (mine !== attempt) return;
        if (!isUnreachable(error)) refused(error);
        if (mine === attempt) await waiting(isUnreachable(error) ? RETRY_SECONDS : REFUSED_SECONDS);
      }
    }
  }

  /** @param {number} seconds */
  async function waiting(seconds) {
    lost();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    await new Promise((resolve) => {
      hurry = () => resolve(undefined);
      timer = setTimeout(resolve, seconds * 1000);
    });
    clearTimeout(timer);
  }

  function stop() {
    clearInterval(watch);
    attempt++;
    status = "closed";
    close();
    hurry();
  }

  return {
    /** Opens it, or opens it anew. */
    open() {
      stop();
      watch = setInterval(() => {
        if (status === "open" && silence() > SILENT_SECONDS) void reconnect();
      }, WATCH_SECONDS * 1000);
      void reconnect();
    },

    close: stop,

    /** Reconnects at once where that may help. @param {boolean} [isSure] true where the connection is known to be lost */
    check(isSure = false) {
      hurry();
      if (status === "open" && (isSure || silence() > DOUBTFUL_SECONDS)) void reconnect();
    },
  };
}

/** @typedef {ReturnType<typeof createStream>} Stream */
