import assert from "node:assert/strict";
import { test } from "node:test";
import { decimalSum } from "../../../../static/js/views/explain/decimal_sum.js";

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

/** @param {string} text @param {number} decimals */
const units = (text, decimals) => Math.round(Number(text.replaceAll("−", "-")) * 10 ** decimals);

test("the printed lines add up to the printed total for any numbers", () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 500; round++) {
    const size = 10 ** Math.floor(random() * 8 - 5);
    const count = 1 + Math.floor(random() * 30);
    const values = Array.from({ length: count }, () => (random() - 0.5) * size);
    const printed = decimalSum(explained(values, Math.floor(random() * count)));
    assert.ok(printed);
    const { lines, rest, total } = printed;
    const decimals = total.split(".")[1]?.length ?? 0;
    const texts = [...lines.map(({ text }) => text), ...(rest === null ? [] : [rest])];
    const sum = texts.reduce((all, text) => all + units(text, decimals), 0);
    assert.equal(sum, units(total, decimals), JSON.stringify({ values, printed }));
    for (const text of texts) assert.equal(text.split(".")[1]?.length ?? 0, decimals);
  }
});

test("a total has four digits, and a total of zero has as many decimals as its largest term", () => {
  assert.equal(decimalSum(explained([0.031234567]))?.total, "0.03123");
  assert.equal(decimalSum(explained([12345.6]))?.total, "12346");
  const cancelled = decimalSum(explained([0.25, -0.25]));
  assert.equal(cancelled?.total, "0.0000");
  assert.deepEqual(
    cancelled?.lines.map(({ text }) => text),
    ["0.2500", "−0.2500"],
  );
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
