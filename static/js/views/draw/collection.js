/** "My digits": pictures of one's own with their labels, kept in this browser, to train on. */

import { added, exported, imported, numbersOf, without } from "./collection_store.js";
import { element, one, say } from "../../graphics/dom.js";
import { plural } from "../../graphics/format.js";
import { thumbOf } from "../../graphics/thumbnail.js";

/** @typedef {import("./collection_store.js").Collection} Collection */
/** @typedef {import("./collection_store.js").Own} Own */

const KEY = "my-digits";
const SIDE = 40;

/**
 * @param {HTMLElement} root
 * @param {{ classes: () => readonly string[], theme: () => "light" | "dark",
 *   train: (digits: Collection, alone: boolean) => Promise<void>, told: (error: unknown) => void,
 *   complain: (sentence: string) => void, imported: () => void }} on
 */
export function mountCollection(root, on) {
  const grid = one(".grid", root);
  const about = one(".about", root);
  const file = /** @type {HTMLInputElement} */ (one("input[type=file]", root));
  const [mixed, alone] = [".mixed", ".alone"].map(
    (name) => /** @type {HTMLButtonElement} */ (one(name, root)),
  );
  const save = /** @type {HTMLButtonElement} */ (one(".export", root));
  /** @type {Collection} */
  let collection = [];
  let dataset = "";
  /** @type {readonly number[]} */
  let shape = [];

  try {
    collection = imported(localStorage.getItem(KEY) ?? exported([]));
  } catch {
    // Storage is forbidden here, or holds something else: the collection lasts as long as the page.
  }

  /** @param {Collection} next */
  function change(next) {
    collection = next;
    try {
      localStorage.setItem(KEY, exported(collection));
    } catch {
      // As above.
    }
    draw();
  }

  const fitting = () => collection.filter((own) => own.dataset === dataset);

  function draw() {
    const [here, classes, theme] = [fitting(), on.classes(), on.theme()];
    const others = collection.length - here.length;
    const elsewhere = others ? ` ${plural(others, "digit")} of other data sets are not shown.` : "";
    const empty = "Keep digits here with their labels, and train on all of them together.";
    say(about, here.length ? `${plural(here.length, "digit")}.${elsewhere}` : `${empty}${elsewhere}`);
    mixed.disabled = alone.disabled = here.length === 0;
    save.disabled = collection.length === 0;
    grid.replaceChildren(
      ...here.map((own) => {
        const name = classes[own.label] ?? String(own.label);
        const look = { side: SIDE, limit: 1, signed: false, theme, label: `your ${name}` };
        const remove = element("button", "remove", "✕");
        remove.setAttribute("aria-label", `Delete your ${name}`);
        remove.addEventListener("click", () => change(without(collection, own)));
        return element(
          "figure",
          "",
          thumbOf(shape, numbersOf(own.picture), look),
          element("figcaption", "", name),
          remove,
        );
      }),
    );
  }

  mixed.addEventListener("click", () => void on.train(fitting(), false).catch(on.told));
  alone.addEventListener("click", () => void on.train(fitting(), true).catch(on.told));
  save.addEventListener("click", () => {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([exported(collection)], { type: "application/json" }));
    link.download = "my-digits.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  one(".import", root).addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    file.value = "";
    if (!chosen) return;
    const text = await chosen.text();
    try {
      change(added(collection, imported(text)));
      on.imported();
    } catch (error) {
      on.complain(/** @type {Error} */ (error).message);
    }
  });

  return {
    /** @param {string} name of the data set that is in use @param {readonly number[]} of its examples */
    update(name, of) {
      dataset = name;
      shape = of;
      draw();
    },
    /** @param {Own} own */
    add: (own) => change(added(collection, [own])),
  };
}
