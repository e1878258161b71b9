import assert from "node:assert/strict";
import { test } from "node:test";
import { colourOf, cssOf, limitOf, mixed, PALETTES } from "../../../static/js/graphics/colour.js";

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

test("three numbers make a colour between dark and bright, and one that is not finite is told", () => {
  assert.equal(cssOf(mixed(0, 0.5, 1, [0, 1])), "rgb(0 128 255)");
  assert.equal(cssOf(mixed(-0.5, 0, 0.5, [-0.5, 0.5])), "rgb(0 128 255)");
  assert.equal(mixed(NaN, 0, 0, [0, 1]), colourOf(NaN, 1, true, PALETTES.light));
});
