/** What proves the numbers: a layer's gradient check, and the stack of records that the backward pass reads. */

import { element, one, say } from "../../graphics/dom.js";
import { bytes, plural, short } from "../../graphics/format.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").GradientCheck} GradientCheck */

/** How a check came out; where all gradients are straight-through estimates, there was nothing to compare.
 * @param {GradientCheck} check */
export const verdictOf = ({ passed }) =>
  passed === null
    ? { mark: "≈", kind: "" }
    : passed
      ? { mark: "✓", kind: "right" }
      : { mark: "✗", kind: "wrong" };

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ check: (layer: string) => Promise<void>, enlarge: (large: State["large"]) => void }} on
 * @returns {{ open: (layer: string) => void, update: (state: State) => void }}
 */
export function mountCheck(dialog, on) {
  const title = one("h2", dialog);
  const words = one(".words", dialog);
  const numbers = one(".numbers", dialog);
  let layer = "";
  /** @type {GradientCheck | "running" | undefined} */
  let drawn;
  one(".close", dialog).addEventListener("click", () => dialog.close());

  /** @param {string} what @param {number | null} number @param {GradientCheck} check */
  function row(what, number, { name, cell, index }) {
    const go = element("button", "factor", number === null ? "not finite" : short(number, 8));
    go.title = `Go to ${name}[${index.join(", ")}]`;
    go.addEventListener("click", () => {
      dialog.close();
      on.enlarge({ name, cell });
    });
    return element("p", "", `${what}: `, go);
  }

  return {
    open(name) {
      layer = name;
      drawn = undefined;
      say(title, `Gradient check of ${name}`);
      say(words, "Comparing …");
      numbers.replaceChildren();
      dialog.showModal();
      void on.check(name);
    },
    update({ checks }) {
      const check = checks.get(layer);
      if (!dialog.open || check === drawn) return;
      drawn = check;
      if (!check) dialog.close();
      if (!check || check === "running") return;
      say(words, check.words);
      words.className = `words ${verdictOf(check).kind}`;
      const at = element("p", "", `The largest difference is at ${check.name}[${check.index.join(", ")}]:`);
      numbers.replaceChildren(
        ...(check.largest_error === null
          ? []
          : [
              at,
              row("backpropagation", check.analytic, check),
              row("central difference", check.numeric, check),
            ]),
      );
    },
  };
}

/**
 * @param {HTMLDialogElement} dialog @param {{ stack: () => Promise<import("../../wire.js").Stack | null> }} on
 * @returns {{ open: () => Promise<void> }}
 */
export function mountStack(dialog, on) {
  const body = one("tbody", dialog);
  const sum = one(".sum", dialog);
  one(".close", dialog).addEventListener("click", () => dialog.close());
  return {
    async open() {
      const stack = await on.stack();
      if (!stack) return;
      // The top of the stack stands above.
      body.replaceChildren(
        ...[...stack.records].reverse().map((record) => {
          const fate = !record.pushed ? "not pushed yet" : record.popped ? "popped" : "on the stack";
          const row = element(
            "tr",
            fate === "on the stack" ? "held" : "quiet",
            element("th", "", record.layer),
            element("td", "", fate),
            element("td", "number", bytes(record.bytes)),
            element("td", "quiet", record.tensors.map(([name, size]) => `${name} ${bytes(size)}`).join(", ")),
          );
          return row;
        }),
      );
      const held = stack.records.filter(({ pushed, popped }) => pushed && !popped);
      say(
        sum,
        `${plural(held.length, "record")} on the stack, ${bytes(held.reduce((a, r) => a + r.bytes, 0))}`,
      );
      dialog.showModal();
    },
  };
}
