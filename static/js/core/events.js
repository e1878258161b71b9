/** Event streams: what comes in them, and why one is lost. */

import { refusalOf } from "./http.js";
import { UNREACHABLE } from "./refusals.js";

/** @typedef {import("./refusals.js").Refusal} Refusal */

/**
 * What acts on the events of a stream, by their names.
 * @typedef {{
 *   player?: (player: import("../wire.js").Player) => void, leader?: (leader: import("../wire.js").Leader) => void,
 *   progress: (news: import("../wire.js").Progress) => void, frame: (frame: import("../wire.js").Frame) => void,
 *   ended?: () => void, alive?: () => void }} Events
 */

/**
 * @param {string} path of an event stream
 * @param {Events & { opened: () => void, lost: (refusal: Refusal) => void }} on `lost` gets the refusal of a stream that
 * never opened, "unreachable" for one that broke
 * @returns {() => void} closes it
 */
export function listen(path, { opened, lost, ...on }) {
  const source = new EventSource(path);
  const asking = new AbortController();
  let isOpened = false;
  for (const [name, act] of Object.entries(on))
    source.addEventListener(name, ({ data }) => act(JSON.parse(data)));
  source.onopen = () => {
    isOpened = true;
    opened();
  };
  source.onerror = async () => {
    // The browser alone waits longer before it tries again, and not at all after an answer that is no stream.
    source.close();
    lost(isOpened ? UNREACHABLE : await refusalAt(path, asking));
  };
  return () => {
    source.close();
    asking.abort();
  };
}

/**
 * Why a stream does not open, which the browser does not tell.
 * @param {string} path @param {AbortController} controller ends the question @returns {Promise<Refusal>}
 */
async function refusalAt(path, controller) {
  const reply = await fetch(path, { signal: controller.signal }).catch(() => null);
  if (!reply) return UNREACHABLE;
  if (!reply.ok) return refusalOf(reply.status, await reply.json().catch(() => null));
  controller.abort();
  return UNREACHABLE;
}
