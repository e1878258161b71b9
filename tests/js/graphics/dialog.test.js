import { find, openPage } from "../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { modal } from "../../../static/js/graphics/dialog.js";
import { settle } from "../until.js";

/** The Settings dialog without its form's effects, and how often a person has closed it. */
function dialog() {
  openPage("settings");
  const dialog = /** @type {HTMLDialogElement} */ (find("#settings"));
  const counts = { closed: 0 };
  const open = modal(dialog, () => counts.closed++);
  return { dialog, counts, open };
}

test("a dialog is open while the state says so, and closing it by the state asks for nothing", async () => {
  const { dialog: element, counts, open } = dialog();
  open(true);
  open(true);
  assert.equal(element.open, true);
  open(false);
  open(false);
  await settle();
  assert.deepEqual([element.open, counts.closed], [false, 0]);
});

test("the close button and Escape ask for closing, and close nothing themselves", () => {
  const { dialog: element, counts, open } = dialog();
  open(true);
  find("button.cancel", element).click();
  assert.deepEqual([element.open, counts.closed], [true, 1]);
  const escape = new Event("cancel", { cancelable: true });
  element.dispatchEvent(escape);
  assert.deepEqual([escape.defaultPrevented, counts.closed], [true, 2]);
});

test("cancelling a file picker in the dialog does not close the dialog", () => {
  const { dialog: element, counts, open } = dialog();
  open(true);
  find("input", element).dispatchEvent(new Event("cancel", { bubbles: true }));
  assert.equal(counts.closed, 0);
});

test("a dialog that the browser closes is closed in the state too", () => {
  const { dialog: element, counts, open } = dialog();
  open(true);
  element.close();
  assert.equal(counts.closed, 1);
});
