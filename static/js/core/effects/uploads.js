/** Uploads: files are packed and sent, previewed as a data set, and kept. */

import { megabytes, plural } from "../../graphics/format.js";
import { NO_FILE } from "../../views/uploads/state.js";
import { zipped } from "../../views/uploads/zip.js";
import { Refusal } from "../refusals.js";

/** @typedef {import("../../views/uploads/zip.js").Found} Found */
/** @typedef {import("../../views/uploads/state.js").How} How */
/** @typedef {import("../../views/uploads/state.js").Kind} Kind */
/** @typedef {import("../../views/uploads/state.js").Upload} Upload */

const TABLE = /\.(csv|tsv|txt|ts|arff|dat)$/i;
const ZIP = /\.zip$/i;

/**
 * @param {import("../effects.js").Tools} tools
 * @param {Pick<import("./data.js").DataEffects, "show">} data
 */
export function createUploads({ store: { get, dispatch }, transport }, data) {
  let work = new AbortController();

  /** @param {Partial<Upload>} upload */
  const set = (upload) => dispatch({ type: "upload", upload });

  /** Starts one piece of work and aborts the one before. @param {(signal: AbortSignal) => Promise<void>} action */
  async function only(action) {
    work.abort();
    const { signal } = (work = new AbortController());
    set({ trouble: null });
    try {
      await action(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refusal)) throw error;
      set({ trouble: error.message, draft: null });
    } finally {
      if (!signal.aborted) set({ work: null });
    }
  }

  /** Sends the file and fetches its draft. @param {AbortSignal} signal */
  async function send(signal) {
    const { file, how } = get().upload;
    if (!file) return;
    set({ isOld: true });
    const draft = await transport.upload(file.kind, how[file.kind], file.body, {
      signal,
      progress: (fraction) =>
        set({
          work:
            fraction < 1
              ? { words: `sending ${megabytes(file.body.size)} …`, fraction }
              : { words: "looking at what is in it …", fraction: null },
        }),
    });
    if (!signal.aborted) set({ draft, isOld: false });
  }

  /** @param {readonly Found[]} files @param {AbortSignal} signal @returns {Promise<{ kind: Kind, body: Blob }>} */
  async function packed(files, signal) {
    const [{ path, file }] = files;
    if (files.length === 1 && TABLE.test(path)) return { kind: "signals", body: file };
    if (files.length === 1 && ZIP.test(path)) return { kind: "pictures", body: file };
    const body = await zipped(files, (done) => {
      if (signal.aborted) throw signal.reason;
      const words = `packing ${done} of ${plural(files.length, "file")} …`;
      set({ work: { words, fraction: done / files.length } });
    });
    return { kind: "pictures", body };
  }

  return {
    /** @param {readonly Found[]} files @param {number} most bytes that can be sent */
    async take(files, most) {
      set(NO_FILE);
      await only(async (signal) => {
        if (files.length === 0) throw new Refusal("empty", "There is no file in it.");
        const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
        if (bytes > most)
          throw new Refusal(
            "too_large",
            `That is ${megabytes(bytes)}, and at most ${megabytes(most)} can be sent: leave some files out, or scale the pictures down.`,
          );
        const file = await packed(files, signal);
        set({ file, title: files[0].path.split("/")[0].replace(/\.\w+$/, "") });
        await send(signal);
      });
    },

    /** Interprets the file in another way. @param {Kind} kind @param {How} how */
    async change(kind, how) {
      dispatch({ type: "upload how", kind, how });
      await only(send);
    },

    /** Reads the file again, without the readings that a person chose. */
    async asFound() {
      dispatch({ type: "upload as found" });
      await only(send);
    },

    /** Aborts the work under way. */
    stop() {
      work.abort();
      set({ work: null, trouble: "Stopped. Nothing was kept." });
    },

    /** Keeps the draft as a data set, and shows it. */
    keep: () =>
      only(async () => {
        const { draft, title } = get().upload;
        if (!draft) return;
        const { name } = await transport.keepDataset(draft.name, title);
        set(NO_FILE);
        await data.show(name);
      }),
  };
}
