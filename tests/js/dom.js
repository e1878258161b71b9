/**
 * The page in Node: a document made from the templates. Import this module before any view, because a custom element
 * needs a document when it is defined.
 */

import { readFileSync } from "node:fs";
import { Window } from "happy-dom";
import { contextOf, giveCanvases } from "./canvas.js";

/** @typedef {import("../../static/js/core/state.js").State} State */
/** @typedef {import("../../static/js/core/state.js").Action} Action */
/** @typedef {import("../../static/js/core/effects.js").App} App */

const GLOBALS = [
  "document",
  "customElements",
  "localStorage",
  "CSS",
  "Node",
  "Event",
  "CustomEvent",
  "KeyboardEvent",
  "MouseEvent",
  "PointerEvent",
  "ResizeObserver",
  "IntersectionObserver",
  "Element",
  "HTMLElement",
  "HTMLButtonElement",
  "HTMLInputElement",
  "HTMLSelectElement",
];
const TEMPLATES = new URL("../../templates/", import.meta.url);

const window = /** @type {any} */ (new Window({ width: 1366, height: 768, url: "http://127.0.0.1/" }));
giveCanvases(window);
const scope = /** @type {any} */ (globalThis);
for (const name of GLOBALS) scope[name] = window[name];
scope.window = window;
scope.OffscreenCanvas = class {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    return Object.assign(this, { width, height, getContext: () => contextOf(this) });
  }
};
scope.Option = function (/** @type {string} */ text, /** @type {string} */ value) {
  return Object.assign(document.createElement("option"), { text, value });
};
// The value of a custom property is its name, so that a test can tell which one is used.
scope.getComputedStyle = () => ({
  getPropertyValue: (/** @type {string} */ name) => name,
  fontSize: "14px",
  fontFamily: "sans-serif",
});
window.getComputedStyle = scope.getComputedStyle;

/** @param {string} name @returns {string} the HTML of a template and what it includes, without scripts and style sheets */
const template = (name) =>
  readFileSync(new URL(name, TEMPLATES), "utf8")
    .replace(/<script.*<\/script>|<link[^>]*>/g, "")
    .replace(/\{\{.*?\}\}/g, "")
    .replace(/\{% include "([^"]+)" %\}/g, (_, part) => template(part));

/** Fills the document with the HTML of the page. @param {...string} dialogs the names of the dialogs to include */
export function openPage(...dialogs) {
  const page = template("index.html").replace(/\{% for [^]*\{% endfor %\}/, () =>
    dialogs.map((name) => template(`dialogs/${name}.html`)).join(""),
  );
  document.documentElement.innerHTML = page.replace(/^[^]*?<html[^>]*>|<\/html>[^]*$/g, "");
}

/**
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} selector @param {ParentNode} [root] @returns {E}
 */
export function find(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return /** @type {E} */ (found);
}

/** @param {string} selector @param {ParentNode} [root] @returns {string} the text, with single spaces */
export const textOf = (selector, root) =>
  (find(selector, root).textContent ?? "").replaceAll(/\s+/g, " ").trim();

/** @param {string} selector @param {ParentNode} [root] @returns {string[]} */
export const textsOf = (selector, root = document) =>
  [...root.querySelectorAll(selector)].map((each) => (each.textContent ?? "").replaceAll(/\s+/g, " ").trim());

/**
 * The store and the effects that a view gets, without a server. Calls of effects are recorded in `asked`, and so are
 * dispatched actions. `now` sets the state of the store.
 * @param {State} state
 */
export function recordedApp(state) {
  /** @type {unknown[][]} */
  const asked = [];
  /** @param {string[]} path @returns {any} */
  const effectsAt = (path) =>
    new Proxy(() => {}, {
      // The members of a function and no `handleEvent`, so that an effect can be a listener.
      get: (target, name) =>
        name in target || name === "handleEvent"
          ? Reflect.get(target, name)
          : effectsAt([...path, String(name)]),
      apply: (_, __, values) => {
        asked.push([path.join("."), ...values]);
        return Promise.resolve();
      },
    });
  const store = {
    get: () => state,
    subscribe: () => () => {},
    /** @param {Action} action */
    dispatch: (action) => void asked.push(["dispatch", action]),
  };
  return {
    app: /** @type {App} */ (/** @type {unknown} */ ({ store, effects: effectsAt([]) })),
    asked,
    /** Sets the state of the store. @param {State} next @returns {State} */
    now: (next) => (state = next),
  };
}

/**
 * Mounts a view and draws a state. `update` draws another.
 * @param {(app: App) => (state: State) => void} mount @param {State} state
 */
export function mounted(mount, state) {
  const { app, asked, now } = recordedApp(state);
  const draw = mount(app);
  draw(state);
  return { asked, update: (/** @type {State} */ next) => draw(now(next)) };
}
