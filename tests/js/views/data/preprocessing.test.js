import { find, openPage } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { formOf } from "../../../../static/js/views/data/state.js";
import { mountPreprocessing } from "../../../../static/js/views/data/preprocessing.js";
import { fakeServer, page } from "../../page.js";
import { settle, until } from "../../until.js";

test("typed text stays when another field changes, and leaving a field asks the server", async () => {
  openPage("data");
  const recipe = /** @type {any} */ ({
    dataset: "digits",
    preprocessing: { scaling: "unit", whitening: false, balance: "as_is", label_noise: 0 },
    augmentation: { shift: 0, rotation: 0, scale: 0, noise: 0 },
    validation: { kind: "none" },
  });
  const server = fakeServer(recipe);
  /** @type {any[]} */
  const asked = [];
  server.transport.getExamples = async (recipe) => {
    asked.push(/** @type {any} */ (recipe).preprocessing);
    return /** @type {any} */ ({ start: 0, total: 0, numbers: [], counts: [] });
  };
  const here = await page(server, "?dataset=digits");
  const root = find("#data .make");
  here.store.subscribe(mountPreprocessing(root, here));
  const detail = /** @type {any} */ ({
    info: { name: "digits", classes: [] },
    recipe: here.store.get().run?.recipe,
  });
  here.store.dispatch({ type: "data", data: { chosen: "digits", detail } });
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (find(`[name=${name}]`, root));
  assert.deepEqual([field("label_noise").value, field("scaling").value], ["0", "unit"]);
  assert.equal(find("[data-of=share]", root).hidden, true);
  field("label_noise").value = "1";
  field("label_noise").dispatchEvent(new Event("input", { bubbles: true }));
  await settle();
  assert.deepEqual(asked, []);
  field("scaling").value = "centred";
  for (const kind of ["input", "change"]) field("scaling").dispatchEvent(new Event(kind, { bubbles: true }));
  await until(() => asked.length > 0);
  assert.deepEqual([field("label_noise").value, formOf(here.store.get())?.label_noise], ["1", "1"]);
  assert.deepEqual(asked, [{ scaling: "centred", whitening: false, balance: "as_is", label_noise: 1 }]);
  field("validation").value = "hold_out";
  field("validation").dispatchEvent(new Event("input", { bubbles: true }));
  assert.deepEqual([find("[data-of=share]", root).hidden, field("share").value], [false, "0.2"]);
});
