/** The address bar of the browser, with its history. */

/**
 * @typedef {object} AddressBar
 * @property {() => string} text the address of the page, after # or, in old links, after ?
 * @property {() => any} state what this page keeps with the entry of the history
 * @property {(address: string, state?: unknown) => void} push adds an entry
 * @property {(address: string, state?: unknown) => void} replace changes the entry
 * @property {(act: () => void) => void} listen calls `act` when Back, Forward or a person changes the address
 */

/** @param {Pick<Window, "history" | "location" | "addEventListener">} window @returns {AddressBar} */
export function createAddressBar(window) {
  const { history, location } = window;
  const text = () => location.hash.slice(1) || location.search.slice(1);
  let known = text();
  /** @param {"pushState" | "replaceState"} method @returns {(address: string, state?: unknown) => void} */
  const write =
    (method) =>
    (address, state = null) => {
      history[method](state, "", `${location.pathname}${address}`);
      known = text();
    };
  return {
    text,
    state: () => history.state,
    push: write("pushState"),
    replace: write("replaceState"),
    listen(act) {
      // Browsers report one change by either or both of these events.
      for (const event of ["popstate", "hashchange"])
        window.addEventListener(event, () => {
          if (text() === known) return;
          known = text();
          act();
        });
    },
  };
}
