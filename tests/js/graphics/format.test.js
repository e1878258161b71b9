import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chance,
  exact,
  exampleName,
  grouped,
  indexOf,
  percent,
  plural,
  rounded,
  short,
  told,
  withArticle,
  writeNumbersFor,
} from "../../../static/js/graphics/format.js";

test("numbers are short, have a real minus sign, and name what is not finite", () => {
  assert.equal(short(0), "0");
  assert.equal(short(-0.123456), "−0.1235");
  assert.equal(short(12345.678), "12350");
  assert.equal(short(0.000012345678), "1.235e−5", "four digits with an exponent, too");
  assert.equal(short(0.00001), "1e−5");
  assert.equal(short(-1234567890), "−1.235e9");
  assert.equal(short(0.000012345678, 2), "1.2e−5");
  assert.equal(short(NaN), "NaN");
  assert.equal(short(-Infinity), "−∞");
  assert.equal(percent(0.0931), "9.3 %");
  assert.deepEqual([percent(NaN), told(NaN), told(null), told(-Infinity)], Array(4).fill("not finite"));
  assert.equal(told(0.123456, 2), "0.12");
  assert.equal(percent(0.06), "6.0 %");
  assert.equal(percent(1e-9), "<0.1 %");
  assert.equal(percent(0), "0.0 %");
  assert.equal(withArticle("8"), "an 8");
  assert.equal(withArticle("1"), "a 1");
  assert.equal(exampleName(0), "training example 0");
  assert.equal(exampleName(null), "your picture");
  assert.equal(percent(0.936), "93.6 %");
  assert.equal(percent(1), "100.0 %");
  assert.equal(plural(1, "cell"), "1 cell");
  assert.equal(plural(1234, "cell"), "1,234 cells");
});

test("an exact number is the shortest text that parses to the same float", () => {
  const cells = new Float32Array([0.1, 1 / 3, -2, 1e-42, 16777217]);
  for (const value of cells) {
    const text = exact(value, cells).replaceAll("−", "-");
    assert.equal(Math.fround(Number(text)), value);
  }
  assert.equal(exact(cells[0], cells), "0.1");
  assert.equal(exact(1 / 3, new Float64Array(1)), String(1 / 3));
});

test("row-major positions become indices", () => {
  assert.deepEqual(indexOf(0, [2, 3, 4]), [0, 0, 0]);
  assert.deepEqual(indexOf(23, [2, 3, 4]), [1, 2, 3]);
  assert.deepEqual(indexOf(5, [10]), [5]);
});

test("numbers are written with the groups and the decimal separator of the reader's language", () => {
  writeNumbersFor("de-DE");
  try {
    assert.deepEqual(
      [short(-0.25), percent(0.928), grouped(4999), short(1e-6), chance(0.1), rounded(2.345)],
      ["−0,25", "92,8 %", "4.999", "1e−6", "10 %", "2,35"],
    );
  } finally {
    writeNumbersFor("en");
  }
  assert.deepEqual([short(-0.25), grouped(4999)], ["−0.25", "4,999"]);
});

test("a chance is told in whole percent, and finer at its ends", () => {
  assert.deepEqual([0.953, 0.1, 0.9962, 0.004].map(chance), ["95 %", "10 %", "99.6 %", "0.4 %"]);
});
