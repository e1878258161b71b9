/** The data: which set to train on, and what is in it. */

import { decode } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { PARTS, plural, times } from "../../graphics/format.js";
import { attempting } from "../../core/refusals.js";
import { mountOwn } from "./upload.js";
import { mountPreprocessing } from "./preprocessing.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").DatasetInfo} DatasetInfo */
/** @typedef {import("../../wire.js").DatasetDetail} DatasetDetail */
/** @typedef {import("../../wire.js").Examples} Examples */
/** @typedef {import("../../wire.js").Split} Part */

/** @type {readonly Part[]} */
const PART_NAMES = ["train", "validation", "test"];
const COUNT = 48;
const SIDE = 48;
const LOOK_AGAIN_SECONDS = 0.4;

/** @param {string} name @returns {boolean} whether the set is a person's own */
const isOwn = (name) => name.startsWith("own:");

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ state: () => State, list: () => Promise<readonly DatasetInfo[]>,
 *   detail: (name: string) => Promise<DatasetDetail>,
 *   examples: (recipe: DatasetDetail["recipe"], part: Part, start: number, count: number, label: number | null) => Promise<Examples>,
 *   bring: (name: string, method: "POST" | "DELETE") => Promise<DatasetInfo>,
 *   preview: (recipe: DatasetDetail["recipe"]) => Promise<import("../../wire.js").Preview>,
 *   use: (recipe: DatasetDetail["recipe"], example: number | null) => Promise<void>,
 *   upload: Parameters<typeof mountOwn>[1]["upload"], keep: Parameters<typeof mountOwn>[1]["keep"],
 *   remove: (name: string) => Promise<readonly DatasetInfo[]> }} on
 */
export function mountData(dialog, on) {
  const sets = one(".sets", dialog);
  const problem = one(".problem", dialog);
  const title = one("h3", dialog);
  const about = one(".about", dialog);
  const missing = one(".missing", dialog);
  const bar = /** @type {HTMLProgressElement} */ (one(".missing progress", dialog));
  const coming = one(".coming", dialog);
  const bring = /** @type {HTMLButtonElement} */ (one(".bring", dialog));
  const use = /** @type {HTMLButtonElement} */ (one(".use", dialog));
  const remove = /** @type {HTMLButtonElement} */ (one(".remove", dialog));
  const inside = one(".inside", dialog);
  const [chosenRoot, ownRoot] = [one(".chosen", dialog), one(".own", dialog)];
  const add = one(".add", dialog);
  const classes = one(".classes", dialog);
  const grid = one(".grid", dialog);
  const range = one(".range", dialog);
  const [previous, next] = [".previous", ".next"].map((name) => one(name, dialog));
  /** @type {readonly DatasetInfo[]} */
  let list = [];
  /** @type {DatasetDetail | null} */
  let detail = null;
  let chosen = "";
  /** @type {{ part: Part, label: number | null, start: number }} */
  let page = { part: "train", label: null, start: 0 };
  let total = 0;
  /** How many examples of each class the part has. @type {readonly number[]} */
  let counts = [];
  let asked = 0;

  const attempt = attempting(problem);

  const own = mountOwn(ownRoot, {
    theme: () => on.state().theme,
    upload: on.upload,
    keep: on.keep,
    kept: async ({ name }) => {
      list = await on.list();
      await choose(name);
    },
  });
  const preprocessing = mountPreprocessing(one(".make", dialog), {
    preview: on.preview,
    theme: () => on.state().theme,
    attempt,
    changed: () => void attempt(redraw),
  });
  /** @param {number | null} train @param {number | null} test @returns {string[]} none where nobody has counted */
  const countsOf = (train, test) =>
    train === null || test === null ? [] : [`${train.toLocaleString("en")} + ${test.toLocaleString("en")}`];
  const infoNow = () => list.find(({ name }) => name === chosen);

  function drawList() {
    const used = on.state().run?.recipe.dataset;
    const buttons = list.map((info) => {
      const { name, title, shape, train_examples, test_examples, ready, download_bytes } = info;
      const counts = countsOf(train_examples, test_examples);
      const size = [times(shape), ...counts].join(" · ");
      const state =
        name === used
          ? "in use"
          : ready
            ? ""
            : info.download?.running
              ? "downloading …"
              : `download ${megabytes(download_bytes ?? 0)}`;
      const button = element(
        "button",
        "",
        element("b", "", title),
        element("span", "quiet number", size),
        element("span", "state", state),
      );
      button.setAttribute("aria-pressed", String(name === chosen && ownRoot.hidden));
      button.addEventListener("click", () => void attempt(() => choose(name)));
      return element("li", "", button);
    });
    const focused = [...sets.children].findIndex((item) => item.contains(document.activeElement));
    sets.replaceChildren(...buttons);
    if (focused >= 0) one("button", buttons[focused]).focus();
  }

  /** What stands instead of the examples of a set that is not here. */
  function drawMissing() {
    const info = infoNow();
    if (!info) return;
    const { download } = info;
    const isRunning = download?.running ?? false;
    missing.hidden = info.ready;
    bar.hidden = !isRunning;
    bar.max = download?.total ?? 1;
    bar.value = download?.done ?? 0;
    const needed = `${info.title} is not on this machine. It takes a download of ${megabytes(info.download_bytes ?? 0)}, once.`;
    const come = `${megabytes(download?.done ?? 0)} of ${megabytes(download?.total ?? 0)}`;
    say(coming, isRunning ? come : (download?.problem ?? needed));
    coming.classList.toggle("wrong", !isRunning && Boolean(download?.problem));
    say(bring, isRunning ? "Cancel" : download?.problem ? "Try again" : "Download");
  }

  function drawHead() {
    const info = detail?.info.name === chosen ? detail.info : infoNow();
    if (!info) return;
    const { train_examples: train, test_examples: test } = info;
    const size =
      train === null || test === null
        ? ""
        : `; ${plural(train, "example")} to train with, ${test.toLocaleString("en")} to test with`;
    say(title, info.title);
    say(about, `${times(info.shape)} numbers each${size}. ${info.about}`);
  }

  /** The list as it is now, again and again while something is on its way. */
  async function look() {
    list = await on.list();
    drawList();
    drawMissing();
    const info = infoNow();
    if (dialog.open && list.some(({ download }) => download?.running))
      setTimeout(() => void attempt(look), LOOK_AGAIN_SECONDS * 1000);
    if (info?.ready && detail?.info.name !== chosen) await showInside();
  }

  /** Either a set, or the place where one's own is added. @param {boolean} isOwn */
  function turnTo(isOwn) {
    ownRoot.hidden = !isOwn;
    chosenRoot.hidden = isOwn;
    add.setAttribute("aria-pressed", String(isOwn));
    drawList();
  }

  /** @param {string} name */
  async function choose(name) {
    chosen = name;
    askingToRemove(false);
    turnTo(false);
    detail = null;
    page = { part: "train", label: null, start: 0 };
    use.disabled = true;
    inside.hidden = true;
    grid.replaceChildren();
    remove.hidden = !isOwn(name);
    drawHead();
    drawMissing();
    if (infoNow()?.ready) await showInside();
  }

  async function showInside() {
    const mine = ++asked;
    const found = await on.detail(chosen);
    if (mine !== asked || found.info.name !== chosen) return;
    detail = found;
    counts = [];
    use.disabled = false;
    inside.hidden = false;
    drawHead();
    preprocessing.start(recipeNow(), found.info.classes);
    await redraw();
  }

  function drawClasses() {
    if (!detail) return;
    const { means, info, signed } = detail;
    const [cells, shape] = [decode(means), shapeOf(means)];
    const size = shape.reduce((a, b) => a * b, 1);
    const limit = largestOf(cells);
    const { theme } = on.state();
    const buttons = info.classes.map((name, label) => {
      const own = cells.subarray(label * size, (label + 1) * size);
      const picture = thumbOf(shape, own, { side: 56, limit, signed, theme, label: `mean of ${name}` });
      const count = counts[label]?.toLocaleString("en") ?? "";
      const button = element(
        "button",
        "class",
        picture,
        element("b", "", name),
        element("span", "quiet number", count),
      );
      button.title = `The mean of all stored training examples of ${name}. Click to see only its examples.`;
      button.setAttribute("aria-pressed", String(page.label === label));
      button.addEventListener("click", () => turn({ label: page.label === label ? null : label, start: 0 }));
      return button;
    });
    classes.replaceChildren(...buttons);
    for (const part of PART_NAMES)
      one(`.part.${part}`, dialog).setAttribute("aria-pressed", String(page.part === part));
  }

  /** The network and the settings of the run stay where its data does; else those that learn the set. */
  function recipeNow() {
    const { run } = on.state();
    const { recipe } = /** @type {DatasetDetail} */ (detail);
    return run?.recipe.dataset === recipe.dataset ? run.recipe : recipe;
  }

  /** What the form has made of the data: its pictures, and its parts. */
  async function redraw() {
    const hasValidation = preprocessing.applied(recipeNow()).validation.kind !== "none";
    one(".part.validation", dialog).hidden = !hasValidation;
    const part = page.part === "validation" && !hasValidation ? "train" : page.part;
    page = { ...page, part, start: 0 };
    await showPage();
    await preprocessing.show();
  }

  /** @param {Partial<typeof page>} changes */
  function turn(changes) {
    page = { ...page, ...changes };
    drawClasses();
    void attempt(showPage);
  }

  async function showPage() {
    const mine = ++asked;
    const { part, start, label } = page;
    const found = await on.examples(preprocessing.applied(recipeNow()), part, start, COUNT, label);
    if (mine !== asked) return;
    counts = found.counts;
    drawClasses();
    drawPage(found);
  }

  /** @param {Examples} found */
  function drawPage({ images, labels, numbers, start, signed, total: all }) {
    total = all;
    const [cells, shape] = [decode(images), shapeOf(images)];
    const size = shape.reduce((a, b) => a * b, 1);
    const limit = largestOf(cells);
    const { theme } = on.state();
    const names = detail?.info.classes ?? [];
    const isTrain = page.part === "train";
    grid.replaceChildren(
      ...numbers.map((number, i) => {
        const name = names[labels[i] ?? 0] ?? "";
        const own = cells.subarray(i * size, (i + 1) * size);
        const picture = thumbOf(shape, own, { side: SIDE, limit, signed, theme, label: name });
        const button = element("button", "thumb", picture);
        const words = `${PARTS[page.part]} example ${number}: ${name}`;
        button.title = isTrain ? `${words}. Click to put it on the stage.` : words;
        button.setAttribute("aria-label", words);
        button.disabled = !isTrain;
        button.addEventListener("click", () => void attempt(() => take(number)));
        return button;
      }),
    );
    const last = start + numbers.length;
    say(range, `${start + 1} to ${last} of ${total.toLocaleString("en")}`);
    previous.toggleAttribute("disabled", start === 0);
    next.toggleAttribute("disabled", last >= total);
  }

  /** Opens a run on the set, with an example of one's choice on the stage. @param {number | null} example */
  async function take(example) {
    if (!detail) return;
    await on.use(preprocessing.applied(recipeNow()), example);
    dialog.close();
  }

  /** @param {boolean} is whether the next press deletes the chosen set */
  function askingToRemove(is) {
    remove.dataset.asking = String(is);
    say(remove, is ? "Really delete?" : "Delete");
  }

  remove.addEventListener("click", () => {
    if (remove.dataset.asking !== "true") return askingToRemove(true);
    void attempt(async () => {
      list = await on.remove(chosen);
      await choose(list[0].name);
    });
  });
  remove.addEventListener("blur", () => askingToRemove(false));
  add.addEventListener("click", () => {
    turnTo(true);
    ownRoot.scrollIntoView({ block: "nearest" });
  });
  for (const kind of /** @type {const} */ (["dragenter", "dragover", "dragleave", "drop"]))
    dialog.addEventListener(kind, (event) => {
      const transfer = event.dataTransfer;
      if (!transfer?.types.includes("Files")) return;
      event.preventDefault();
      if (kind === "dragenter") turnTo(true);
      own.over(kind === "dragenter" || kind === "dragover");
      if (kind === "drop") void attempt(() => own.drop(transfer));
    });
  one(".close", dialog).addEventListener("click", () => dialog.close());
  use.addEventListener("click", () => void attempt(() => take(null)));
  bring.addEventListener("click", () => {
    const method = infoNow()?.download?.running ? "DELETE" : "POST";
    void attempt(async () => {
      await on.bring(chosen, method);
      await look();
    });
  });
  for (const part of PART_NAMES)
    one(`.part.${part}`, dialog).addEventListener("click", () => turn({ part, start: 0 }));
  previous.addEventListener("click", () => turn({ start: Math.max(0, page.start - COUNT) }));
  next.addEventListener("click", () => page.start + COUNT < total && turn({ start: page.start + COUNT }));

  return {
    open() {
      dialog.showModal();
      void attempt(async () => {
        await look();
        // Whoever is adding data meanwhile stays there.
        if (!ownRoot.hidden) return;
        const used = on.state().run?.recipe.dataset;
        await choose((list.find(({ name }) => name === (chosen || used)) ?? list[0]).name);
      });
    },
  };
}
