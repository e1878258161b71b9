import assert from "node:assert/strict";
import { test } from "node:test";
import { asPublished } from "../../../../static/js/views/run/worked_example.js";

test("a number is compared to its published decimals", () => {
  assert.equal(asPublished(0.59326999211, "0.593269992"), "0.593269992");
  assert.equal(asPublished(-3, "-3"), "−3");
  assert.equal(asPublished(-0.0001, "0.12"), "0.00");
});
