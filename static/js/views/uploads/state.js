/** The state of an upload: the file, its progress, and the draft of a data set that it becomes. All pure. */

/** @typedef {import("../../wire.js").OwnDraft} OwnDraft */
/** @typedef {"pictures" | "signals"} Kind */
/** @typedef {Readonly<Record<string, string>>} How what the data is to become: the settings of a kind */

/**
 * @typedef {object} Upload
 * @property {{ readonly kind: Kind, readonly body: Blob } | null} file to upload
 * @property {Readonly<Record<Kind, How>>} how
 * @property {string} title that a person gives it
 * @property {{ readonly words: string, readonly fraction: number | null } | null} work under way, and the fraction
 * of it that is done; null where unknown
 * @property {string | null} trouble why the file was refused, as a sentence
 * @property {OwnDraft | null} draft of the data set
 * @property {boolean} isOld true while a new draft is on its way
 */

/**
 * @typedef {(
 *   | { type: "upload", upload: Partial<Upload> }
 *   | { type: "upload how", kind: Kind, how: How }
 *   | { type: "upload as found" }
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
      // What was chosen about a file's doubts belongs to that file.
      return { ...upload, ...(action.upload.file ? { how: settled(upload.how) } : {}), ...action.upload };
    case "upload as found":
      return { ...upload, how: settled(upload.how) };
    case "upload how":
      return {
        ...upload,
        how: { ...upload.how, [action.kind]: { ...upload.how[action.kind], ...action.how } },
      };
    default:
      return upload;
  }
}

/** The settings of the forms, without the readings that were chosen. @param {Upload["how"]} how @returns {Upload["how"]} */
const settled = (how) => ({
  pictures: kept(how.pictures, INITIAL.how.pictures),
  signals: kept(how.signals, INITIAL.how.signals),
});

/** @param {How} how @param {How} form @returns {How} */
const kept = (how, form) => Object.fromEntries(Object.keys(form).map((name) => [name, how[name]]));

/** @param {Upload} upload @returns {boolean} true if a person chose another reading of the file than the one found */
export const isReread = ({ file, how }) =>
  file !== null && Object.keys(how[file.kind]).some((name) => !(name in INITIAL.how[file.kind]));
