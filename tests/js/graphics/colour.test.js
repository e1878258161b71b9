import assert from "node:assert/strict";
import { test } from "node:test";
import {
  colourCells,
  colourOf,
  contrast,
  cssOf,
  ENDS,
  inkOn,
  limitOf,
  mixed,
  PALETTES,
  scaleOf,
} from "../../../static/js/graphics/colour.js";

test("zero is the neutral colour in both kinds of map, and opposite numbers differ", () => {
  for (const colours of Object.values(PALETTES)) {
    assert.equal(colourOf(0, 2, true, colours), colourOf(0, 2, false, colours));
    assert.equal(colourOf(0, 0, true, colours), colourOf(0, 2, true, colours));
    assert.notEqual(colourOf(1, 2, true, colours), colourOf(-1, 2, true, colours));
    assert.equal(colourOf(5, 2, true, colours), colourOf(2, 2, true, colours));
    assert.notEqual(colourOf(NaN, 2, true, colours), colourOf(0, 2, true, colours));
  }
});

test("a limit covers every number of the tensors that share it", () => {
  assert.equal(
    limitOf([
      { minimum: -3, maximum: 1 },
      { minimum: 0, maximum: 2 },
    ]),
    3,
  );
  assert.equal(limitOf([{ minimum: null, maximum: null }]), 0);
  assert.equal(limitOf([]), 0);
});

test("three numbers make a colour between dark and bright, and one that is not finite has its own colour", () => {
  assert.equal(cssOf(mixed(0, 0.5, 1, [0, 1])), "rgb(0 128 255)");
  assert.equal(cssOf(mixed(-0.5, 0, 0.5, [-0.5, 0.5])), "rgb(0 128 255)");
  assert.equal(mixed(NaN, 0, 0, [0, 1]), colourOf(NaN, 1, true, PALETTES.light));
});

/** @param {string} hex @returns {string} as `cssOf` writes it */
const css = (hex) => `rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(" ")})`;

test("the signed scale goes from the negative end over zero in its middle to the positive end", () => {
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    const { zero, negative, positive } = ENDS[theme];
    const colours = PALETTES[theme];
    /** @param {number} value */
    const of = (value) => cssOf(colourOf(value, 3, true, colours));
    assert.deepEqual([of(-3), of(0), of(3)], [css(negative), css(zero), css(positive)]);
    assert.deepEqual([of(-9), of(9)], [css(negative), css(positive)], "beyond the limit it stays at its end");
    // From zero on, the colour moves away from the neutral in small steps and never comes back.
    for (const end of [negative, positive]) {
      const way = Array.from({ length: 30 }, (_, i) => of(((end === negative ? -1 : 1) * 3 * i) / 29));
      const left = way.map((colour) => distance(colour, css(end)));
      assert.ok(
        left.every((now, i) => i === 0 || now < left[i - 1]),
        `${left}`,
      );
    }
  }
});

test("the scale of numbers without a sign goes from zero to the positive end", () => {
  const { zero, positive } = ENDS.light;
  /** @param {number} value */
  const of = (value) => cssOf(colourOf(value, 3, false, PALETTES.light));
  assert.deepEqual([of(0), of(3), of(-1)], [css(zero), css(positive), css(zero)]);
});

/** @param {string} a @param {string} b @returns {number} between two colours */
function distance(a, b) {
  const [from, to] = [a, b].map((colour) => [...colour.matchAll(/\d+/g)].map(Number));
  return Math.hypot(...from.map((value, i) => value - to[i]));
}

test("numbers in cells have a contrast of 4.5 or more with every colour", () => {
  assert.equal(contrast("#ffffff", 0xff000000), 21);
  assert.equal(contrast("#000000", 0xff000000), 1);
  for (const { signed, positive } of Object.values(PALETTES))
    for (const colour of [...signed, ...positive, colourOf(NaN, 1, true, PALETTES.light)])
      assert.ok(contrast(inkOn(colour), colour) >= 4.5, `${inkOn(colour)} on ${cssOf(colour)}`);
});

test("a scale has 512 steps, which hold its ends exactly", () => {
  for (const signed of [true, false]) {
    const { table } = scaleOf(2, signed, PALETTES.light);
    assert.equal(table.length, 513);
    assert.equal(colourOf(2, 2, signed, PALETTES.light), table[512]);
    assert.equal(colourOf(signed ? -2 : 0, 2, signed, PALETTES.light), table[0]);
    const first = (signed ? -2 : 0) + (signed ? 4 : 2) / 512;
    assert.equal(colourOf(first, 2, signed, PALETTES.light), table[1]);
  }
});

test("numbers and limits of any size have a colour of the scale", () => {
  const { signed, positive } = PALETTES.light;
  assert.equal(colourOf(1e300, 1e-300, true, PALETTES.light), signed[512]);
  assert.equal(colourOf(-1e300, 1e-300, true, PALETTES.light), signed[0]);
  assert.equal(colourOf(0, 5e-324, true, PALETTES.light), signed[256]);
  assert.equal(colourOf(1e308, 1e308, false, PALETTES.light), positive[512]);
});

test("consecutive cells are coloured at their place, and the others are left alone", () => {
  const pixels = new Uint32Array(5).fill(7);
  const scale = scaleOf(1, true, PALETTES.light);
  colourCells(pixels, 1, Float32Array.of(9, -1, NaN, 1, 9), 1, 3, scale);
  const { signed } = PALETTES.light;
  assert.deepEqual([...pixels], [7, signed[0], colourOf(NaN, 1, true, PALETTES.light), signed[512], 7]);
});
