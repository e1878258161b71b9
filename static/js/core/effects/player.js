/**
 * The player of this page. Only this module communicates with it: it sends the commands of the page, and receives the
 * events of the player.
 */

import { Refusal } from "../refusals.js";
import { isLive } from "../state.js";
import { createStream } from "./stream.js";
import { createWishes } from "./wishes.js";

/** @typedef {import("../../wire.js").Frame} Frame */
/** @typedef {import("../../wire.js").Player} Player */

/** The minimum time between two commands that change only the moment or the open cell. */
const MOVE_SECONDS = 0.15;

/**
 * @param {import("../effects.js").Store} store @param {import("../effects.js").Transport} transport
 * @param {import("./connection.js").Connection} connection @param {import("../identity.js").Identity} identity
 */
export function createPlayer(store, transport, { reportOrWait, withRun, learn }, identity) {
  const { get, dispatch } = store;
  /** The newest message about the player; null before the first one of this stream. @type {Player | null} */
  let known = null;
  /** The newest frame that arrived while a command was not answered. @type {Frame | null} */
  let early = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** False while the page opens, and while it follows another page. */
  let isActive = false;

  /** @param {Player} player */
  function hear(player) {
    if (known && player.sequence < known.sequence) return;
    known = player;
    dispatch({ type: "player", player });
    settle();
  }

  /** While the page plays live, shows the player's frame; when the player has stopped, its moment. */
  function settle() {
    if (!known || wishes.isUnsettled()) return;
    const { moment, playing, run } = known;
    const frame = early?.iteration === moment.iteration ? early : null;
    early = null;
    if (run !== get().run?.id || !isLive(get())) return;
    if (frame) dispatch({ type: "frame", frame });
    if (playing) return;
    // The player has reached its goal or the end of the run.
    dispatch({ type: "play", play: { on: false, goal: null } });
    dispatch({ type: "want", moment, close: false });
  }

  const wishes = createWishes(
    store,
    async (wish) => {
      const put = (told = wish) => withRun(() => transport.putPlayer(identity.id(), told));
      const player = await put().catch((error) => {
        if (!(error instanceof Refusal)) throw error;
        // There is no such example. The stage says so, and shows a slot of the batch.
        if (error.field === "look") return put({ ...wish, look: null });
        if (error.code !== "not_yours") throw error;
        // The browser has lost its cookie, so the player belongs to another browser now.
        becomeAnother();
        return put();
      });
      hear(player);
    },
    settle,
  );

  /** @param {"POST" | "DELETE"} method to start or to stop leading */
  async function lead(method) {
    hear(await transport.lead(identity.id(), method));
  }

  function becomeAnother() {
    identity.renew();
    wishes.forget();
    stream.open();
  }

  /** @returns {Promise<boolean>} false after a restart of the server, which forgets all players */
  async function isKnown() {
    try {
      await transport.getPlayer(identity.id());
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
      return false;
    }
  }

  /** Sends the newest command. @param {number} [delay] in seconds */
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
        // A frame from before the newest command would move the page back.
        if (wishes.isUnsettled()) early = frame;
        else dispatch({ type: "frame", frame });
      },
      // Another page with the same id has opened the player's stream.
      ended: becomeAnother,
    },
    async prepare() {
      const isLeading = get().players.leading !== null;
      known = null;
      if (wishes.hasTold() && !(await isKnown())) wishes.forget();
      if (isActive) await wishes.tell();
      // After a restart, the server does not know who leads.
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
    /** The player of this tab before a reload; null if there is none. @returns {Promise<Player | null>} */
    remembered: () =>
      identity.before === null
        ? Promise.resolve(null)
        : transport.getPlayer(identity.before).catch(() => null),

    /** Starts the player, or continues it after following. */
    begin() {
      isActive = true;
      if (get().run) stream.open();
    },

    /** Sends the last command and closes the stream: the player waits. */
    async rest() {
      await flush();
      isActive = false;
      stream.close();
    },

    /** Reconnects the stream if it is silent. @param {boolean} [isSure] true if the connection is known to be lost */
    check: (isSure = false) => stream.check(isSure),

    lead,
  };
}

/** @typedef {ReturnType<typeof createPlayer>} PlayerEffects */
