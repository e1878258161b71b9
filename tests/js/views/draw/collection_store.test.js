import assert from "node:assert/strict";
import { test } from "node:test";
import {
  added,
  exported,
  imported,
  numbersOf,
  without,
} from "../../../../static/js/views/draw/collection_store.js";

const SEVEN = { dataset: "digits", picture: "ADwAuAA4AAA", label: 7 };

test("an exported collection is imported unchanged, with each digit once", () => {
  const both = added([SEVEN], [{ ...SEVEN, label: 1 }, SEVEN]);
  assert.deepEqual(
    both.map(({ label }) => label),
    [7, 1],
  );
  assert.deepEqual(imported(exported(both)), both);
  assert.deepEqual(without(both, both[0]), [both[1]]);
});

test("importing refuses a file that is no collection, and names a damaged digit", () => {
  assert.throws(() => imported("no JSON"), /no file of digits/);
  assert.throws(() => imported('{"format":"something","digits":[]}'), /no file of digits/);
  const damaged = exported([SEVEN, { ...SEVEN, picture: "<script>" }]);
  assert.throws(() => imported(damaged), /Digit 2 in the file is damaged/);
  const noDigit = exported([SEVEN, { ...SEVEN, label: 77 }]);
  assert.throws(() => imported(noDigit), /Digit 2 in the file is damaged/, "a label that is no digit");
});

test("a picture's text decodes to half-precision numbers", () => {
  assert.deepEqual([...numbersOf(SEVEN.picture)], [1, -0.5, 0.5, 0]);
  assert.equal(numbersOf("AQA")[0], 2 ** -24, "the smallest number above zero");
});
