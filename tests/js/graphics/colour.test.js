import assert from "node:assert/strict";
import { test } from "node:test";
import { colourOf, cssOf, ENDS, limitOf, mixed, PALETTES } from "../../../static/js/graphics/colour.js";

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
