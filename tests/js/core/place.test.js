import assert from "node:assert/strict";
import { test } from "node:test";
import { placeIn } from "../../../static/js/core/place.js";
import { firstSight } from "../../../static/js/core/timeline.js";
import { RUN } from "../fixture.js";

const NONE = { at: null, example: null, look: null, view: null };
const run = { ...RUN, recipe: { ...RUN.recipe, batch_size: 8 }, train_examples: 100 };
const INFO = run.layers.flatMap(({ tensors }) => tensors)[0];
const CELLS = INFO.shape.reduce((a, b) => a * b, 1);
/** @param {Partial<typeof NONE> | { [name: string]: string }} place */
const found = (place) => placeIn(run, { ...NONE, ...place });

test("an address without a place names the first sight of the run", () => {
  const place = { moment: firstSight(run), example: 0, look: null, large: null, problems: [] };
  assert.deepEqual(found({}), place);
});

test("an address names a moment, an example and a cell", () => {
  const { moment, example, look, large, problems } = found({ at: "2", example: "7", view: `${INFO.name}/0` });
  assert.deepEqual(moment, { iteration: 2, position: run.positions });
  assert.deepEqual([example, look, large, problems], [7, null, { name: INFO.name, cell: 0 }, []]);
  assert.equal(found({ look: "99" }).look, 99);
  assert.deepEqual(found({ view: INFO.name }).large, { name: INFO.name, cell: 0 });
});

test("each part that the run does not have is left out with the reason, and the rest is kept", () => {
  const wrong = { at: "2", example: "77", look: "100", view: "conv1.nope/0" };
  const { moment, example, look, large, problems } = found(wrong);
  assert.deepEqual([moment.iteration, example, look, large], [2, 0, null, null]);
  assert.deepEqual(problems, [
    "The address has “example=77”, which is left out: the examples of a batch of this run are numbered 0 to 7.",
    "The address has “look=100”, which is left out: the training examples of this run are numbered 0 to 99.",
    "The address has “view=conv1.nope/0”, which is left out: this run has no such tensor.",
  ]);
});

test("what is no number of an example or a cell is left out with the reason", () => {
  for (const wrong of ["", "-1", "2.5", "many", "1e1"]) {
    assert.match(found({ example: wrong }).problems.join(), /“example=.*numbered 0 to 7/);
    assert.match(found({ look: wrong }).problems.join(), /“look=.*numbered 0 to 99/);
    assert.match(
      found({ view: `${INFO.name}/${wrong}` }).problems.join(),
      new RegExp(`the cells of ${INFO.name} are numbered 0 to ${CELLS - 1}\\.$`),
    );
  }
  assert.equal(found({ view: `${INFO.name}/${CELLS}` }).large, null);
  assert.equal(found({ view: `${INFO.name}/0/1` }).large, null);
});

test("a moment that the run does not have is named, and the run starts at its first", () => {
  const { moment, problems } = found({ at: "99999999" });
  assert.deepEqual(moment, firstSight(run));
  assert.match(problems.join(), /no moment “99999999”, so it starts at its first\. Its steps go from 0 to/);
});
