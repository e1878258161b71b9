import { find, mounted, openPage, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { bandsOf, placeOf, positionAt } from "../../../../static/js/views/time/ribbon_scale.js";
import { mountRibbon } from "../../../../static/js/views/time/ribbon.js";
import { RUN } from "../../fixture.js";
import { AFTER, stateAt } from "../../states.js";

test("every position has a place on the ribbon, and every place leads back to its position", () => {
  const bands = bandsOf(RUN);
  assert.deepEqual(
    bands.map(({ phase }) => phase),
    ["forward", "loss", "backward", "update"],
  );
  for (let position = 1; position <= RUN.positions; position++) {
    const { band, part } = placeOf(bands, position);
    assert.equal(positionAt(band, part), position);
  }
});

test("the layers of a phase fill its width, in order", () => {
  for (const { layers, start, end } of bandsOf(RUN)) {
    assert.deepEqual([layers[0].from, layers[0].start, layers.at(-1)?.end], [0, start, end]);
    assert.ok(Math.abs((layers.at(-1)?.to ?? 0) - 1) < 1e-9);
    layers.slice(1).forEach((layer, i) => assert.equal(layer.from, layers[i].to));
  }
});

/** @param {number} position */
function ribbonAt(position) {
  openPage();
  const root = find("#ribbon");
  const { asked } = mounted((app) => mountRibbon(root, app), stateAt(position));
  return { root, asked, marker: find(".marker", root) };
}

test("the phase of the step shown is lit, and the marker names phase, layer and cell", () => {
  const { marker } = ribbonAt(RUN.segments[7].start + 2);
  assert.deepEqual(textsOf("#ribbon .band.now b"), ["Backward"]);
  assert.equal(marker.getAttribute("aria-valuetext"), "backward, conv, 2 of 4");
  assert.equal(marker.getAttribute("aria-valuenow"), String(RUN.segments[7].start + 2));
  assert.equal(marker.parentElement?.parentElement?.dataset.phase, "backward");
});

test("a click goes to the end of a phase, or of a layer in a phase", () => {
  const { root, asked } = ribbonAt(AFTER.conv);
  find('[aria-label="Loss: to the end of the loss phase"]', root).click();
  find('[aria-label="To the end of conv in the backward phase"]', root).click();
  assert.deepEqual(asked, [
    ["seek", { position: AFTER.loss }],
    ["seek", { position: AFTER.backward }],
  ]);
});

test("on the marker, arrow keys go by cells and Page Up and Page Down by layers", () => {
  const { marker, asked } = ribbonAt(AFTER.conv);
  for (const key of ["ArrowRight", "ArrowLeft", "PageDown", "PageUp", "Home", "End"])
    marker.dispatchEvent(new KeyboardEvent("keydown", { key }));
  assert.deepEqual(asked, [
    ["seek", { position: 6 }, true],
    ["seek", { position: 4 }, true],
    ["seek", { position: 7 }, false],
    ["seek", { position: 1 }, false],
    ["seek", { position: 1 }, false],
    ["seek", { position: RUN.positions }, false],
  ]);
});
