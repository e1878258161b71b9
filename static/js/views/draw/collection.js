/** "My digits": the collected pictures with their labels, to train on. */

import { shapeOfArray } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { plural } from "../../graphics/format.js";
import { thumbOf } from "../../graphics/thumbnail.js";
import { exported, numbersOf } from "./collection_store.js";
import { digitsHere } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("./collection_store.js").Digit} Digit */

const SIDE = 40;
const EMPTY = "Keep digits here with their labels, and train on all of them together.";

/** Saves a text as a file. @param {string} text @param {string} name */
function download(text, name) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** @param {Digit} digit @param {State} state @param {App} app */
function figureOf(digit, { draw: { reading }, run, theme }, { effects }) {
  const name = run?.classes[digit.label] ?? String(digit.label);
  const shape = reading ? shapeOfArray(reading.input) : (run?.layers[0].shape ?? []);
  const look = { side: SIDE, limit: 1, signed: false, theme, label: `your ${name}` };
  const remove = element("button", "remove", "✕");
  remove.setAttribute("aria-label", `Delete your ${name}`);
  remove.addEventListener("click", () => effects.draw.remove(digit));
  const picture = thumbOf(shape, numbersOf(digit.picture), look);
  return element("figure", "", picture, element("figcaption", "", name), remove);
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountCollection(root, app) {
  const { store, effects } = app;
  const [grid, about] = [one(".grid", root), one(".about", root)];
  const file = /** @type {HTMLInputElement} */ (one("input[type=file]", root));
  const [mixed, alone, save] = [".mixed", ".alone", ".export"].map(
    (name) => /** @type {HTMLButtonElement} */ (one(name, root)),
  );
  /** What is drawn. @type {readonly unknown[]} */
  let drawn = [];
  mixed.addEventListener("click", () => void effects.draw.trainOnCollection(false));
  alone.addEventListener("click", () => void effects.draw.trainOnCollection(true));
  save.addEventListener("click", () => download(exported(store.get().draw.collection), "my-digits.json"));
  one(".import", root).addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    file.value = "";
    if (chosen) effects.draw.importDigits(await chosen.text());
  });

  return (state) => {
    const { collection, reading } = state.draw;
    const now = [collection, reading?.dataset ?? state.run?.recipe.dataset, state.run?.classes, state.theme];
    if (now.every((value, i) => value === drawn[i])) return;
    drawn = now;
    const here = digitsHere(state);
    const others = collection.length - here.length;
    const elsewhere = others ? ` ${plural(others, "digit")} of other data sets are not shown.` : "";
    say(about, here.length ? `${plural(here.length, "digit")}.${elsewhere}` : `${EMPTY}${elsewhere}`);
    mixed.disabled = alone.disabled = here.length === 0;
    save.disabled = collection.length === 0;
    grid.replaceChildren(...here.map((digit) => figureOf(digit, state, app)));
  };
}
