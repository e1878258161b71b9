import { find, mounted, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountUploads } from "../../../../static/js/views/uploads/panel.js";
import { INITIAL, reduce } from "../../../../static/js/views/uploads/state.js";
import { typed } from "../../fixture.js";
import { AFTER, stateAt } from "../../states.js";
import { until } from "../../until.js";

/** @typedef {import("../../../../static/js/views/uploads/state.js").Upload} Upload */

const MOST = 1000;
const DRAFT = /** @type {any} */ ({
  name: "own:1",
  about: "Grey.",
  classes: ["dark", "light"],
  counts: [1200, 8],
  shape: [1, 2, 2],
  signed: false,
  images: { ...typed([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), shape: "3, 1, 2, 2" },
  labels: [1, 0, 1],
  left_out: ["“a.txt”: it is no picture", "“b.txt”: it is no picture"],
  left_out_count: 5,
  ignored: 1,
  doubts: [],
});

/** The upload panel in a state. @param {Partial<Upload>} [changes] to the slice before any file */
function uploading(changes = {}) {
  openPage("data");
  find("#data .own").dataset.maxUpload = String(MOST);
  const state = stateAt(AFTER.loss, { changes: { upload: { ...INITIAL, ...changes } } });
  const { asked, update } = mounted((app) => mountUploads(find("#data .own"), app), state);
  return {
    asked,
    show: (/** @type {Partial<Upload>} */ next) => update({ ...state, upload: { ...INITIAL, ...next } }),
  };
}

/** @param {string} name @param {string} text @returns {any} */
const file = (name, text) => new File([text], name);

test("a draft lists its classes with their examples and the files left out", () => {
  const { show } = uploading();
  assert.equal(find("#data .draft").hidden, true);
  show({ draft: DRAFT, title: "shades" });
  assert.equal(find("#data .draft").hidden, false);
  assert.equal(textOf("#data .result"), "1,208 examples in 2 classes, 1×2×2 numbers each. Grey.");
  assert.deepEqual(textsOf("#data .rows li"), ["dark1,200", "light8"]);
  const maps = [...document.querySelectorAll("#data .rows li")].map((row) =>
    [...row.querySelectorAll("heat-map")].map((map) => [.../** @type {any} */ (map).picture.cells]),
  );
  assert.deepEqual(maps, [
    [[4, 5, 6, 7]],
    [
      [0, 1, 2, 3],
      [8, 9, 10, 11],
    ],
  ]);
  assert.equal(textOf("#data .left-out h4"), "5 files left out");
  assert.deepEqual(textsOf("#data .left-out li"), [...DRAFT.left_out, "and 3 more"]);
  assert.equal(textOf("#data .ignored"), "1 file of file managers (such as .DS_Store) left out as well.");
  assert.equal(/** @type {HTMLInputElement} */ (find("#data [name=title]")).value, "shades");
});

test("a draft of all files mentions none left out", () => {
  uploading({ draft: { ...DRAFT, left_out: [], left_out_count: 0, ignored: 0 } });
  assert.deepEqual([find("#data .left-out").hidden, find("#data .ignored").hidden], [true, true]);
});

test("an assumption has a sentence, buttons that read the file in another way, and a button that undoes this", () => {
  const readings = [{ words: "Keep all columns", option: "all_columns", value: "true" }];
  const doubts = [
    { words: "Column 1 only counts the rows.", readings },
    { words: "Two are equal.", readings: [] },
  ];
  /** @type {any} */
  const read = { file: { kind: "signals", body: new Blob() }, draft: { ...DRAFT, doubts } };
  const { asked, show } = uploading(read);
  assert.deepEqual([find("#data .doubts").hidden, find("#data .as-found").hidden], [false, true]);
  assert.deepEqual(
    textsOf("#data .doubts li p"),
    doubts.map(({ words }) => words),
  );
  find("#data .doubts li button").click();
  assert.deepEqual(asked, [["uploads.change", "signals", { all_columns: "true" }]]);
  const how = { ...INITIAL.how, signals: { ...INITIAL.how.signals, all_columns: "true" } };
  show({ ...read, how, draft: DRAFT });
  assert.deepEqual([find("#data .doubts").hidden, textOf("#data .doubts h4")], [false, "Read as you chose"]);
  find("#data .as-found").click();
  assert.deepEqual(asked[1], ["uploads.asFound"]);
  show({ draft: DRAFT });
  assert.equal(find("#data .doubts").hidden, true);
});

test("another file is read without the readings that were chosen for the one before", () => {
  const chosen = reduce(INITIAL, {
    type: "upload how",
    kind: "signals",
    how: { all_columns: "true", label: "first" },
  });
  const file = { kind: /** @type {const} */ ("signals"), body: new Blob() };
  const { how } = reduce(chosen, { type: "upload", upload: { file } });
  assert.deepEqual(how.signals, { label: "first", normalise: "true" });
  assert.deepEqual(reduce(chosen, { type: "upload as found" }).how, how);
  assert.equal(reduce(chosen, { type: "upload", upload: { title: "mine" } }).how, chosen.how);
});

test("an outdated draft is dimmed and cannot be kept", () => {
  const { show } = uploading({ draft: DRAFT, isOld: true });
  const keep = /** @type {HTMLButtonElement} */ (find("#data .keep"));
  const isDimmed = () => find("#data .draft").classList.contains("old");
  assert.deepEqual([keep.disabled, isDimmed()], [true, true]);
  show({ draft: DRAFT });
  assert.deepEqual([keep.disabled, isDimmed()], [false, false]);
});

test("the progress has a bar, without a value where the fraction is unknown, and can be cancelled", () => {
  const { asked, show } = uploading();
  const bar = /** @type {HTMLProgressElement} */ (find("#data .sending progress"));
  assert.equal(find("#data .sending").hidden, true);
  show({ work: { words: "sending 3.0 MB …", fraction: 0.25 } });
  assert.deepEqual([find("#data .sending").hidden, textOf("#data .doing")], [false, "sending 3.0 MB …"]);
  assert.equal(bar.value, 0.25);
  show({ work: { words: "looking at what is in it …", fraction: null } });
  assert.equal(bar.hasAttribute("value"), false);
  find("#data .stop").click();
  assert.equal(asked[0][0], "uploads.stop");
});

test("only the form of the file's kind is shown, and a change interprets the file again", () => {
  const { asked, show } = uploading();
  const forms = () => ["pictures", "signals"].map((kind) => !find(`#data form.${kind}`).hidden);
  assert.deepEqual(forms(), [false, false]);
  const how = { ...INITIAL.how, pictures: { ...INITIAL.how.pictures, side: "16" } };
  show({ file: { kind: "pictures", body: new Blob() }, how });
  assert.deepEqual(forms(), [true, false]);
  const side = /** @type {HTMLSelectElement} */ (find("#data [name=side]"));
  assert.equal(side.value, "16");
  side.value = "32";
  side.dispatchEvent(new Event("change", { bubbles: true }));
  assert.deepEqual(asked, [["uploads.change", "pictures", { side: "32" }]]);
});

test("a refused file has its sentence, until another file is taken", () => {
  const { show } = uploading();
  const trouble = find("#data .trouble");
  assert.equal(trouble.hidden, true);
  show({ trouble: "Row 2, column 2: “x” is not a number." });
  assert.deepEqual([trouble.hidden, trouble.textContent], [false, "Row 2, column 2: “x” is not a number."]);
  show({});
  assert.equal(trouble.hidden, true);
});

test("a typed title goes to the state, and the form keeps the draft", () => {
  const { asked } = uploading({ draft: DRAFT });
  const title = /** @type {HTMLInputElement} */ (find("#data [name=title]"));
  title.value = "shades";
  title.dispatchEvent(new Event("input", { bubbles: true }));
  find("#data form.title").dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  assert.deepEqual(asked, [["dispatch", { type: "upload", upload: { title: "shades" } }], ["uploads.keep"]]);
});

test("files that are dropped on the dialog are taken with their paths", async () => {
  const { asked } = uploading();
  const zone = find("#data .drop");
  const table = file("slopes.csv", "1,2,a");
  /** @type {any} */
  const picture = { isFile: true, fullPath: "/cats/1.png", file: (/** @type {any} */ done) => done(table) };
  const pages = [[picture], []];
  const folder = {
    isFile: false,
    createReader: () => ({ readEntries: (/** @type {any} */ done) => done(pages.shift()) }),
  };
  const items = [
    { webkitGetAsEntry: () => null, getAsFile: () => table },
    { webkitGetAsEntry: () => folder },
  ];
  /** @param {string} kind @param {string[]} types */
  const drag = (kind, types = ["Files"]) => {
    const event = new Event(kind, { bubbles: true, cancelable: true });
    find("#data .columns").dispatchEvent(Object.assign(event, { dataTransfer: { types, items } }));
    return event.defaultPrevented;
  };
  assert.equal(drag("dragenter", ["text/plain"]), false);
  assert.equal(zone.classList.contains("over"), false);
  assert.equal(drag("dragenter"), true);
  assert.deepEqual(asked, [["dispatch", { type: "data", data: { isAdding: true } }]]);
  assert.equal(zone.classList.contains("over"), true);
  drag("drop");
  assert.equal(zone.classList.contains("over"), false);
  await until(() => asked.length === 2);
  assert.deepEqual(asked[1], [
    "uploads.take",
    [
      { path: "slopes.csv", file: table },
      { path: "cats/1.png", file: table },
    ],
    MOST,
  ]);
});
