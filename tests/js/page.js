/** A page without views, for the tests of effects. */

import { createAddressBar } from "../../static/js/core/address_bar.js";
import { createEffects } from "../../static/js/core/effects.js";
import { createIdentity } from "../../static/js/core/identity.js";
import { INITIAL, reduce } from "../../static/js/core/reducer.js";
import { createStore } from "../../static/js/core/store.js";

export { fakeServer } from "./fake_server.js";

/** @param {number} ms @returns {Promise<void>} */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The storage of a tab. @param {Map<string, string>} [kept] */
export function fakeTab(kept = new Map()) {
  return {
    kept,
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    removeItem: (/** @type {string} */ key) => void kept.delete(key),
  };
}

/** The part of a browser's window that has the address and its history. @param {string} address such as "#seed=3" */
function fakeWindow(address) {
  const entries = [{ url: new URL(address, "http://127.0.0.1/"), state: /** @type {any} */ (null) }];
  let index = 0;
  /** @type {(() => void)[]} */
  const listeners = [];
  /** @type {string[]} */
  const pushed = [];
  const entry = (/** @type {any} */ state, /** @type {string} */ to) => ({
    url: new URL(to, entries[index].url),
    state,
  });
  return {
    pushed,
    history: /** @type {any} */ ({
      get state() {
        return entries[index].state;
      },
      /** @param {any} state @param {string} _ @param {string} to */
      replaceState: (state, _, to) => void (entries[index] = entry(state, to)),
      /** @param {any} state @param {string} _ @param {string} to */
      pushState(state, _, to) {
        pushed.push(to);
        entries.splice(index + 1, Infinity, entry(state, to));
        index++;
      },
      back: () => setTimeout(() => show(index - 1)),
    }),
    location: /** @type {any} */ ({
      get hash() {
        return entries[index].url.hash;
      },
      get search() {
        return entries[index].url.search;
      },
      pathname: "/",
    }),
    addEventListener: (/** @type {string} */ _, /** @type {any} */ listener) => void listeners.push(listener),
    entries: () => entries.map(({ url }) => url.search + url.hash),
    /** A person types an address, which adds an entry. @param {string} to */
    type(to) {
      entries.splice(index + 1, Infinity, entry(null, to));
      show(index + 1);
    },
    /** Goes through the history. @param {number} by */
    go: (by) => show(index + by),
  };

  /** @param {number} at */
  function show(at) {
    if (!entries[at]) return;
    index = at;
    for (const listener of listeners) listener();
  }
}

/**
 * @param {ReturnType<typeof import("./fake_server.js").fakeServer>} server @param {string} [address]
 * @param {ReturnType<typeof fakeTab>} [tab]
 */
export async function page(server, address = "", tab = fakeTab()) {
  const store = createStore(INITIAL, reduce);
  const browser = fakeWindow(address);
  const bar = createAddressBar(/** @type {any} */ (browser));
  const identity = createIdentity(() => tab);
  const effects = createEffects(store, server.transport, bar, identity);
  bar.listen(() => void effects.openAddress());
  await effects.openPage();
  await sleep(5);
  return {
    store,
    effects,
    identity,
    browser,
    /** The address in the address bar. */
    address: () => browser.location.search + browser.location.hash,
    pushed: browser.pushed,
    at: () => store.get().shown?.moment.iteration,
    run: () => store.get().run?.id ?? "",
    player: () => server.players.get(identity.id()),
    /** A person changes the address. @param {string} address */
    async go(address) {
      browser.type(address);
      await sleep(5);
    },
  };
}
