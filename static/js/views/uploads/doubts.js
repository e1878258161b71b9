/** What was assumed about a file, and buttons that read it in another way. */

import { onChange } from "../../graphics/changes.js";
import { element, one, say } from "../../graphics/dom.js";
import { isReread } from "./state.js";

/** @typedef {import("./state.js").Upload} Upload */
/** @typedef {import("../../wire.js").UploadDoubt} UploadDoubt */

/**
 * @param {HTMLElement} root @param {import("../../core/effects.js").App["effects"]} effects
 * @returns {(upload: Upload) => void}
 */
export function mountDoubts(root, effects) {
  const list = one("ul", root);
  const undo = /** @type {HTMLButtonElement} */ (one(".as-found", root));
  undo.addEventListener("click", () => void effects.uploads.asFound());

  /** @param {UploadDoubt} doubt @param {Upload["file"]} file */
  const item = ({ words, readings }, file) =>
    element(
      "li",
      "",
      element("p", "", words),
      ...readings.map((reading) => {
        const button = element("button", "", reading.words);
        button.addEventListener("click", () => {
          if (file) void effects.uploads.change(file.kind, { [reading.option]: reading.value });
        });
        return button;
      }),
    );

  const draw = onChange(
    /** @param {readonly UploadDoubt[]} doubts @param {Upload["file"]} file */
    (doubts, file) => list.replaceChildren(...doubts.map((doubt) => item(doubt, file))),
  );
  return (upload) => {
    const doubts = upload.draft?.doubts ?? NONE;
    draw(doubts, upload.file);
    undo.hidden = !isReread(upload);
    root.hidden = doubts.length === 0 && undo.hidden;
    say(one("h4", root), doubts.length > 0 ? "Is this right?" : "Read as you chose");
  };
}

/** @type {readonly UploadDoubt[]} */
const NONE = [];
