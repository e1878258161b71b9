/** Preprocessing, augmentation and validation, chosen in a form, and shown as what they make of some examples. */

import { decode } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";

/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").Preview} Preview */

/** The recipe's own parts, and which of the fields belong to them. */
const OWNERS = {
  preprocessing: ["scaling", "whitening", "balance", "label_noise"],
  augmentation: ["shift", "rotation", "scale", "noise"],
};
/** What each kind of validation is told. @type {Record<string, readonly string[]>} */
const TOLD = { none: [], hold_out: ["share"], k_fold: ["folds", "fold"] };
const SIDE = 64;

/**
 * @param {HTMLElement} root
 * @param {{ preview: (recipe: Recipe) => Promise<Preview>, theme: () => "light" | "dark",
 *   attempt: (action: () => Promise<void>) => Promise<void>, changed: () => void }} on
 */
export function mountPreprocessing(root, on) {
  const form = /** @type {HTMLFormElement} */ (one("form", root));
  const counts = one(".counts", root);
  const pairs = one(".pairs", root);
  /** @type {{ recipe: Recipe, classes: readonly string[] } | null} */
  let now = null;
  let asked = 0;

  /** @param {string} name */
  const fieldOf = (name) =>
    /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));

  /** Only what the chosen kind of validation is told can be set. */
  function showTold() {
    for (const name of ["share", "folds", "fold"])
      one(`[data-of="${name}"]`, form).hidden = !TOLD[fieldOf("validation").value].includes(name);
  }

  /** @param {HTMLInputElement | HTMLSelectElement} field */
  function read({ name, value, type }) {
    if (name === "whitening") return value === "true";
    // What is left empty is not 0: the server asks for it.
    return type === "number" ? (value.trim() === "" ? NaN : Number(value)) : value;
  }

  /** A recipe with what the form says. @param {Recipe} recipe @returns {Recipe} */
  function applied(recipe) {
    /** @param {readonly string[]} names */
    const told = (names) => Object.fromEntries(names.map((name) => [name, read(fieldOf(name))]));
    const kind = fieldOf("validation").value;
    const validation = /** @type {any} */ ({ kind, ...told(TOLD[kind]) });
    // A person counts folds from 1.
    if (kind === "k_fold") validation.fold = Number(validation.fold) - 1;
    return /** @type {any} */ ({
      ...recipe,
      preprocessing: told(OWNERS.preprocessing),
      augmentation: told(OWNERS.augmentation),
      validation,
    });
  }

  /** @param {Preview} preview */
  function draw({ numbers, stored, made, stored_signed, made_signed, colours, labels, truths, counts: all }) {
    const classes = now?.classes ?? [];
    const shape = shapeOf(stored);
    const size = shape.reduce((a, b) => a * b, 1);
    const [before, after] = [decode(stored), decode(made)];
    const theme = on.theme();
    pairs.replaceChildren(
      ...numbers.map((number, i) => {
        /** @param {import("../../core/typed_arrays.js").Numbers} cells */
        const own = (cells) => cells.subarray(i * size, (i + 1) * size);
        const words = `example ${number}`;
        const first = { side: SIDE, limit: largestOf(before), signed: stored_signed, theme, label: words };
        const then = { ...first, limit: largestOf(after), signed: made_signed, colours };
        const isWrong = labels[i] !== truths[i];
        const name = element("b", isWrong ? "wrong" : "", classes[labels[i]] ?? "");
        if (isWrong) name.title = `A wrong label: it is ${classes[truths[i]]}.`;
        const pictures = [
          thumbOf(shape, own(before), first),
          thumbOf(shape, own(after), { ...then, label: `${words}, as the network gets it` }),
        ];
        return element("figure", "", pictures[0], "↓", pictures[1], name);
      }),
    );
    say(
      counts,
      `Training examples: ${all.map((count, k) => `${classes[k]} ${count.toLocaleString("en")}`).join(", ")}.`,
    );
  }

  async function show() {
    if (!now || !root.hasAttribute("open")) return;
    const mine = ++asked;
    const preview = await on.preview(applied(now.recipe));
    if (mine === asked) draw(preview);
  }

  form.addEventListener("change", () => {
    showTold();
    on.changed();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("toggle", () => void on.attempt(show));

  return {
    applied,
    show,
    /** @param {Recipe} recipe whose settings the form shows, and whose data @param {readonly string[]} classes */
    start(recipe, classes) {
      now = { recipe, classes };
      pairs.replaceChildren();
      const { preprocessing, augmentation, validation } = recipe;
      for (const [name, value] of Object.entries({ ...preprocessing, ...augmentation }))
        fieldOf(name).value = String(value);
      fieldOf("validation").value = validation.kind;
      if (validation.kind === "hold_out") fieldOf("share").value = String(validation.share);
      if (validation.kind === "k_fold") {
        fieldOf("folds").value = String(validation.folds);
        fieldOf("fold").value = String(validation.fold + 1);
      }
      showTold();
    },
  };
}
