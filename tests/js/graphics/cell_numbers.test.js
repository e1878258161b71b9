import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cellText,
  digitsThatFit,
  powerOfTen,
  powerText,
  typeIn,
} from "../../../static/js/graphics/cell_numbers.js";

test("small and large numbers share one power of ten, and others need none", () => {
  assert.equal(powerOfTen([0.0012, -0.004]), -3);
  assert.equal(
    powerOfTen(Float32Array.of(0.001)),
    -3,
    "the float is a little larger or smaller than its text",
  );
  assert.equal(powerOfTen([0.05]), -2);
  assert.equal(powerOfTen([0.1]), 0);
  assert.equal(powerOfTen([0.37, -12]), 0);
  assert.equal(powerOfTen([999]), 0);
  assert.equal(powerOfTen([1000]), 3);
  assert.equal(powerOfTen([NaN, Infinity, 0.002]), -3);
  assert.equal(powerOfTen([0, 0]), 0);
  assert.equal(powerOfTen([], null, undefined), 0);
  assert.equal(powerOfTen([0.002], [0.3]), 0, "the largest number of all maps counts");
});

test("a caption names the power of ten", () => {
  assert.deepEqual([-1, -3, -4, -5, -12, 3, 0].map(powerText), [
    "× 0.1",
    "× 0.001",
    "× 0.0001",
    "× 10⁻⁵",
    "× 10⁻¹²",
    "× 10³",
    "",
  ]);
});

test("a cell holds a short number with a real minus sign", () => {
  assert.deepEqual(
    [0, 0.384, -0.84, 1, -1.14, 41.3, -412.6].map((value) => cellText(value, 2)),
    ["0", "0.38", "−0.84", "1.0", "−1.1", "41", "−413"],
  );
  assert.equal(cellText(0.0012, 2, -3), "1.2");
  assert.equal(cellText(-0.004, 1, -3), "−4.0");
  assert.equal(cellText(0.996, 2), "1.0", "a number that is rounded to the next power of ten");
  assert.equal(cellText(9.96, 2), "10");
  assert.equal(cellText(99.7, 2), "100");
  assert.equal(cellText(3, 0), "3");
  assert.deepEqual(
    [NaN, Infinity, -Infinity].map((value) => cellText(value, 2)),
    ["NaN", "∞", "−∞"],
  );
});

/** Each character is 7 pixels wide. @param {string} text */
const widthOf = (text) => 7 * text.length;

test("all numbers of a map have the digits that fit into each of its cells, with two pixels on each side", () => {
  assert.equal(digitsThatFit([0.5, 0.25], 0, 32, widthOf), 2, "0.25 and the room around it are 32 wide");
  assert.equal(digitsThatFit([0.5, 0.25], 0, 31, widthOf), 1);
  assert.equal(digitsThatFit([0.5, -0.25], 0, 39, widthOf), 2);
  assert.equal(digitsThatFit([0.5, -0.25], 0, 38, widthOf), 1, "0.50 fits, and −0.25 does not");
  assert.equal(digitsThatFit([0.5, 0.25], 0, 24, widthOf), null, "not even 0.5 fits");
  assert.equal(digitsThatFit([0, 1, 0], 0, 16, widthOf), 0, "whole numbers have no decimals");
  assert.equal(digitsThatFit([0, 0.001], -3, 16, widthOf), 0);
  assert.equal(digitsThatFit([NaN, 1], 0, 20, widthOf), null, "NaN is wider than 1");
  assert.equal(digitsThatFit([0], 0, 14, widthOf), null, "the type is not smaller than 11 pixels");
  assert.equal(digitsThatFit([0.996, 0.5], 0, 32, widthOf), 2);
});

test("the type is at least 11 pixels high and grows with the cell", () => {
  assert.deepEqual([15, 26, 46, 100, 400].map(typeIn), [11, 11, 14, 30, 32]);
});
