/** A picture of one's own into a dialog: by a button (on a phone, the camera), dropped, or pasted. */

import { one } from "../../graphics/dom.js";

/** @param {HTMLDialogElement} dialog @param {(file: File) => void} bring */
export function mountBring(dialog, bring) {
  const upload = /** @type {HTMLInputElement} */ (one("input[type=file]", dialog));
  /** @param {FileList | null | undefined} files */
  const first = (files) => {
    if (files?.[0]) bring(files[0]);
  };
  one(".upload", dialog).addEventListener("click", () => upload.click());
  upload.addEventListener("change", () => {
    first(upload.files);
    // The same file can be brought again.
    upload.value = "";
  });
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    event.preventDefault();
    first(event.dataTransfer?.files);
  });
  document.addEventListener("paste", (event) => {
    if (dialog.open) first(event.clipboardData?.files);
  });
}
