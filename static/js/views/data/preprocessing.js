/** Preprocessing, augmentation and validation: a form, and a preview of some examples. */

import { decode, sizeOfShape } from "../../core/typed_arrays.js";
import { onChange } from "../../graphics/changes.js";
import { element, one, say } from "../../graphics/dom.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";
import { grouped } from "../../graphics/format.js";
import { formOf, validationFields } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Preview} Preview */

const SIDE = 64;

/** @param {HTMLElement} root @param {import("../../core/effects.js").App} app @returns {(state: State) => void} */
export function mountPreprocessing(root, { store, effects }) {
  const details = /** @type {HTMLDetailsElement} */ (root);
  const form = /** @type {HTMLFormElement} */ (one("form", details));
  const drawPreview = onChange(mountPreview(details));
  // Typed text is stored at once. The server is asked when the field is left.
  form.addEventListener("input", ({ target }) => {
    const { name, value } = /** @type {HTMLInputElement | HTMLSelectElement} */ (target);
    store.dispatch({ type: "data field", field: name, text: value });
  });
  form.addEventListener("change", () => void effects.data.refresh());
  form.addEventListener("submit", (event) => event.preventDefault());
  details.addEventListener("toggle", () => void effects.data.preview(details.open));

  const fill = onChange(
    /** @param {string} text the fields with their values, as JSON */
    (text) => {
      const values = JSON.parse(text);
      const shown = validationFields(values);
      for (const [name, value] of Object.entries(values)) {
        const field = /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
        if (field.value !== value) field.value = value;
      }
      for (const name of ["share", "folds", "fold"])
        one(`[data-of="${name}"]`, form).hidden = !shown.includes(name);
    },
  );

  return (state) => {
    const { isPreviewing, preview, detail } = state.data;
    details.open = isPreviewing;
    const values = formOf(state);
    if (values) fill(JSON.stringify(values));
    drawPreview(preview, detail?.info.classes, state.theme);
  };
}

/** Some examples as stored, and as the network gets them. @param {HTMLElement} root */
function mountPreview(root) {
  const counts = one(".counts", root);
  const pairs = one(".pairs", root);

  /** @param {Preview | null} preview @param {readonly string[] | undefined} classes @param {State["theme"]} theme */
  return (preview, classes = [], theme) => {
    if (!preview) return pairs.replaceChildren();
    const {
      numbers,
      stored,
      made,
      stored_signed,
      made_signed,
      colours,
      labels,
      truths,
      counts: all,
    } = preview;
    const shape = shapeOf(stored);
    const size = sizeOfShape(shape);
    const [before, after] = [decode(stored), decode(made)];
    const looks = {
      stored: { side: SIDE, limit: largestOf(before), signed: stored_signed, theme },
      made: { side: SIDE, limit: largestOf(after), signed: made_signed, theme, colours },
    };
    pairs.replaceChildren(
      ...numbers.map((number, i) => {
        /** @param {import("../../core/typed_arrays.js").Numbers} cells */
        const own = (cells) => cells.subarray(i * size, (i + 1) * size);
        const words = `example ${number}`;
        const isWrong = labels[i] !== truths[i];
        const name = element("b", isWrong ? "wrong" : "", classes[labels[i]] ?? "");
        if (isWrong) name.title = `A wrong label: it is ${classes[truths[i]]}.`;
        const first = thumbOf(shape, own(before), { ...looks.stored, label: words });
        const then = thumbOf(shape, own(after), { ...looks.made, label: `${words}, as the network gets it` });
        return element("figure", "", first, "↓", then, name);
      }),
    );
    const list = all.map((count, k) => `${classes[k]} ${grouped(count)}`).join(", ");
    say(counts, `Training examples: ${list}.`);
  };
}
