/** The upload panel: files are chosen or dropped, previewed as a data set, and kept. */

import { decode, sizeOfShape } from "../../core/typed_arrays.js";
import { onChange } from "../../graphics/changes.js";
import { element, one, say } from "../../graphics/dom.js";
import { grouped, plural, times } from "../../graphics/format.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";
import { droppedFrom, pickedFrom } from "./dropped_files.js";
import { mountDoubts } from "./doubts.js";
import { KINDS } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("./state.js").Kind} Kind */
/** @typedef {import("./zip.js").Found} Found */
/** @typedef {import("../../wire.js").OwnDraft} OwnDraft */

const SIDE = 40;

/** @param {HTMLElement} root in the dialog that files are dropped on @param {App} app @returns {(state: State) => void} */
export function mountUploads(root, { store, effects }) {
  const most = Number(root.dataset.maxUpload);
  const problem = one(".trouble", root);
  const draftRoot = one(".draft", root);
  const title = /** @type {HTMLInputElement} */ (one("[name=title]", root));
  const keep = /** @type {HTMLButtonElement} */ (one(".keep", root));
  const drawWork = mountWork(one(".sending", root));
  const drawForms = mountForms(root, { store, effects });
  const drawDraft = onChange(mountDraft(draftRoot));
  const drawDoubts = mountDoubts(one(".doubts", root), effects);

  /** @param {readonly Found[]} files */
  const take = (files) => void effects.uploads.take(files, most);
  for (const name of [".file", ".folder"]) mountPicker(root, name, take);
  mountDrop(root, take, () => store.dispatch({ type: "data", data: { isAdding: true } }));
  one(".stop", root).addEventListener("click", effects.uploads.stop);
  title.addEventListener("input", () => store.dispatch({ type: "upload", upload: { title: title.value } }));
  one("form.title", root).addEventListener("submit", (event) => {
    event.preventDefault();
    void effects.uploads.keep();
  });

  const showTrouble = onChange(
    /** @param {string | null} trouble */
    (trouble) => {
      say(problem, trouble ?? "");
      problem.hidden = trouble === null;
      if (trouble !== null) problem.scrollIntoView({ block: "nearest" });
    },
  );
  return ({ upload, theme }) => {
    showTrouble(upload.trouble);
    drawWork(upload.work);
    drawForms(upload);
    if (title.value !== upload.title) title.value = upload.title;
    keep.disabled = upload.isOld;
    draftRoot.classList.toggle("old", upload.isOld);
    const isNew = draftRoot.hidden && upload.draft !== null;
    draftRoot.hidden = upload.draft === null;
    drawDraft(upload.draft, theme);
    drawDoubts(upload);
    if (isNew) draftRoot.scrollIntoView({ block: "nearest" });
  };
}

/** @param {HTMLElement} root */
function mountWork(root) {
  const words = one(".doing", root);
  const bar = /** @type {HTMLProgressElement} */ (one("progress", root));
  /** @param {State["upload"]["work"]} work */
  return (work) => {
    root.hidden = work === null;
    if (!work) return;
    say(words, work.words);
    if (work.fraction === null) bar.removeAttribute("value");
    else bar.value = work.fraction;
  };
}

/** The forms that say how to interpret a file, one for each kind. @param {HTMLElement} root @param {App} app */
function mountForms(root, { effects }) {
  const forms = KINDS.map((kind) => {
    const form = /** @type {HTMLFormElement} */ (one(`form.${kind}`, root));
    form.addEventListener("change", ({ target }) => {
      const { name, value } = /** @type {HTMLSelectElement} */ (target);
      void effects.uploads.change(kind, { [name]: value });
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    return { kind, form };
  });
  /** @param {State["upload"]} upload */
  return ({ file, how }) => {
    for (const { kind, form } of forms) {
      form.hidden = file?.kind !== kind;
      for (const [name, value] of Object.entries(how[kind])) {
        const field = /** @type {HTMLSelectElement | null} */ (form.elements.namedItem(name));
        if (field && field.value !== value) field.value = value;
      }
    }
  };
}

/** @param {HTMLElement} root */
function mountDraft(root) {
  const without = one(".left-out", root);
  const ignoredRoot = one(".ignored", root);

  /** The examples of each class. @param {OwnDraft} draft @param {State["theme"]} theme */
  function rowsOf({ classes, counts, images, labels, signed }, theme) {
    const [cells, shape] = [decode(images), shapeOf(images)];
    const size = sizeOfShape(shape);
    const look = { side: SIDE, limit: largestOf(cells), signed, theme };
    return classes.map((name, label) => {
      const places = labels.flatMap((other, place) => (other === label ? [place] : []));
      const pictures = places.map((place) =>
        thumbOf(shape, cells.subarray(place * size, (place + 1) * size), { ...look, label: name }),
      );
      const count = element("span", "quiet number", grouped(counts[label]));
      return element("li", "", element("b", "", name), count, element("div", "thumbs", ...pictures));
    });
  }

  /** @param {OwnDraft | null} draft @param {State["theme"]} theme */
  return (draft, theme) => {
    if (!draft) return;
    const { classes, counts, shape, left_out, left_out_count, ignored, about } = draft;
    const all = counts.reduce((a, b) => a + b, 0);
    say(
      one(".result", root),
      `${plural(all, "example")} in ${classes.length} classes, ${times(shape)} numbers each. ${about}`,
    );
    one(".rows", root).replaceChildren(...rowsOf(draft, theme));
    without.hidden = left_out_count === 0;
    say(one("h4", without), `${plural(left_out_count, "file")} left out`);
    const more = left_out_count - left_out.length;
    const reasons = [...left_out, ...(more > 0 ? [`and ${more} more`] : [])];
    one("ul", without).replaceChildren(...reasons.map((words) => element("li", "", words)));
    ignoredRoot.hidden = ignored === 0;
    say(ignoredRoot, `${plural(ignored, "file")} of file managers (such as .DS_Store) left out as well.`);
  };
}

/** A button that opens a file picker. @param {HTMLElement} root @param {string} name @param {(files: readonly Found[]) => void} take */
function mountPicker(root, name, take) {
  const input = /** @type {HTMLInputElement} */ (one(`input${name}`, root));
  one(`button${name}`, root).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = pickedFrom(input.files ?? []);
    input.value = "";
    if (files.length > 0) take(files);
  });
}

/**
 * Files can be dropped anywhere on the dialog.
 * @param {HTMLElement} root @param {(files: readonly Found[]) => void} take @param {() => void} enter
 */
function mountDrop(root, take, enter) {
  const zone = one(".drop", root);
  const place = /** @type {HTMLElement} */ (root.closest("dialog"));
  for (const kind of /** @type {const} */ (["dragenter", "dragover", "dragleave", "drop"]))
    place.addEventListener(kind, (event) => {
      const transfer = event.dataTransfer;
      if (!transfer?.types.includes("Files")) return;
      event.preventDefault();
      if (kind === "dragenter") enter();
      zone.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop") void droppedFrom(transfer).then(take);
    });
}
