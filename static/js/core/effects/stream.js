/** An event stream that reconnects by itself after a restart of the server, a lost network, or sleep of the computer. */

import { Refusal } from "../refusals.js";

/** @typedef {import("../events.js").Events} Events */

/** Seconds between two attempts while the server does not answer. */
const RETRY_SECONDS = 1;
/** Seconds until the next attempt after a refusal. */
const REFUSED_SECONDS = 5;
/** Seconds of silence after which `check` reconnects. The server sends an event every 5 seconds. */
const DOUBTFUL_SECONDS = 7;
/** Seconds of silence after which the stream reconnects. */
const SILENT_SECONDS = 20;
const WATCH_SECONDS = 1;

/** @param {unknown} error @returns {error is Refusal} */
const isUnreachable = (error) => error instanceof Refusal && error.code === "unreachable";

/**
 * @param {import("../effects.js").Transport} transport
 * @param {{ path: () => string, on: Events, prepare: () => Promise<void>, lost: () => void, live: () => void,
 *   refused: (error: unknown) => void }} stream
 * Each attempt calls `prepare`, then `path`. `live` is called when an attempt succeeds, `lost` when one fails, and
 * `refused` with each refusal of `prepare` or of the server.
 */
export function createStream(transport, { path, on, prepare, lost, live, refused }) {
  let close = () => {};
  /** The number of the newest attempt. Events of older attempts are dropped. */
  let attempt = 0;
  /** @type {"closed" | "connecting" | "open"} */
  let status = "closed";
  /** The time of the last event, by a monotonic clock. */
  let heard = 0;
  /** Ends the pause between two attempts. */
  let hurry = () => {};
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let watch;

  const silence = () => (performance.now() - heard) / 1000;

  /** @param {number} mine */
  function connect(mine) {
    /** A listener that calls `act` only while this attempt is the newest. @param {(data: any) => void} act @returns {(data?: any) => void} */
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
    /** Opens the stream, or closes it and opens it again. */
    open() {
      stop();
      watch = setInterval(() => {
        if (status === "open" && silence() > SILENT_SECONDS) void reconnect();
      }, WATCH_SECONDS * 1000);
      void reconnect();
    },

    close: stop,

    /** Makes the next attempt now, or reconnects a silent stream. @param {boolean} [isSure] true if the connection is known to be lost */
    check(isSure = false) {
      hurry();
      if (status === "open" && (isSure || silence() > DOUBTFUL_SECONDS)) void reconnect();
    },
  };
}

/** @typedef {ReturnType<typeof createStream>} Stream */
