/** The state of the other pages: their number, the leaders among them, and the leader of this page. All pure. */

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/timeline.js").Unit} Unit */
/** @typedef {import("../../wire.js").Player} Player */

/**
 * The leader of this page.
 * @typedef {object} Following
 * @property {string} token of the leader
 * @property {string | null} own the address to return to; null if the page was opened by the leader's link
 * @property {Unit} unit that the leader plays by
 * @property {boolean} playing true while the leader plays
 * @property {boolean} isTold true once the page has explained that a follower cannot move by itself
 */

/**
 * @typedef {object} Players
 * @property {number} others the number of other pages that have this run open
 * @property {string | null} leading the token of this page's followers; null if it does not lead
 * @property {readonly string[]} leaders the tokens of other pages in this run that lead
 * @property {number} followers the number of pages that follow this one
 * @property {Following | null} following
 */

/**
 * @typedef {(
 *   | { type: "player", player: Pick<Player, "others" | "leading" | "leaders" | "followers"> }
 *   | { type: "following", following: Partial<Following> | null }
 * )} Action
 */

/** @type {Players} */
export const INITIAL = { others: 0, leading: null, leaders: [], followers: 0, following: null };

/** @type {Following} */
const FOLLOWING = { token: "", own: null, unit: "iteration", playing: false, isTold: false };

/**
 * @param {Players} players @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Players}
 */
export function reduce(players, action, state) {
  switch (action.type) {
    case "player": {
      const { others, leading, leaders, followers } = action.player;
      return { ...players, others, leading, leaders, followers };
    }
    case "following": {
      const { following } = action;
      return { ...players, following: following && { ...(players.following ?? FOLLOWING), ...following } };
    }
    case "open":
      if (action.isLeaders) return players;
      // A page that opens a run of its own stops following.
      return action.run.id === state.run?.id
        ? { ...players, following: null }
        : { ...INITIAL, leading: players.leading, followers: players.followers };
    default:
      return players;
  }
}

/** The number of pages here, as a label; null if this page is alone. @param {Players} players @returns {string | null} */
export function hereText({ others, leading, followers }) {
  if (others > 0) return `${others + 1} here`;
  if (leading === null) return null;
  return followers ? `${followers} ${followers === 1 ? "follows" : "follow"}` : "leading";
}

/** A sentence about the other pages. @param {Players} players @returns {string} empty if there are none */
export function othersText({ others }) {
  if (others === 0) return "";
  const words = others === 1 ? "One other page has" : `${others} other pages have`;
  return `${words} this run open. Each page plays by itself.`;
}

/** @param {Players} players @returns {string} a sentence about the leaders */
export function leadersText({ others, leaders }) {
  if (leaders.length > 1) return `${leaders.length} of them can be followed.`;
  return others === 1 ? "It can be followed." : "One of them can be followed.";
}

/** @param {Players} players @returns {string} a sentence about the followers of this page */
export function followersText({ followers }) {
  if (followers === 0) return "Nobody follows this page yet.";
  return followers === 1 ? "One page follows this one." : `${followers} pages follow this one.`;
}
