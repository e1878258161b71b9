/** The state of an upload: data of one's own on its way to the server, and what it becomes there. All pure. */

/** @typedef {import("../../wire.js").OwnDraft} OwnDraft */
/** @typedef {"pictures" | "signals"} Kind */
/** @typedef {Readonly<Record<string, string>>} How what the data is to become: the settings of a kind */

/**
 * @typedef {object} Upload
 * @property {{ readonly kind: Kind, readonly body: Blob } | null} file that was brought
 * @property {Readonly<Record<Kind, How>>} how
 * @property {string} title that a person gives it
 * @property {{ readonly words: string, readonly fraction: number | null } | null} work that is under way, and how much
 * of it is done; null: nobody knows
 * @property {string | null} trouble why it cannot be had, as a sentence
 * @property {OwnDraft | null} draft what the file becomes
 * @property {boolean} isOld true while the draft is made anew
 */

/**
 * @typedef {(
 *   | { type: "upload", upload: Partial<Upload> }
 *   | { type: "upload how", kind: Kind, how: How }
 * )} Action
 */

/** @type {readonly Kind[]} */
export const KINDS = ["pictures", "signals"];

/** The part of the slice that belongs to a file. */
export const NO_FILE = { file: null, title: "", work: null, trouble: null, draft: null, isOld: false };

/** @type {Upload} */
export const INITIAL = {
  ...NO_FILE,
  how: {
    pictures: { side: "28", colour: "false", fit: "pad", inverted: "false" },
    signals: { label: "detect", normalise: "true" },
  },
};

/** @param {Upload} upload @param {import("../../core/state.js").Action} action @returns {Upload} */
export function reduce(upload, action) {
  switch (action.type) {
    case "upload":
      return { ...upload, ...action.upload };
    case "upload how":
      return {
        ...upload,
        how: { ...upload.how, [action.kind]: { ...upload.how[action.kind], ...action.how } },
      };
    default:
      return upload;
  }
}
