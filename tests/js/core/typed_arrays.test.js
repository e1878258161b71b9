import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../../static/js/core/typed_arrays.js";
import { typed } from "../fixture.js";

test("arrays are decoded to the last bit", () => {
  const values = [0.1, -0, 1e-310, Infinity, 2 ** 53];
  assert.deepEqual([...decode(typed(values))], values);
  const single = Buffer.from(new Uint8Array(new Float32Array([0.1, -2.5]).buffer)).toString("base64");
  assert.deepEqual([...decode({ dtype: "f4", shape: "2", bdata: single })], [Math.fround(0.1), -2.5]);
});
