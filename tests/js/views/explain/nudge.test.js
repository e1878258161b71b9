import assert from "node:assert/strict";
import { test } from "node:test";
import { cellOf } from "../../../../static/js/views/explain/nudge.js";
import { RUN } from "../../fixture.js";

test("the name of a cell is understood, and any other text is not", () => {
  assert.deepEqual(cellOf(RUN, " conv.out[0, 1,1] "), { name: "conv.out", cell: 3 });
  assert.deepEqual(cellOf(RUN, "loss.loss[0]"), { name: "loss.loss", cell: 0 });
  for (const text of [
    "conv.out",
    "conv.out[0,1]",
    "conv.out[0,2,0]",
    "nothing[0]",
    "conv.out[,,]",
    "conv.out[a,0,0]",
  ]) {
    assert.equal(cellOf(RUN, text), null, text);
  }
});
