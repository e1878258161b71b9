/** An event stream that reconnects by itself after a restart of the server, a lost network, or sleep of the computer. */

import { CLOCK } from "../clock.js";
import { Refusal, UNREACHABLE } from "../refusals.js";

/** @typedef {import("../events.js").Events} Events */

/**
 * Bounds in seconds of the pauses between attempts while the server does not answer. Each pause is random, from half its
 * bound on, so that the pages of a class do not all come back at the same moment.
 */
const RETRY_SECONDS = [0.5, 1, 2, 3];
/** The bound of the pause after a refusal. */
const REFUSED_SECONDS = 5;
/** Seconds of silence after which `check` reconnects. The server sends an event every second. */
const DOUBTFUL_SECONDS = 2;
/** Seconds of silence after which the connection is lost. */
const SILENT_SECONDS = 4;
/** Seconds after which an attempt without an answer is given up. */
const ATTEMPT_SECONDS = 10;
const WATCH_SECONDS = 0.5;
/** If more seconds pass between two checks of the watch, the page itself was asleep or busy. */
const LATE_SECONDS = 2;

/** @param {unknown} error @returns {error is Refusal} */
const isUnreachable = (error) => error instanceof Refusal && error.code === "unreachable";

/**
 * @param {Pick<import("../effects.js").Transport, "listen" | "giveUp">} transport
 * @param {{ path: () => string, on: Events, prepare: () => Promise<void>, lost: () => void, live: () => void,
 *   refused: (error: unknown) => void }} stream
 * @param {import("../clock.js").Clock} [clock]
 * Each attempt calls `prepare`, then `path`. `live` is called when an attempt succeeds, `lost` when one fails or the
 * stream is silent, and `refused` with each refusal of `prepare` or of the server.
 */
export function createStream(transport, { path, on, prepare, lost, live, refused }, clock = CLOCK) {
  let close = () => {};
  /** The number of the newest attempt. Events of older attempts are dropped. */
  let attempt = 0;
  /** The number of attempts in a row that the server did not answer. */
  let failures = 0;
  /** @type {"closed" | "waiting" | "connecting" | "open"} */
  let status = "closed";
  /** The times of the last event, of the start of the attempt, and of the last look of the watch. */
  const times = { heard: 0, begun: 0, looked: 0 };
  let wasLate = false;
  /** Ends the pause between two attempts. */
  let hurry = () => {};
  /** Ends the watch over the stream. */
  let rest = () => {};

  /** @param {number} time of the clock @returns {number} seconds */
  const since = (time) => clock.now() - time;

  /** @param {number} mine */
  function connect(mine) {
    /** A listener that calls `act` only while this attempt is the newest. @param {(data: any) => void} act @returns {(data?: any) => void} */
    const listening = (act) => (data) => {
      if (mine !== attempt) return;
      times.heard = clock.now();
      act(data);
    };
    const acts = Object.entries({ alive: () => {}, ...on }).map(([name, act]) => [name, listening(act)]);
    close = transport.listen(path(), {
      .../** @type {Events} */ (Object.fromEntries(acts)),
      opened: listening(() => {
        status = "open";
        failures = 0;
        live();
      }),
      lost(refusal) {
        if (mine !== attempt) return;
        const seconds = pauseAfter(refusal);
        if (mine === attempt) void reconnect(seconds);
      },
    });
  }

  /** Reports a refusal. @param {unknown} error of an attempt @returns {number} the seconds until the next attempt */
  function pauseAfter(error) {
    const isAnswered = !isUnreachable(error);
    if (isAnswered) refused(error);
    const bound = isAnswered
      ? REFUSED_SECONDS
      : RETRY_SECONDS[Math.min(failures++, RETRY_SECONDS.length - 1)];
    return (bound * (1 + Math.random())) / 2;
  }

  /** Tries until the server answers. @param {number} [delay] seconds before the first attempt */
  async function reconnect(delay = 0) {
    close();
    for (const mine = ++attempt; mine === attempt;) {
      if (delay) await waiting(delay);
      if (mine !== attempt) return;
      status = "connecting";
      times.begun = clock.now();
      try {
        await prepare();
        if (mine === attempt) connect(mine);
        return;
      } catch (error) {
        if (mine !== attempt) return;
        delay = pauseAfter(error);
      }
    }
  }

  /** @param {number} seconds */
  async function waiting(seconds) {
    status = "waiting";
    lost();
    let cancel = () => {};
    await new Promise((resolve) => {
      hurry = () => resolve(undefined);
      cancel = clock.after(seconds, hurry);
    });
    cancel();
  }

  /** Ends all that waits for a silent server, and tries again. */
  function giveUp() {
    transport.giveUp();
    void reconnect(pauseAfter(UNREACHABLE));
  }

  /** Gives up a stream that is silent, and an attempt that takes too long. */
  function look() {
    const isLate = since(times.looked) > LATE_SECONDS;
    times.looked = clock.now();
    // What arrived while the page was asleep or busy is heard before the next look.
    const isExcused = isLate && !wasLate;
    wasLate = isLate;
    if (isExcused) return;
    const isSilent = status === "open" && since(times.heard) > SILENT_SECONDS;
    if (isSilent || (status === "connecting" && since(times.begun) > ATTEMPT_SECONDS)) giveUp();
  }

  function stop() {
    rest();
    attempt++;
    status = "closed";
    close();
    hurry();
  }

  return {
    /** Opens the stream, or closes it and opens it again. */
    open() {
      stop();
      times.looked = clock.now();
      rest = clock.every(WATCH_SECONDS, look);
      void reconnect();
    },

    close: stop,

    /** Makes the next attempt now, or reconnects a silent stream. @param {boolean} [isSure] true if the connection is known to be lost */
    check(isSure = false) {
      hurry();
      if (status === "open" && (isSure || since(times.heard) > DOUBTFUL_SECONDS)) void reconnect();
    },
  };
}

/** @typedef {ReturnType<typeof createStream>} Stream */
