/** The stack of records at the moment shown: what the forward pass keeps for the backward pass, and its memory. */

import { element, one, say } from "../../graphics/dom.js";
import { modal } from "../../graphics/dialog.js";
import { bytes, plural } from "../../graphics/format.js";
import { isOpen } from "../../core/state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Stack} Stack */

/** @param {Stack["records"][number]} record */
function rowOf({ layer, pushed, popped, bytes: size, tensors }) {
  const status = !pushed ? "not pushed yet" : popped ? "popped" : "on the stack";
  return element(
    "tr",
    status === "on the stack" ? "held" : "quiet",
    element("th", "", layer),
    element("td", "", status),
    element("td", "number", bytes(size)),
    element("td", "quiet", tensors.map(([name, size]) => `${name} ${bytes(size)}`).join(", ")),
  );
}

/** @param {HTMLDialogElement} dialog @param {App} app @returns {(state: State) => void} */
export function mountStack(dialog, { store }) {
  const [body, sum] = [one("tbody", dialog), one(".sum", dialog)];
  const show = modal(dialog, () => store.dispatch({ type: "dialog", close: "stack" }));
  /** @type {Stack | null} */
  let drawn = null;

  /** @param {Stack} stack whose last record is its top, and the first row */
  function draw({ records }) {
    body.replaceChildren(...[...records].reverse().map(rowOf));
    const held = records.filter(({ pushed, popped }) => pushed && !popped);
    const size = held.reduce((total, record) => total + record.bytes, 0);
    say(sum, `${plural(held.length, "record")} on the stack, ${bytes(size)}`);
  }

  return (state) => {
    const { stack } = state.inspection;
    if (stack && stack !== drawn) draw(stack);
    drawn = stack;
    show(isOpen(state, "stack") && stack !== null);
  };
}
