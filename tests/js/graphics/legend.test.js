import { textsOf } from "../dom.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { legendTexts } from "../../../static/js/graphics/legend.js";

test("a legend has the numbers of the ends of its scale", () => {
  assert.deepEqual(legendTexts({ limit: 3, signed: true }), ["−3", "0", "3"]);
  assert.deepEqual(legendTexts({ limit: 1, signed: false }), ["0", "", "1"]);
  assert.deepEqual(legendTexts({ limit: 0.0042, signed: true, exponent: -3 }), [
    "−4.2 × 0.001",
    "0",
    "4.2 × 0.001",
  ]);
  assert.deepEqual(legendTexts({ limit: 0, signed: true, isFinite: false }), ["", "not finite", ""]);
});

test("a legend shows the colours of its kind of scale", () => {
  const legend = /** @type {import("../../../static/js/graphics/legend.js").ScaleLegend} */ (
    document.createElement("scale-legend")
  );
  document.body.replaceChildren(legend);
  legend.scale = { limit: 2, signed: true };
  assert.equal(legend.className, "signed");
  assert.deepEqual(textsOf("span", legend), ["−2", "0", "2"]);
  legend.scale = { limit: 2, signed: false };
  assert.equal(legend.className, "");
  const styles = readFileSync(new URL("../../../static/css/maps.css", import.meta.url), "utf8");
  const ends = [
    ...styles.matchAll(/scale-legend(\S*) i \{[^}]*?background: linear-gradient\(to right.*?, (.*)\);/g),
  ];
  assert.deepEqual(
    ends.map(([, kind, colours]) => [kind, colours]),
    [
      ["", "var(--zero), var(--positive)"],
      [".signed", "var(--negative), var(--zero), var(--positive)"],
    ],
  );
});
