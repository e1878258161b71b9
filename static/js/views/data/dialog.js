/** The data browser: the list of data sets, their examples, and their preprocessing. */

import { isOpen, refusalOf } from "../../core/state.js";
import { decode, sizeOfShape } from "../../core/typed_arrays.js";
import { onChange } from "../../graphics/changes.js";
import { modal } from "../../graphics/dialog.js";
import { element, one, say } from "../../graphics/dom.js";
import { grouped, megabytes, PARTS, plural, times } from "../../graphics/format.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";
import { mountPreprocessing } from "./preprocessing.js";
import { COUNT, formOf, infoIn, isOwn, listedIn } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("./state.js").Data} Data */
/** @typedef {import("../../wire.js").DatasetInfo} DatasetInfo */
/** @typedef {import("../../wire.js").Split} Split */

/** @type {readonly Split[]} */
const SPLITS = ["train", "validation", "test"];
const [CLASS_SIDE, SIDE] = [56, 48];
/** @type {readonly string[]} */
const NONE = [];

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountData(root, app) {
  const dialog = /** @type {HTMLDialogElement} */ (root);
  const { store } = app;
  const problem = one(".problem", dialog);
  const add = one(".add", dialog);
  const [chosenRoot, ownRoot] = [one(".chosen", dialog), one(".own", dialog)];
  const open = modal(dialog, () => store.dispatch({ type: "dialog", close: "data" }));
  const parts = [
    mountSets(one(".sets", dialog), app),
    mountHead(one(".head", dialog), app),
    mountDownload(one(".missing", dialog), app),
    mountClasses(one(".inside", dialog), app),
    mountExamples(one(".inside", dialog), app),
    mountPreprocessing(one(".make", dialog), app),
  ];
  add.addEventListener("click", () => {
    store.dispatch({ type: "data", data: { isAdding: true } });
    ownRoot.hidden = false;
    ownRoot.scrollIntoView({ block: "nearest" });
  });

  return (state) => {
    const isShown = isOpen(state, "data");
    open(isShown);
    if (!isShown) return;
    const refusal = refusalOf(state, "data");
    say(problem, refusal ?? "");
    problem.hidden = refusal === null;
    const { isAdding, detail } = state.data;
    ownRoot.hidden = !isAdding;
    chosenRoot.hidden = isAdding;
    add.setAttribute("aria-pressed", String(isAdding));
    one(".inside", dialog).hidden = detail === null;
    for (const draw of parts) draw(state);
  };
}

/** The sets to choose from. @param {HTMLElement} root @param {App} app */
function mountSets(root, { effects }) {
  /** @param {DatasetInfo} info @param {string | undefined} used @param {boolean} isChosen */
  function button(info, used, isChosen) {
    const { name, title, shape, train_examples: train, test_examples: test, ready, download } = info;
    // The number of examples is unknown until the files are read.
    const counts = train === null || test === null ? [] : [`${grouped(train)} + ${grouped(test)}`];
    const missing = download?.running ? "downloading …" : `download ${megabytes(info.download_bytes ?? 0)}`;
    const button = element(
      "button",
      "",
      element("b", "", title),
      element("span", "quiet number", [times(shape), ...counts].join(" · ")),
      element("span", "state", name === used ? "in use" : ready ? "" : missing),
    );
    button.setAttribute("aria-pressed", String(isChosen));
    button.addEventListener("click", () => void effects.data.choose(name));
    return button;
  }

  const draw = onChange(
    /** @param {Data["list"]} list @param {string | undefined} used @param {string | null} chosen */
    (list, used, chosen) => {
      const focused = [...root.children].findIndex((item) => item.contains(document.activeElement));
      const buttons = list.map((info) => button(info, used, info.name === chosen));
      root.replaceChildren(...buttons.map((button) => element("li", "", button)));
      buttons[focused]?.focus();
    },
  );
  /** @param {State} state */
  return ({ data: { list, chosen, isAdding }, run }) =>
    draw(list, run?.recipe.dataset, isAdding ? null : chosen);
}

/** The description of the chosen set, and its actions. @param {HTMLElement} root @param {App} app */
function mountHead(root, { store, effects }) {
  const title = one("h3", root);
  const about = one(".about", root);
  const use = /** @type {HTMLButtonElement} */ (one(".use", root));
  const remove = one(".remove", root);
  use.addEventListener("click", () => void effects.data.use(null));
  remove.addEventListener("click", () => void effects.data.remove());
  remove.addEventListener("blur", () => {
    if (store.get().data.isRemoving) store.dispatch({ type: "data", data: { isRemoving: false } });
  });

  /** @param {State} state */
  return ({ data }) => {
    use.disabled = data.detail === null;
    remove.hidden = !isOwn(data.chosen);
    remove.dataset.asking = String(data.isRemoving);
    say(remove, data.isRemoving ? "Really delete?" : "Delete");
    const info = infoIn(data);
    if (!info) return;
    const { train_examples: train, test_examples: test } = info;
    const size =
      train === null || test === null
        ? ""
        : `; ${plural(train, "example")} to train with, ${grouped(test)} to test with`;
    say(title, info.title);
    say(about, `${times(info.shape)} numbers each${size}. ${info.about}`);
  };
}

/** The download, in place of the examples, of a set that is not on this machine. @param {HTMLElement} root @param {App} app */
function mountDownload(root, { effects }) {
  const bar = /** @type {HTMLProgressElement} */ (one("progress", root));
  const words = one(".coming", root);
  const button = one(".bring", root);
  button.addEventListener("click", () => void effects.data.bring());

  /** @param {State} state */
  return ({ data }) => {
    const info = listedIn(data);
    root.hidden = info?.ready ?? true;
    if (!info || info.ready) return;
    const { download } = info;
    const isRunning = download?.running ?? false;
    bar.hidden = !isRunning;
    bar.max = download?.total ?? 1;
    bar.value = download?.done ?? 0;
    const needed = `${info.title} is not on this machine. It takes a download of ${megabytes(info.download_bytes ?? 0)}, once.`;
    const sofar = `${megabytes(download?.done ?? 0)} of ${megabytes(download?.total ?? 0)}`;
    say(words, isRunning ? sofar : (download?.problem ?? needed));
    words.classList.toggle("wrong", !isRunning && Boolean(download?.problem));
    say(button, isRunning ? "Cancel" : download?.problem ? "Try again" : "Download");
  };
}

/** Each class as the mean of its examples, and the choice of a split. @param {HTMLElement} root @param {App} app */
function mountClasses(root, { store, effects }) {
  const classes = one(".classes", root);
  const splits = SPLITS.map((split) => ({ split, button: one(`.part.${split}`, root) }));
  for (const { split, button } of splits)
    button.addEventListener("click", () => void effects.data.turn({ split, start: 0 }));

  /** @param {number} label */
  function toggle(label) {
    const { page } = store.get().data;
    void effects.data.turn({ label: page.label === label ? null : label, start: 0 });
  }

  const draw = onChange(
    /** @param {NonNullable<Data["detail"]>} detail @param {State["theme"]} theme */
    ({ means, info, signed }, theme) => {
      const [cells, shape] = [decode(means), shapeOf(means)];
      const size = sizeOfShape(shape);
      const look = { side: CLASS_SIDE, limit: largestOf(cells), signed, theme };
      classes.replaceChildren(
        ...info.classes.map((name, label) => {
          const own = cells.subarray(label * size, (label + 1) * size);
          const picture = thumbOf(shape, own, { ...look, label: `mean of ${name}` });
          const count = element("span", "quiet number");
          const button = element("button", "class", picture, element("b", "", name), count);
          button.title = `The mean of all stored training examples of ${name}. Click to see only its examples.`;
          button.addEventListener("click", () => toggle(label));
          return button;
        }),
      );
    },
  );

  /** @param {State} state */
  return (state) => {
    const { detail, page, examples } = state.data;
    if (!detail) return;
    draw(detail, state.theme);
    [...classes.children].forEach((button, label) => {
      button.setAttribute("aria-pressed", String(page.label === label));
      const count = examples?.counts[label];
      say(one(".number", button), count === undefined ? "" : grouped(count));
    });
    for (const { split, button } of splits) {
      button.setAttribute("aria-pressed", String(page.split === split));
      if (split === "validation") button.hidden = formOf(state)?.validation === "none";
    }
  };
}

/** A page of examples. @param {HTMLElement} root @param {App} app */
function mountExamples(root, { store, effects }) {
  const grid = one(".grid", root);
  const range = one(".range", root);
  const [previous, next] = [one(".previous", root), one(".next", root)];
  /** @param {number} count how many examples further on */
  function turn(count) {
    const { page, examples } = store.get().data;
    const start = Math.max(0, page.start + count);
    if (start < (examples?.total ?? 0)) void effects.data.turn({ start });
  }
  previous.addEventListener("click", () => turn(-COUNT));
  next.addEventListener("click", () => turn(COUNT));

  /** @param {number} number @param {string} name of its class @param {HTMLElement} picture @param {Split} split */
  function thumbnail(number, name, picture, split) {
    const button = element("button", "thumb", picture);
    const words = `${PARTS[split]} example ${number}: ${name}`;
    button.title = split === "train" ? `${words}. Click to look at it on the stage.` : words;
    button.setAttribute("aria-label", words);
    button.disabled = split !== "train";
    button.addEventListener("click", () => void effects.data.use(number));
    return button;
  }

  const draw = onChange(
    /** @param {Data["examples"]} examples @param {Split} split @param {readonly string[]} classes @param {State["theme"]} theme */
    (examples, split, classes, theme) => {
      if (!examples) return grid.replaceChildren();
      const { images, labels, numbers, start, signed, total } = examples;
      const [cells, shape] = [decode(images), shapeOf(images)];
      const size = sizeOfShape(shape);
      const look = { side: SIDE, limit: largestOf(cells), signed, theme };
      grid.replaceChildren(
        ...numbers.map((number, i) => {
          const name = classes[labels[i] ?? 0] ?? "";
          const own = cells.subarray(i * size, (i + 1) * size);
          return thumbnail(number, name, thumbOf(shape, own, { ...look, label: name }), split);
        }),
      );
      const last = start + numbers.length;
      say(range, `${start + 1} to ${last} of ${grouped(total)}`);
      previous.toggleAttribute("disabled", start === 0);
      next.toggleAttribute("disabled", last >= total);
    },
  );
  /** @param {State} state */
  return ({ data: { examples, split, detail }, theme }) =>
    draw(examples, split, detail?.info.classes ?? NONE, theme);
}
