/** The NumPy lens: the code that runs at the moment shown, and one number computed again by plain loops. */

import { element, one, say } from "../../graphics/dom.js";
import { told } from "../../graphics/format.js";
import { modal } from "../../graphics/dialog.js";
import { isOpen } from "../../core/state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").Lens} Lens */
/** @typedef {import("../../wire.js").Listing} Listing */
/** @typedef {import("../../wire.js").Note} Note */

const DIGITS = 7;

/** @param {number | null} number */
const text = (number) => told(number, DIGITS);

/** @param {readonly number[]} numbers */
const tuple = (numbers) => `(${numbers.join(", ")}${numbers.length === 1 ? "," : ""})`;

/** The result of a line, as in "out (8, 64)", "index=(3, 0, 5)" or "f=3"; "→" marks a returned value. @param {Note} note */
function noteText({ name, shape, index, value }) {
  const what = shape
    ? ` ${tuple(shape)}`
    : `${name === "→" ? " " : "="}${index ? tuple(index) : text(value)}`;
  // A line may break between notes, but not within one.
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
    if (line.notes.length) item.append(element("span", "notes", line.notes.map(noteText).join("  ")));
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

/** @param {HTMLDialogElement} dialog @param {App} app @returns {(state: State) => void} */
export function mountLens(dialog, { store, effects }) {
  const [title, choice, words] = [one("h2", dialog), one(".tensors", dialog), one(".words", dialog)];
  const [source, loops, number] = [one(".source", dialog), one(".loops", dialog), one(".result", dialog)];
  const show = modal(dialog, () => store.dispatch({ type: "dialog", close: "lens" }));
  /** @type {State["inspection"]["lens"]} */
  let drawn = null;

  /** @param {Lens} lens @param {readonly string[]} tensors */
  function drawChoice(lens, tensors) {
    const buttons = tensors.map((name) => {
      // The code calls the gradient of its input dx. On the stage it is the dout of the layer before.
      const isInput = lens.phase === "backward" && name.endsWith(".dout");
      const button = element("button", "", isInput ? `dx = ${name}` : name);
      button.setAttribute("aria-pressed", String(name === lens.name));
      button.addEventListener("click", () => void effects.look(name));
      return button;
    });
    choice.replaceChildren(...(tensors.length > 1 ? buttons : []));
  }

  /** @param {Lens} lens @param {readonly string[]} tensors */
  function draw(lens, tensors) {
    dialog.dataset.phase = lens.phase;
    const where = lens.layer === lens.phase ? lens.layer : `${lens.layer}, ${lens.phase}`;
    say(title, `${where}: its code`);
    drawChoice(lens, tensors);
    say(words, lens.words);
    number.replaceChildren(...result(lens));
    source.replaceChildren(
      ...lens.source.flatMap((code, i) => listing(code, i ? "which calls" : "What runs")),
    );
    const heading = lens.computed ? "The same in plain loops, really run" : "The same in plain loops";
    loops.replaceChildren(...(lens.loops ? listing(lens.loops, heading) : []));
    loops.hidden = !lens.loops;
  }

  /** Scrolls long listings until the lit line is in the middle. */
  function showLit() {
    for (const place of [source, loops]) {
      const lit = place.querySelector(".lit");
      if (!lit) continue;
      const { top, height } = place.getBoundingClientRect();
      place.scrollTop += lit.getBoundingClientRect().top - top - height / 2;
    }
  }

  return (state) => {
    const { lens } = state.inspection;
    const isNew = lens !== null && lens !== drawn;
    drawn = lens;
    if (isNew) draw(lens.lens, lens.tensors);
    show(isOpen(state, "lens") && lens !== null);
    if (isNew) showLit();
  };
}
