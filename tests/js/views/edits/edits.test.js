import { find, mounted, openPage, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountEdits } from "../../../../static/js/views/edits/edits.js";
import { mountRecipeLine } from "../../../../static/js/views/run/recipe_line.js";
import { AFTER, stateAt, WHOLE_RUN } from "../../states.js";

const EDITS = /** @type {const} */ ([
  { kind: "learning_rate", iteration: 2, value: 0.5 },
  { kind: "parameter", iteration: 3, name: "conv.w", cell: 1, value: 0.75 },
]);
const WORDS = ["From step 2 on the learning rate is 0.5.", "At step 3 conv.w[0, 0, 0, 1] is set to 0.75."];
const RECIPE = { ...WHOLE_RUN.recipe, schedule: /** @type {any} */ ({ kind: "constant" }) };
const EDITED = {
  ...WHOLE_RUN,
  recipe: { ...RECIPE, edits: EDITS },
  edit_words: WORDS,
};

test("the list of edits says what was changed, goes there, and removes it", () => {
  openPage();
  const { asked, update } = mounted((app) => mountEdits(find("#edits"), app), stateAt(AFTER.update));
  assert.equal(find("#edits .none").hidden, false);
  update(stateAt(AFTER.update, { run: EDITED }));
  assert.deepEqual(textsOf("#edits li p"), WORDS);
  assert.equal(find("#edits .none").hidden, true);
  find("#edits li:last-child .remove").click();
  assert.deepEqual(asked, [["removeEdit", EDITS[1]]]);
  find("#edits").hidePopover = () => {};
  find("#edits li:last-child .go").click();
  assert.deepEqual(asked[1], ["goToEdit", EDITS[1]]);
});

test("the recipe line begins with the number of edits, which opens their list", () => {
  openPage();
  const draw = mountRecipeLine(find("#recipe-line"));
  draw(stateAt(AFTER.update, { run: { ...WHOLE_RUN, recipe: RECIPE } }));
  assert.equal(document.querySelector("#recipe-line button"), null);
  draw(stateAt(AFTER.update, { run: EDITED }));
  assert.deepEqual(textsOf("#recipe-line button"), ["2 edits"]);
  assert.equal(find("#recipe-line button").getAttribute("popovertarget"), "edits");
});
