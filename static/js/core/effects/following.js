/** Following: this page shows what its leader shows. Its own player waits, and continues when following ends. */

import { leaderIn, toFollow } from "../address.js";
import { liveNames } from "../frames.js";
import { Refusal } from "../refusals.js";
import { goesByIterations } from "../state.js";
import { createStream } from "./stream.js";

/** @typedef {import("../effects.js").Base} Base */
/** @typedef {import("../../wire.js").Leader} Leader */

const CLOSED = "The page you followed has closed.";
/** The number of failed attempts, at most five seconds apart, after which following ends. */
const MOST_MISSES = 3;

/** @param {unknown} a @param {unknown} b */
const differ = (a, b) => JSON.stringify(a) !== JSON.stringify(b);

/**
 * The stream of a leader, which changes the state of this page.
 * @param {Base} base @param {(error: unknown) => void} refused is called with each refusal of the server
 * @param {() => void} ended is called when the leader stops leading
 */
function createLeaderStream({ store, transport, reportOrWait, learn, openRun }, refused, ended) {
  const { get, dispatch } = store;
  /** The newest event of the leader, and the last one that this page has shown. @type {{ newest: Leader | null, shown: Leader | null }} */
  const leader = { newest: null, shown: null };
  /** The tensors of the frames. They depend on the run, which the first event names. @type {readonly string[]} */
  let names = [];
  let isOpening = false;
  let misses = 0;

  /** Shows only what has changed: a follower can choose another example or cell until the leader does. @param {Leader} now */
  function show(now) {
    leader.newest = now;
    const { unit, playing, run, moment, example, look, view } = now;
    if (get().run?.id !== run) return void openRunOf(now).catch(reportOrWait);
    const before = leader.shown;
    leader.shown = now;
    dispatch({ type: "following", following: { unit, playing } });
    if (differ([example, look], before && [before.example, before.look]))
      dispatch({ type: "example", example, look });
    if (differ(view, before?.view)) dispatch({ type: "large", large: view });
    // A frame contains its moment.
    const isFramed = playing && goesByIterations(now);
    if (!isFramed && differ(moment, get().moment))
      dispatch({ type: "want", moment, close: playing && unit === "cell" });
    askForFrames();
  }

  /** @param {Leader} now */
  async function openRunOf(now) {
    if (isOpening) return;
    isOpening = true;
    try {
      const { recipe, moment, example, look, view } = now;
      const isOpen = await openRun(recipe, () => ({
        moment,
        example,
        look,
        large: view,
        guide: null,
        isLeaders: true,
      }));
      if (isOpen) leader.shown = now;
    } finally {
      isOpening = false;
    }
    if (leader.newest) show(leader.newest);
  }

  function askForFrames() {
    const { run } = get();
    const wanted = run ? liveNames(run) : [];
    if (!differ(wanted, names)) return;
    names = wanted;
    stream.open();
  }

  const stream = createStream(transport, {
    path: () => transport.leaderEvents(get().players.following?.token ?? "", names),
    on: {
      leader: show,
      progress: (news) => void learn(news).catch(reportOrWait),
      frame: (frame) => dispatch({ type: "frame", frame }),
      ended,
    },
    prepare: async () => {},
    lost: () => dispatch({ type: "connection", connection: "lost" }),
    live() {
      misses = 0;
      dispatch({ type: "connection", connection: "live" });
    },
    refused(error) {
      const isMissing = error instanceof Refusal && error.code === "no_such_leader";
      // After a restart of the server, the leader needs a few seconds to lead again.
      if (!isMissing || !leader.newest || ++misses > MOST_MISSES) refused(error);
    },
  });

  return {
    /** Opens the stream. @param {boolean} isHere true if the leader shows the open run */
    open(isHere) {
      const { run } = get();
      Object.assign(leader, { newest: null, shown: null });
      misses = 0;
      names = run && isHere ? liveNames(run) : [];
      stream.open();
    },
    close: stream.close,
    check: stream.check,
  };
}

/** @param {Base & import("./address.js").AddressEffects} base @param {import("../address_bar.js").AddressBar} bar */
export function createFollowing(base, bar) {
  const { store, report, playback, player, address, keepAddress, openText, loadDefaults } = base;
  const { get, dispatch } = store;

  const stream = createLeaderStream(
    base,
    (error) => {
      if (error instanceof Refusal && error.code === "no_such_leader") void leave(CLOSED);
      else report(error);
    },
    () => void leave(CLOSED),
  );

  /** @param {string} token of the leader @param {string | null} own the address to return to */
  async function begin(token, own) {
    const isHere = get().players.leaders.includes(token);
    playback.stop();
    await Promise.all([player.rest(), loadDefaults()]);
    dispatch({ type: "following", following: { token, own, playing: false, isTold: false } });
    stream.open(isHere);
  }

  /** Stops following, and opens the page's own address if it has one. @param {string | null} [problem] the reason, to be shown */
  async function leave(problem = null) {
    const { following } = get().players;
    if (!following) return;
    const own = following.own ?? (get().run ? null : "");
    stream.close();
    try {
      if (own === null) dispatch({ type: "following", following: null });
      keepAddress(own ?? address());
      // Opening a run ends following.
      if (own !== null) await openText(own);
      if (problem) dispatch({ type: "problem", problem });
    } catch (error) {
      report(error);
    }
  }

  /** Opens the address of the address bar. */
  async function openAddress() {
    const text = bar.text();
    const token = leaderIn(text);
    try {
      if (token) await begin(token, bar.state()?.own ?? null);
      else await openText(text);
    } catch (error) {
      report(error);
    }
  }

  store.subscribe((state, before) => {
    const { following } = state.players;
    if (following && state.connection === "lost" && before.connection === "live") stream.check(true);
    if (following || !before.players.following) return;
    stream.close();
    player.begin();
  });

  return {
    openAddress,

    /** Opens the page at the moment of its address, with the playback of its player if the page was reloaded. */
    async openPage() {
      const remembered = player.remembered();
      await openAddress();
      const before = await remembered;
      const isFollowing = get().players.following !== null;
      if (before) {
        const { unit, speed, playing, goal, run } = before;
        const goesOn = playing && !isFollowing && run === get().run?.id;
        dispatch({ type: "play", play: { unit, speed, on: goesOn, goal: goesOn ? goal : null } });
      }
      if (!isFollowing) player.begin();
    },

    /** Follows another page, as a new entry of the browser's history. @param {string} token */
    async follow(token) {
      const own = address();
      bar.push(toFollow(token), { own });
      await begin(token, own).catch(report);
    },

    /** Stops following. */
    leave: () => leave(),

    /** Reconnects the stream if it is silent. @param {boolean} [isSure] true if the connection is known to be lost */
    checkConnection(isSure = false) {
      if (get().players.following) stream.check(isSure);
      else player.check(isSure);
    },

    /** Starts or stops leading. @param {"POST" | "DELETE"} method */
    lead: (method) => player.lead(method).catch(report),
  };
}
