/** An uploaded picture: chosen by a button (on a phone, with the camera), dropped, or pasted. */

import { one } from "../../graphics/dom.js";

/** @param {HTMLDialogElement} dialog @param {import("../../core/effects.js").App} app */
export function mountFileInput(dialog, { effects }) {
  const input = /** @type {HTMLInputElement} */ (one("input[type=file]", dialog));
  /** @param {FileList | null | undefined} files */
  const upload = (files) => {
    if (files?.[0]) effects.draw.upload(files[0]);
  };
  one(".upload", dialog).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    upload(input.files);
    // Cleared so that the same file can be chosen again.
    input.value = "";
  });
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    event.preventDefault();
    upload(event.dataTransfer?.files);
  });
  document.addEventListener("paste", (event) => {
    if (dialog.open) upload(event.clipboardData?.files);
  });
}
