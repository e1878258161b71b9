/**
 * The id of a page's player. The tab keeps it, so that a reload is the same player. A tab that is duplicated while its
 * page lives is given a copy of its storage: that page is a new player.
 */

const ID = "player";
/** Set while no page of the tab lives. */
const LEFT = "player-left";

/** @returns {string} 32 random hexadecimal digits; they need no secure context */
function freshId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Tab */

/**
 * @param {() => Tab} tab the storage of the tab; where it is forbidden, the id lasts as long as the page
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
    /** The player whose state this page takes over: its own from before a reload, or that of the page it is a copy of. */
    before,
    /** Becomes another player: this one belongs to another browser. */
    renew() {
      id = freshId();
      keep();
    },
    /** Call it when the page goes away, perhaps for a reload. */
    leave: () => attempt((storage) => storage.setItem(LEFT, "")),
    /** Call it when the page comes back from the browser's cache of pages. */
    comeBack,
  };
}

/** @typedef {ReturnType<typeof createIdentity>} Identity */
