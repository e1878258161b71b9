/** Requests that return a message or throw a `Refusal` whose message is a sentence. */

import { Refusal, UNREACHABLE } from "./refusals.js";

/** @typedef {import("../wire.js").ErrorReply} ErrorReply */

const STOPPED = new Refusal("stopped", "Stopped.");
/** Seconds without progress after which an upload counts as stuck. */
const MOVING_SECONDS = 4;

/** What ends each request that waits for its answer. @type {Set<() => void>} */
const waiting = new Set();

/** Ends the requests that wait for an answer, because the server is silent. An upload that is being sent goes on. */
export function giveUp() {
  for (const end of waiting) end();
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
export async function request(path, init) {
  const controller = new AbortController();
  const end = () => controller.abort();
  const stop = init?.signal;
  const signal = stop ? AbortSignal.any([stop, controller.signal]) : controller.signal;
  waiting.add(end);
  try {
    const reply = await fetch(path, { ...init, signal });
    const body = parsed(await reply.text());
    if (reply.ok && body !== null) return body;
    throw refusalOf(reply.status, body);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw stop?.aborted ? STOPPED : UNREACHABLE;
  } finally {
    waiting.delete(end);
  }
}

/** @param {number} status @param {ErrorReply | null} body */
export function refusalOf(status, body) {
  const message = body?.error?.message ?? `The server answered ${status}.`;
  return new Refusal(body?.error?.code ?? "unknown", message, body?.error?.field);
}

/** @param {string} path @param {unknown} body @param {AbortSignal} [signal] */
export const post = (path, body, signal) =>
  request(path, {
    signal,
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/** @param {string} path @param {unknown} body */
export const put = (path, body) =>
  request(path, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/** @param {Record<string, string | number | null | readonly string[]>} values null values are left out */
export function query(values) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    for (const item of Array.isArray(value) ? value : [value ?? []].flat()) search.append(key, String(item));
  }
  return `?${search}`;
}

/**
 * Puts a body, and says how much of it is sent.
 * @param {string} path @param {Blob} body
 * @param {{ progress: (part: number) => void, signal: AbortSignal }} on `progress` gets the fraction that is sent; `signal` aborts
 * @returns {Promise<any>}
 */
export const send = (path, body, { progress, signal }) =>
  new Promise((resolve, reject) => {
    // fetch does not report the progress of an upload.
    const sending = new XMLHttpRequest();
    /** The time at which it was last seen to move. */
    let moved = performance.now();
    const end = () => {
      if (performance.now() - moved < 1000 * MOVING_SECONDS) return;
      reject(UNREACHABLE);
      sending.abort();
    };
    waiting.add(end);
    sending.open("PUT", path);
    sending.upload.onprogress = ({ loaded, total }) => {
      moved = performance.now();
      progress(total ? loaded / total : 1);
    };
    sending.upload.onload = () => progress(1);
    sending.onerror = () => reject(UNREACHABLE);
    sending.onabort = () => reject(STOPPED);
    sending.onload = () => {
      const answer = parsed(sending.responseText);
      if (sending.status < 300 && answer !== null) resolve(answer);
      else reject(refusalOf(sending.status, answer));
    };
    sending.onloadend = () => waiting.delete(end);
    signal.addEventListener("abort", () => sending.abort());
    sending.send(body);
  });

/** @param {string} text @returns {any} null if the text is not JSON */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
