import { find, mounted, openPage, textOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { nextSpeed, SPEEDS } from "../../../../static/js/core/speed.js";
import { reduce } from "../../../../static/js/core/reducer.js";
import { mountControls } from "../../../../static/js/views/time/controls.js";
import { AFTER, stateAt, WHOLE_RUN } from "../../states.js";

/** @param {Partial<import("../../../../static/js/core/state.js").State>} [changes] */
function dial(changes) {
  openPage();
  return mounted((app) => mountControls(find("#controls"), app), stateAt(AFTER.conv, { changes }));
}

/** @param {string} name @returns {HTMLElement} */
const unit = (name) =>
  /** @type {HTMLElement} */ ([...find("#unit").children].find(({ textContent }) => textContent === name));

test("a step back, the next one and play go by the chosen unit", () => {
  const { asked } = dial();
  for (const id of ["#step-back", "#next", "#play"]) find(id).click();
  unit("step").click();
  assert.deepEqual(asked, [
    ["step", "cell", -1],
    ["step", "cell", 1],
    ["togglePlay"],
    ["setPlay", { unit: "iteration" }],
  ]);
});

test("the units are one stop of the Tab key, and the arrow keys choose", () => {
  const { asked } = dial();
  assert.deepEqual(
    [...find("#unit").children].map((button) => [
      button.getAttribute("aria-checked"),
      /** @type {HTMLElement} */ (button).tabIndex,
    ]),
    [
      ["true", 0],
      ["false", -1],
      ["false", -1],
      ["false", -1],
      ["false", -1],
    ],
  );
  unit("cell").focus();
  unit("cell").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
  assert.deepEqual(asked, [["setPlay", { unit: "epoch" }]]);
  assert.equal(document.activeElement?.textContent, "epoch");
});

test("each unit has its own speed, which is kept", () => {
  const first = stateAt(AFTER.conv);
  const faster = reduce(first, { type: "play", play: { speed: nextSpeed(SPEEDS.cell, 1) } });
  const other = reduce(faster, { type: "play", play: { unit: "epoch" } });
  const { update } = dial();
  assert.equal(textOf("#speed-text"), "4 a second");
  update(faster);
  assert.equal(textOf("#speed-text"), "10 a second");
  update(other);
  assert.equal(textOf("#speed-text"), "as fast as it goes");
  assert.ok(/** @type {HTMLButtonElement} */ (find("#faster")).disabled);
  update(reduce(other, { type: "play", play: { unit: "cell" } }));
  assert.equal(textOf("#speed-text"), "10 a second");
});

test("the ladder of speeds ends at as fast as it goes, and at a step in four seconds", () => {
  /** @type {(number | null)[]} */
  const up = [0.25];
  while (up.at(-1) !== null) up.push(nextSpeed(/** @type {number} */ (up.at(-1)), 1));
  assert.deepEqual(up, [0.25, 0.5, 1, 2, 4, 10, 30, 100, 300, null]);
  assert.equal(nextSpeed(0.25, -1), 0.25);
  assert.equal(nextSpeed(null, 1), null);
  assert.equal(nextSpeed(20, 1), 30, "a speed of another page");
});

test("where the page is: the step, the epoch, and the share of right answers with its source", () => {
  const { progress } = stateAt(AFTER.conv);
  const evaluations = [{ iteration: 2, accuracy: 0.928, loss: 1 }];
  dial({ progress: { ...progress, evaluations } });
  assert.equal(textOf("#where"), "step of 9 epoch 1 of 3 92.8 % right on pictures it has not seen");
  assert.equal(/** @type {HTMLInputElement} */ (find("#iteration")).value, "3");
  assert.equal(find("#tested-share").title, "Measured on 2 examples, after 2 steps");
  const classes = Array.from({ length: 10 }, (_, k) => String(k));
  dial({ progress: { ...progress, evaluations }, run: { ...WHOLE_RUN, classes } });
  assert.match(textOf("#where"), /right on digits it has not seen$/);
});

test("a number that is typed goes to that step", () => {
  const { asked } = dial();
  const number = /** @type {HTMLInputElement} */ (find("#iteration"));
  number.value = "7";
  number.dispatchEvent(new Event("change"));
  assert.deepEqual(asked, [["goTo", 7]]);
});
