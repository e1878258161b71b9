/** "Why?": a map over the input for any class score or any other cell, by a method of one's choice. */

import { decode, shapeOfArray } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { latest } from "../../core/latest.js";

/** @typedef {import("../../wire.js").Saliency} Saliency */
/** @typedef {import("../../wire.js").SaliencyMethod} SaliencyMethod */
/** @typedef {import("../../wire.js").TypedArray} TypedArray */
/** @typedef {{ layer: string, cell: number, title: string }} Unit */

/** How long a picture must rest before it is asked about by a method that takes many forward passes. */
const REST_SECONDS = 0.3;
const SLOW = "occlusion";

/**
 * @param {HTMLElement} root
 * @param {{ methods: () => Promise<readonly SaliencyMethod[]>,
 *   ask: (question: { layer: string, cell: number, method: Saliency["about"]["method"], convolution: string | null }) =>
 *     Promise<Saliency>,
 *   lay: (map: Parameters<ReturnType<typeof import("./input_editor.js").mountGiven>["lay"]>[0], strength: number) => void,
 *   report: (error: unknown) => void }} on
 */
export function mountWhy(root, on) {
  const method = /** @type {HTMLSelectElement} */ (one(".method", root));
  const unitOf = /** @type {HTMLSelectElement} */ (one(".unit", root));
  const convolution = /** @type {HTMLSelectElement} */ (one(".convolution", root));
  const strength = /** @type {HTMLInputElement} */ (one(".strength", root));
  const [words, meaning] = [one(".words", root), one(".meaning", root)];
  /** @type {readonly Unit[]} */
  let units = [];
  /** The unit that a person chose; null for the answer, whichever it is. @type {Unit | null} */
  let chosen = null;
  let winner = 0;
  /** @type {Saliency | null} */
  let shown = null;
  let isReady = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;

  method.append(new Option("nothing", ""));
  const hasMethods = on.methods().then((methods) => {
    for (const { method: key, title } of methods) method.append(new Option(title, key));
  });
  hasMethods.catch(on.report);
  for (const select of [method, convolution]) select.addEventListener("change", () => void ask());
  unitOf.addEventListener("change", () => {
    chosen = units[Number(unitOf.value)] ?? null;
    void ask();
  });
  strength.addEventListener("input", lay);

  const now = () => chosen ?? units[winner] ?? null;

  const ask = latest(async (/** @type {void} */ _) => {
    const unit = now();
    if (!isReady || !unit || method.value === "") {
      shown = null;
      lay();
      return;
    }
    try {
      const { layer, cell } = unit;
      const key = /** @type {Saliency["about"]["method"]} */ (method.value);
      shown = await on.ask({ layer, cell, method: key, convolution: convolution.value || null });
      root.classList.remove("failed");
      lay();
    } catch (error) {
      shown = null;
      lay();
      root.classList.add("failed");
      say(words, error instanceof Error ? error.message : String(error));
      if (!(error instanceof Error)) throw error;
    }
  });

  function lay() {
    const isOn = shown !== null;
    strength.disabled = !isOn;
    one("label.maps", root).hidden = !shown?.convolution;
    say(meaning, shown ? `${shown.about.meaning} ${shown.about.limit}` : "");
    say(words, shown ? shown.words : "Choose a method, and see which pixels the answer depends on.");
    if (!shown) return on.lay(null, 0);
    const { map, signed, about } = shown;
    const names = shown.convolutions;
    if ([...convolution.options].map(({ value }) => value).join() !== names.join())
      convolution.replaceChildren(...names.map((name) => new Option(name, name)));
    convolution.value = shown.convolution ?? "";
    const limit = Math.max(Math.abs(map.minimum ?? 0), Math.abs(map.maximum ?? 0));
    const picture = {
      cells: decode(map.data),
      shape: shapeOfArray(map.data),
      limit,
      signed,
      label: about.title,
    };
    on.lay(picture, Number(strength.value) / 100);
  }

  function fill() {
    const list = chosen && !units.includes(chosen) ? [...units, chosen] : units;
    const answer = units[winner];
    unitOf.replaceChildren(
      new Option(answer ? `the answer (${answer.title})` : "the answer", "-1"),
      ...list.map(({ title }, number) => new Option(title, String(number))),
    );
    units = list;
    unitOf.value = chosen ? String(list.indexOf(chosen)) : "-1";
  }

  return {
    /**
     * Another input, or another network: asks once more.
     * @param {readonly Unit[]} scores one for each class @param {number | null} best the answer
     */
    update(scores, best) {
      const keep =
        chosen && !scores.some(({ layer, cell }) => layer === chosen?.layer && cell === chosen?.cell);
      units = scores;
      if (chosen && !keep)
        chosen = scores.find(({ layer, cell }) => layer === chosen?.layer && cell === chosen?.cell) ?? null;
      winner = best ?? 0;
      isReady = true;
      fill();
      clearTimeout(resting);
      if (method.value === SLOW) resting = setTimeout(() => void ask(), REST_SECONDS * 1000);
      else void ask();
    },
    clear() {
      isReady = false;
      void ask();
    },
    /** @param {Unit} unit */
    async choose(unit) {
      chosen = units.find(({ layer, cell }) => layer === unit.layer && cell === unit.cell) ?? unit;
      fill();
      await hasMethods;
      if (method.value === "") method.value = "gradient";
      void ask();
    },
    reset() {
      chosen = null;
      units = [];
    },
    unit: now,
  };
}
