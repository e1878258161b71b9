import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, decodeShades, partOfCells } from "../../../static/js/core/typed_arrays.js";
import { typed } from "../fixture.js";

test("arrays are decoded to the last bit", () => {
  const values = [0.1, -0, 1e-310, Infinity, 2 ** 53];
  assert.deepEqual([...decode(typed(values))], values);
  const single = Buffer.from(new Uint8Array(new Float32Array([0.1, -2.5]).buffer)).toString("base64");
  assert.deepEqual([...decode({ dtype: "f4", shape: "2", bdata: single })], [Math.fround(0.1), -2.5]);
});

test("an array is decoded alike with and without the browser's own decoder", (t) => {
  const Bytes = /** @type {any} */ (Uint8Array);
  const own = Bytes.fromBase64;
  t.after(() => (Bytes.fromBase64 = own));
  const values = [0.1, -2, 1 / 3];
  /** @type {string[]} */
  const asked = [];
  Bytes.fromBase64 = (/** @type {string} */ text) => {
    asked.push(text);
    return new Uint8Array(Buffer.from(text, "base64"));
  };
  assert.deepEqual([...decode(typed(values))], values);
  assert.deepEqual(asked, [typed(values).bdata]);
  Bytes.fromBase64 = undefined;
  assert.deepEqual([...decode(typed(values))], values);
});

test("shades lie between the minimum and the maximum, and the last one is not finite", () => {
  const text = Buffer.from([0, 127, 254, 255]).toString("base64");
  const cells = decodeShades(text, -1, 3, "float32");
  assert.ok(cells instanceof Float32Array);
  assert.deepEqual([...cells], [-1, 1, 3, NaN]);
  const huge = decodeShades(text, -Number.MAX_VALUE, Number.MAX_VALUE, "float64");
  assert.ok(Math.abs(huge[1]) < 1e293, "the middle is zero but for rounding");
  assert.deepEqual([huge[0], huge[2], huge[3]], [-Number.MAX_VALUE, Number.MAX_VALUE, NaN]);
});

test("a part of an array is the same object each time, and all of it is the array itself", () => {
  const cells = Float32Array.of(1, 2, 3, 4);
  assert.deepEqual([...partOfCells(cells, 1, 3)], [2, 3]);
  assert.equal(partOfCells(cells, 1, 3), partOfCells(cells, 1, 3));
  assert.notEqual(partOfCells(cells, 1, 3), partOfCells(cells, 1, 4));
  assert.equal(partOfCells(cells, 0, 4), cells);
  assert.notEqual(partOfCells(cells, 1, 3), partOfCells(Float32Array.from(cells), 1, 3));
});
