/**
 * The NumPy lens: the very code that is running at this moment, and one number made once more by plain loops. While it
 * is open, it follows the steps.
 */

import { element, one, say } from "../../graphics/dom.js";
import { short } from "../../graphics/format.js";
import { latest } from "../../core/latest.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Lens} Lens */
/** @typedef {import("../../wire.js").Listing} Listing */
/** @typedef {import("../../wire.js").Note} Note */

const DIGITS = 7;

/** @param {number | null} number */
const text = (number) => (number === null ? "not finite" : short(number, DIGITS));

/** @param {readonly number[]} numbers */
const tuple = (numbers) => `(${numbers.join(", ")}${numbers.length === 1 ? "," : ""})`;

/** What a line made, as in "out (8, 64)", "index=(3, 0, 5)" or "f=3"; "→" is what it returned. @param {Note} note */
function said({ name, shape, index, value }) {
  const what = shape
    ? ` ${tuple(shape)}`
    : `${name === "→" ? " " : "="}${index ? tuple(index) : text(value)}`;
  // A line breaks between notes, not in them.
  return `${name}${what}`.replaceAll(" ", "\u00a0");
}

/** @param {Listing} code @param {string} title */
function listing({ file, lines }, title) {
  const items = lines.map((line) => {
    const code = element("span", "text", line.text);
    code.style.setProperty("--indent", String(line.text.search(/\S|$/)));
    const item = element("li", line.mark ?? "", code);
    item.value = line.number;
    if (line.mark === "lit") item.setAttribute("aria-current", "true");
    if (line.notes.length) item.append(element("span", "notes", line.notes.map(said).join("  ")));
    return item;
  });
  const heading = element("h3", "", title, " ", element("span", "quiet", file));
  return [heading, element("ol", "code", ...items)];
}

/** A cell with its coordinates, as in conv1.out[f=3, p=0, q=5]. @param {Lens} lens */
function cellOf({ name, index, letters }) {
  const places = index.map((place, i) => (letters[i] ? `${letters[i]}=${place}` : String(place)));
  return `${name}[${places.join(", ")}]`;
}

/** @param {Lens} lens @returns {(Node | string)[]} */
function result(lens) {
  const cell = cellOf(lens);
  if (!lens.computed) return [`${cell} is not computed yet`];
  const value = `${cell} = ${text(lens.value)}`;
  if (!lens.loops || lens.agree === null) return [value];
  const words = `loops ${text(lens.loops_value)}, ${lens.agree ? "the same" : "not the same"}`;
  return [value, element("span", lens.agree ? "right" : "wrong", words)];
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ lens: (name?: string | null) => Promise<{ lens: Lens, tensors: readonly string[] } | null> }} on
 * @returns {{ open: () => Promise<void>, update: (state: State) => void }}
 */
export function mountLens(dialog, on) {
  const title = one("h2", dialog);
  const choice = one(".tensors", dialog);
  const source = one(".source", dialog);
  const loops = one(".loops", dialog);
  const words = one(".words", dialog);
  const number = one(".result", dialog);
  one(".close", dialog).addEventListener("click", () => dialog.close());

  /** @param {Lens} lens @param {readonly string[]} tensors */
  function draw(lens, tensors) {
    dialog.dataset.phase = lens.phase;
    say(
      title,
      lens.layer === lens.phase ? `${lens.layer}: its code` : `${lens.layer}, ${lens.phase}: its code`,
    );
    const buttons = tensors.map((name) => {
      // The code calls the gradient of its input dx, and the stage the dout of the layer before.
      const isInput = lens.phase === "backward" && name.endsWith(".dout");
      const button = element("button", "", isInput ? `dx = ${name}` : name);
      button.setAttribute("aria-pressed", String(name === lens.name));
      button.addEventListener("click", () => void look(name));
      return button;
    });
    choice.replaceChildren(...(tensors.length > 1 ? buttons : []));
    say(words, lens.words);
    number.replaceChildren(...result(lens));
    source.replaceChildren(
      ...lens.source.flatMap((code, i) => listing(code, i ? "which calls" : "What runs")),
    );
    loops.replaceChildren(
      ...(lens.loops
        ? listing(
            lens.loops,
            lens.computed ? "The same in plain loops, really run" : "The same in plain loops",
          )
        : []),
    );
    loops.hidden = !lens.loops;
  }

  /** Where a listing is longer than its place, the line that is lit is in the middle of it. */
  function showLit() {
    for (const place of [source, loops]) {
      const lit = place.querySelector(".lit");
      if (!lit) continue;
      const { top, height } = place.getBoundingClientRect();
      place.scrollTop += lit.getBoundingClientRect().top - top - height / 2;
    }
  }

  /** The moment that it shows. @type {State["shown"]} */
  let shown = null;

  const look = latest(async (/** @type {string | null} the tensor to look at */ name) => {
    const found = await on.lens(name);
    if (!found) return;
    draw(found.lens, found.tensors);
    if (!dialog.open) dialog.showModal();
    showLit();
  });

  return {
    open: () => look(null),
    /** While it is open it goes along with the steps. @param {State} state */
    update(state) {
      const before = shown;
      shown = state.shown;
      if (dialog.open && shown && shown !== before) void look(null);
    },
  };
}
