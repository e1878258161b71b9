/** Preprocessing and augmentation, chosen in a form, and shown as what they make of some examples. */

import { decode } from "../decode.js";
import { element, one, say } from "../dom.js";
import { largestOf, shapeOf, thumbOf } from "./thumb.js";

/** @typedef {import("../wire.js").Recipe} Recipe */
/** @typedef {import("../wire.js").Preview} Preview */

const PREPROCESSING = ["scaling", "whitening", "balance", "label_noise"];
const SIDE = 64;

/**
 * @param {HTMLElement} root
 * @param {{ preview: (recipe: Recipe) => Promise<Preview>, theme: () => "light" | "dark",
 *   attempt: (action: () => Promise<void>) => Promise<void> }} on
 */
export function mountPreprocessing(root, on) {
  const form = /** @type {HTMLFormElement} */ (one("form", root));
  const counts = one(".counts", root);
  const pairs = one(".pairs", root);
  const fields = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...form.elements]);
  /** @type {{ recipe: Recipe, classes: readonly string[] } | null} */
  let now = null;
  let asked = 0;

  /** @param {HTMLInputElement | HTMLSelectElement} field */
  function read({ name, value, type }) {
    if (name === "whitening") return value === "true";
    // What is left empty is not 0: the server asks for it.
    return type === "number" ? (value.trim() === "" ? NaN : Number(value)) : value;
  }

  /** A recipe with what the form says. @param {Recipe} recipe @returns {Recipe} */
  function applied(recipe) {
    const { preprocessing, augmentation } = structuredClone(/** @type {any} */ (recipe));
    for (const field of fields)
      (PREPROCESSING.includes(field.name) ? preprocessing : augmentation)[field.name] = read(field);
    return { ...recipe, preprocessing, augmentation };
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
        /** @param {import("../decode.js").Numbers} cells */
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

  form.addEventListener("change", () => void on.attempt(show));
  form.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("toggle", () => void on.attempt(show));

  return {
    applied,
    /** @param {Recipe} recipe whose settings the form shows, and whose data @param {readonly string[]} classes */
    async start(recipe, classes) {
      now = { recipe, classes };
      pairs.replaceChildren();
      for (const field of fields) {
        const owner = PREPROCESSING.includes(field.name) ? recipe.preprocessing : recipe.augmentation;
        field.value = String(/** @type {any} */ (owner)[field.name]);
      }
      await show();
    },
  };
}
