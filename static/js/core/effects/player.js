/**
 * The player of this page: the one place that talks with it. It tells the server what the page wishes, and the page what
 * its player does.
 */

import { Refusal } from "../refusals.js";
import { isLive } from "../state.js";
import { createStream } from "./stream.js";
import { createWishes } from "./wishes.js";

/** @typedef {import("../../wire.js").Frame} Frame */
/** @typedef {import("../../wire.js").Player} Player */

/** A page that moves tells where it is this often. */
const MOVE_SECONDS = 0.15;

/**
 * @param {import("../effects.js").Store} store @param {import("../effects.js").Transport} transport
 * @param {import("./connection.js").Connection} connection @param {import("../identity.js").Identity} identity
 */
export function createPlayer(store, transport, { reportOrWait, withRun, learn }, identity) {
  const { get, dispatch } = store;
  /** The newest news of the player, null before any of this stream. @type {Player | null} */
  let known = null;
  /** The newest frame that came before the newest wish was answered. @type {Frame | null} */
  let early = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** False until the player of before a reload is known, and while this page follows another. */
  let isActive = false;

  /** @param {Player} player */
  function hear(player) {
    if (known && player.sequence < known.sequence) return;
    known = player;
    dispatch({ type: "player", player });
    settle();
  }

  /** Follows the player of a page that is live: to the frame of where it is, or to where it has ended. */
  function settle() {
    if (!known || wishes.isUnsettled()) return;
    const { moment, playing, run } = known;
    const frame = early?.iteration === moment.iteration ? early : null;
    early = null;
    if (run !== get().run?.id || !isLive(get())) return;
    if (frame) dispatch({ type: "frame", frame });
    if (playing) return;
    // It has reached its goal, or the end of the run.
    dispatch({ type: "play", play: { on: false, goal: null } });
    dispatch({ type: "want", moment, close: false });
  }

  const wishes = createWishes(
    store,
    async (wish) => {
      const put = (told = wish) => withRun(() => transport.putPlayer(identity.id(), told));
      const player = await put().catch((error) => {
        if (!(error instanceof Refusal)) throw error;
        // The stage says that there is no such example, and shows a slot of the batch.
        if (error.field === "look") return put({ ...wish, look: null });
        if (error.code !== "not_yours") throw error;
        // The cookie of the browser that the player belongs to is gone.
        becomeAnother();
        return put();
      });
      hear(player);
    },
    settle,
  );

  /** @param {"POST" | "DELETE"} method to begin or to end to lead */
  async function lead(method) {
    hear(await transport.lead(identity.id(), method));
  }

  function becomeAnother() {
    identity.renew();
    wishes.forget();
    stream.open();
  }

  /** A server that has been started again knows no player. @returns {Promise<boolean>} */
  async function isKnown() {
    try {
      await transport.getPlayer(identity.id());
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
      return false;
    }
  }

  /** Tells the newest wish. @param {number} [delay] in seconds */
  function tellSoon(delay = 0) {
    if (!isActive) return;
    if (delay) timer ??= setTimeout(flush, delay * 1000);
    else void flush();
  }

  /** @returns {Promise<void>} */
  async function flush() {
    clearTimeout(timer);
    timer = undefined;
    if (isActive) await wishes.tell().catch(reportOrWait);
  }

  const stream = createStream(transport, {
    path: () => transport.playerEvents(identity.id(), get().progress.computed),
    on: {
      player: hear,
      progress: (news) => void learn(news).catch(reportOrWait),
      frame(frame) {
        // A frame from before the newest wish would take the page back.
        if (wishes.isUnsettled()) early = frame;
        else dispatch({ type: "frame", frame });
      },
      // Another page has the same id, and has taken the player over.
      ended: becomeAnother,
    },
    async prepare() {
      const isLeading = get().players.leading !== null;
      known = null;
      if (wishes.hasTold() && !(await isKnown())) wishes.forget();
      if (isActive) await wishes.tell();
      // A server that has been started again does not know who leads.
      if (isActive && isLeading) await lead("POST");
    },
    lost: () => dispatch({ type: "connection", connection: "lost" }),
    live: () => dispatch({ type: "connection", connection: "live" }),
    refused: reportOrWait,
  });

  store.subscribe((state, before) => {
    if (!isActive) return;
    if (state.connection === "lost" && before.connection === "live") stream.check(true);
    if (state.run && !before.run) stream.open();
    const isOther = state.example !== before.example || state.look !== before.look;
    if (state.run !== before.run || state.play !== before.play || isOther) tellSoon();
    else if (state.moment !== before.moment || state.large !== before.large) tellSoon(MOVE_SECONDS);
  });

  return {
    /** What the player of before a reload did; null where there was none. @returns {Promise<Player | null>} */
    remembered: () =>
      identity.before === null
        ? Promise.resolve(null)
        : transport.getPlayer(identity.before).catch(() => null),

    /** Begins, or goes on after following. */
    begin() {
      isActive = true;
      if (get().run) stream.open();
    },

    /** The player waits where it is. */
    async rest() {
      await flush();
      isActive = false;
      stream.close();
    },

    /** Looks whether the stream is still heard. @param {boolean} [isSure] true where the connection is known to be lost */
    check: (isSure = false) => stream.check(isSure),

    lead,
  };
}

/** @typedef {ReturnType<typeof createPlayer>} PlayerEffects */
