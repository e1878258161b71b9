import assert from "node:assert/strict";
import { test } from "node:test";
import { decimalSum } from "../../../static/js/graphics/decimal_sum.js";

/** @param {number[]} values @param {number} [hidden] @returns {any} */
function explained(values, hidden = 0) {
  const total = values.reduce((a, b) => a + b, 0);
  const shown = values.slice(0, values.length - hidden);
  return {
    terms: shown.map((value) => ({ factors: [], value })),
    count: values.length,
    total,
    value: total,
    function: "sum",
  };
}

/** A printed number as an exact fraction of ten to the power of 30. @param {string} text @returns {bigint} */
function unitsOf(text) {
  const [, sign, whole, decimals = "", exponent = "0"] =
    /^(−?)(\d+)(?:\.(\d+))?(?:e(−?\d+))?$/.exec(text) ?? assert.fail(text);
  const power = 30 - decimals.length + Number(exponent.replace("−", "-"));
  return BigInt(whole + decimals) * 10n ** BigInt(power) * (sign ? -1n : 1n);
}

/** @param {string} text @returns {number} its significant digits */
const digitsOf = (text) => text.replace(/e.*/, "").replace(/[−.]/g, "").replace(/^0+/, "").length;

test("the printed lines add up to the printed total for any numbers, each with four digits", () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 500; round++) {
    const count = 1 + Math.floor(random() * 30);
    const size = () => 10 ** Math.floor(random() * 8 - 6);
    const values = Array.from({ length: count }, () => (random() - 0.5) * size());
    const printed = decimalSum(explained(values, Math.floor(random() * count)));
    assert.ok(printed);
    const { lines, rest, total } = printed;
    const texts = lines.map(({ text }) => text);
    const sum = [...texts, ...(rest === null ? [] : [rest])].reduce((all, text) => all + unitsOf(text), 0n);
    assert.equal(sum, unitsOf(total), JSON.stringify({ values, printed }));
    for (const text of [...texts, total]) assert.equal(digitsOf(text), 4, text);
  }
});

test("small numbers have an exponent, large ones no decimals, and a total of zero is 0", () => {
  assert.equal(decimalSum(explained([0.031234567]))?.total, "0.03123");
  assert.equal(decimalSum(explained([12345.6]))?.total, "12346");
  assert.equal(decimalSum(explained([-0.0000123456]))?.total, "−1.235e−5");
  const cancelled = decimalSum(explained([0.25, -0.25]));
  assert.equal(cancelled?.total, "0");
  assert.deepEqual(
    cancelled?.lines.map(({ text }) => text),
    ["0.2500", "−0.2500"],
  );
});

test("a small term beside a large total keeps its four digits", () => {
  const sum = decimalSum(explained([0.64294, 0.000012344, 0.1], 1));
  assert.deepEqual(
    sum?.lines.map(({ text }) => text),
    ["0.6429", "1.234e−5"],
  );
  assert.deepEqual([sum?.total, sum?.rest], ["0.7430", "0.10008766"]);
});

test("there is a line for the rest exactly where the rest is not zero", () => {
  assert.equal(decimalSum(explained([1, 2, 3]))?.rest, null);
  const cut = decimalSum(explained([1, 2, 3], 1));
  assert.equal(cut?.rest, "3.000");
  assert.equal(cut?.more, 1);
});

test("the total is the tensor's number, and the rounding of its precision has its own line", () => {
  const rounded = decimalSum({ ...explained([0.1, 0.2]), value: 0.3001 });
  assert.equal(rounded?.total, "0.3001");
  assert.equal(rounded?.rest, "0.0001");
  assert.equal(rounded?.more, 0);
  const softmax = decimalSum({ ...explained([1, 2]), value: 0.5, function: "softmax" });
  assert.equal(softmax?.total, "3.000", "the terms of a softmax add up to its denominator");
});

test("numbers that are not finite have no printed sum", () => {
  assert.equal(decimalSum({ ...explained([1]), value: null }), null);
  assert.equal(decimalSum({ ...explained([1]), terms: [{ factors: [], value: null }] }), null);
});
