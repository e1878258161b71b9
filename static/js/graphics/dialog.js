/** A modal dialog that is open exactly while the state says so. */

/**
 * @param {HTMLDialogElement} dialog
 * @param {() => void} close called when a person wants it closed
 * @returns {(isOpen: boolean) => void} opens or closes it
 */
export function modal(dialog, close) {
  /** True from the moment the state closes the dialog until the browser's event about it. */
  let isClosing = false;
  for (const button of dialog.querySelectorAll(".close, .cancel")) button.addEventListener("click", close);
  dialog.addEventListener("cancel", (event) => {
    // A file picker in the dialog sends this event, too.
    if (event.target !== dialog) return;
    event.preventDefault();
    close();
  });
  // A second Escape closes a dialog whatever the page says.
  dialog.addEventListener("close", () => {
    if (!isClosing) close();
    isClosing = false;
  });
  return (isOpen) => {
    if (isOpen && !dialog.open) dialog.showModal();
    else if (!isOpen && dialog.open) {
      isClosing = true;
      dialog.close();
    }
  };
}
