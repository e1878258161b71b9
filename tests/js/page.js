/** A page without views, for the tests of effects. */

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

/** The address bar of a tab, with its history. @param {string} search */
function fakeBar(search) {
  /** @type {string[]} */
  const pushed = [];
  /** @type {any} */
  let entry = null;
  /** @param {any} state @param {string | URL | null} [address] */
  const set = (state, address) => {
    entry = state;
    search = String(address ?? search);
  };
  return {
    pushed,
    search: () => search,
    state: () => entry,
    /** @param {any} state @param {string} _ @param {string | URL | null} [address] */
    replaceState: (state, _, address) => set(state, address),
    /** @param {any} state @param {string} _ @param {string | URL | null} [address] */
    pushState(state, _, address) {
      pushed.push(String(address));
      set(state, address);
    },
  };
}

/** @param {ReturnType<typeof import("./fake_server.js").fakeServer>} server @param {string} [search] @param {ReturnType<typeof fakeTab>} [tab] */
export async function page(server, search = "", tab = fakeTab()) {
  const store = createStore(INITIAL, reduce);
  const bar = fakeBar(search);
  const identity = createIdentity(() => tab);
  const effects = createEffects(store, server.transport, bar, identity);
  await effects.openPage();
  await sleep(5);
  return {
    store,
    effects,
    identity,
    bar,
    pushed: bar.pushed,
    at: () => store.get().shown?.moment.iteration,
    run: () => store.get().run?.id ?? "",
    player: () => server.players.get(identity.id()),
    /** The browser's Back or Forward to an address. @param {string} address */
    async go(address) {
      bar.replaceState(null, "", address);
      await effects.openAddress();
      await sleep(5);
    },
  };
}
