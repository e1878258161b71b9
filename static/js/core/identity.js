/**
 * The id of a page's player. The tab stores it, so that a page has the same player after a reload. A duplicated tab gets a
 * copy of the storage while the first page is open; its page has a new player.
 */

const ID = "player";
/** This key exists while no page of the tab is open. */
const LEFT = "player-left";

/** @returns {string} 32 random hexadecimal digits; they need no secure context */
function freshId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Tab */

/**
 * @param {() => Tab} tab the storage of the tab; if it is forbidden, the id lasts as long as the page
 */
export function createIdentity(tab) {
  /** @template T @param {(storage: Tab) => T} use @returns {T | null} */
  function attempt(use) {
    try {
      return use(tab());
    } catch {
      return null;
    }
  }

  const before = attempt((storage) => storage.getItem(ID));
  const isReload = attempt((storage) => storage.getItem(LEFT)) !== null;
  let id = before !== null && isReload ? before : freshId();
  const keep = () => attempt((storage) => storage.setItem(ID, id));
  const comeBack = () => attempt((storage) => storage.removeItem(LEFT));
  keep();
  comeBack();

  return {
    id: () => id,
    /** The id of the player that this page continues or copies: its own before a reload, or that of the duplicated page. */
    before,
    /** Takes a new id, because another page or browser has the player. */
    renew() {
      id = freshId();
      keep();
    },
    /** To be called when the page closes or reloads. */
    leave: () => attempt((storage) => storage.setItem(LEFT, "")),
    /** To be called when the browser restores the page from its back/forward cache. */
    comeBack,
  };
}

/** @typedef {ReturnType<typeof createIdentity>} Identity */
