/** Data of one's own: chosen or dropped, sent, looked at as what it becomes, and kept. */

import { decode } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { droppedFrom, pickedFrom } from "./dropped_files.js";
import { plural, times } from "../../graphics/format.js";
import { Refusal } from "../../core/refusals.js";
import { zipped } from "./zip.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";

/** @typedef {import("./zip.js").Found} Found */
/** @typedef {import("../../wire.js").OwnDraft} OwnDraft */
/** @typedef {import("../../wire.js").DatasetInfo} DatasetInfo */
/** @typedef {"pictures" | "signals"} Kind */
/** @typedef {{ progress: (part: number) => void, signal: AbortSignal }} Sending */

const SIDE = 40;
const TABLE = /\.(csv|tsv|txt)$/i;
const ZIP = /\.zip$/i;

/**
 * @param {HTMLElement} root
 * @param {{ theme: () => "light" | "dark",
 *   upload: (kind: Kind, how: Record<string, string>, body: Blob, on: Sending) => Promise<OwnDraft>,
 *   keep: (name: string, title: string) => Promise<DatasetInfo>,
 *   kept: (info: DatasetInfo) => Promise<void> }} on `kept` is told of a set that is kept now
 */
export function mountOwn(root, on) {
  const most = Number(root.dataset.maxUpload);
  const zone = one(".drop", root);
  const problem = one(".trouble", root);
  const sending = one(".sending", root);
  const doing = one(".doing", sending);
  const bar = /** @type {HTMLProgressElement} */ (one("progress", sending));
  const draftRoot = one(".draft", root);
  const title = /** @type {HTMLInputElement} */ (one("[name=title]", root));
  const keep = /** @type {HTMLButtonElement} */ (one(".keep", root));
  const forms = /** @type {Record<Kind, HTMLFormElement>} */ ({
    pictures: one("form.pictures", root),
    signals: one("form.signals", root),
  });
  /** @type {{ kind: Kind, body: Blob, name: string } | null} */
  let given = null;
  /** @type {OwnDraft | null} */
  let draft = null;
  let work = new AbortController();

  /** @param {string | null} message */
  function tell(message) {
    say(problem, message ?? "");
    problem.hidden = message === null;
    if (message !== null) problem.scrollIntoView({ block: "nearest" });
  }

  /** Runs one piece of work; whatever was under way before ends. @param {(signal: AbortSignal) => Promise<void>} action */
  async function only(action) {
    work.abort();
    const { signal } = (work = new AbortController());
    tell(null);
    try {
      await action(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refusal)) throw error;
      tell(error.message);
      draftRoot.hidden = true;
    } finally {
      if (!signal.aborted) sending.hidden = true;
    }
  }

  /** @param {string} words @param {number | null} part of it that is done; null where nobody knows */
  function show(words, part) {
    sending.hidden = false;
    say(doing, words);
    if (part === null) bar.removeAttribute("value");
    else bar.value = part;
  }

  /** As if nothing had been brought. */
  function clear() {
    given = draft = null;
    draftRoot.hidden = true;
    for (const form of Object.values(forms)) form.hidden = true;
  }

  /** @param {readonly Found[]} files */
  async function take(files) {
    clear();
    await only(async (signal) => {
      if (files.length === 0) throw new Refusal("empty", "There is no file in it.");
      const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
      if (bytes > most)
        throw new Refusal(
          "too_large",
          `That is ${megabytes(bytes)}, and at most ${megabytes(most)} can be sent: leave some files out, or scale the pictures down.`,
        );
      const [first] = files;
      const whole = files.length === 1 && (ZIP.test(first.path) || TABLE.test(first.path));
      const kind = whole && TABLE.test(first.path) ? "signals" : "pictures";
      const body = whole
        ? first.file
        : await zipped(files, (done) => {
            if (signal.aborted) throw signal.reason;
            show(`packing ${done} of ${plural(files.length, "file")} …`, done / files.length);
          });
      const name = first.path.split("/")[0].replace(/\.\w+$/, "");
      given = { kind, body, name };
      title.value = name;
      forms[kind].hidden = false;
      await send(signal);
    });
  }

  /** @param {AbortSignal} signal */
  async function send(signal) {
    if (!given) return;
    const { kind, body } = given;
    keep.disabled = true;
    draftRoot.classList.add("old");
    const how = Object.fromEntries(
      /** @type {[string, string][]} */ ([...new FormData(forms[kind]).entries()]),
    );
    draft = await on.upload(kind, how, body, {
      signal,
      progress: (part) =>
        part < 1 ? show(`sending ${megabytes(body.size)} …`, part) : show("looking at what is in it …", null),
    });
    if (signal.aborted) return;
    keep.disabled = false;
    draftRoot.classList.remove("old");
    draw(draft);
  }

  /** @param {OwnDraft} made */
  function draw({
    classes,
    counts,
    shape,
    images,
    labels,
    signed,
    left_out,
    left_out_count,
    ignored,
    about,
  }) {
    const all = counts.reduce((a, b) => a + b, 0);
    say(
      one(".result", root),
      `${plural(all, "example")} in ${classes.length} classes, ${times(shape)} numbers each. ${about}`,
    );
    const [cells, own] = [decode(images), shapeOf(images)];
    const size = own.reduce((a, b) => a * b, 1);
    const limit = largestOf(cells);
    const rows = classes.map((name, label) => {
      const pictures = labels.flatMap((other, place) =>
        other === label
          ? [
              thumbOf(own, cells.subarray(place * size, (place + 1) * size), {
                side: SIDE,
                limit,
                signed,
                theme: on.theme(),
                label: name,
              }),
            ]
          : [],
      );
      const count = element("span", "quiet number", counts[label].toLocaleString("en"));
      return element("li", "", element("b", "", name), count, element("div", "thumbs", ...pictures));
    });
    one(".rows", root).replaceChildren(...rows);
    const without = one(".left-out", root);
    without.hidden = left_out_count === 0;
    say(one("h4", without), `${plural(left_out_count, "file")} left out`);
    const more = left_out_count - left_out.length;
    one("ul", without).replaceChildren(
      ...[...left_out, ...(more > 0 ? [`and ${more} more`] : [])].map((words) => element("li", "", words)),
    );
    const junk = one(".ignored", root);
    junk.hidden = ignored === 0;
    say(junk, `${plural(ignored, "file")} of file managers (such as .DS_Store) left out as well.`);
    const isNew = draftRoot.hidden;
    draftRoot.hidden = false;
    if (isNew) draftRoot.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} selector */
  function picker(selector) {
    const input = /** @type {HTMLInputElement} */ (one(`input${selector}`, root));
    one(`button${selector}`, root).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = pickedFrom(input.files ?? []);
      input.value = "";
      if (files.length > 0) void take(files);
    });
  }

  picker(".file");
  picker(".folder");
  one(".stop", root).addEventListener("click", () => {
    work.abort();
    sending.hidden = true;
    tell("Stopped. Nothing was kept.");
  });
  for (const form of Object.values(forms)) {
    form.addEventListener("change", () => void only(send));
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  one("form.title", root).addEventListener("submit", (event) => {
    event.preventDefault();
    void only(async () => {
      if (!draft) return;
      const info = await on.keep(draft.name, title.value);
      clear();
      await on.kept(info);
    });
  });

  return {
    /** @param {DataTransfer} transfer of what was dropped */
    async drop(transfer) {
      await take(await droppedFrom(transfer));
    },
    /** @param {boolean} is whether something is held over the page that can be dropped */
    over(is) {
      zone.classList.toggle("over", is);
    },
  };
}

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
