/** The depths of the page: one layer in focus, or everything open. The choice is kept in the browser. */

const KEY = "depth";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */

/** @returns {State["depth"]} the depth that the browser keeps */
function kept() {
  try {
    return localStorage.getItem(KEY) === "everything" ? "everything" : "explore";
  } catch {
    // Storage is forbidden: the page begins as on a first visit.
    return "explore";
  }
}

/** @param {State["depth"]} depth */
function keep(depth) {
  try {
    localStorage.setItem(KEY, depth);
  } catch {
    // Storage is forbidden. The depth then lasts as long as the page.
  }
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountDepth(root, { store }) {
  const buttons = [...root.querySelectorAll("button")];
  for (const button of buttons)
    button.addEventListener("click", () => {
      const depth = /** @type {State["depth"]} */ (button.dataset.depth);
      keep(depth);
      store.dispatch({ type: "depth", depth });
    });
  store.dispatch({ type: "depth", depth: kept() });
  return ({ depth }) => {
    document.documentElement.dataset.depth = depth;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.depth === depth));
  };
}
