import { find, mounted, openPage } from "../dom.js";
import { drawingOf } from "../canvas.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountAnswer } from "../../../static/js/views/cards/answer.js";
import { mountPicture } from "../../../static/js/views/cards/picture.js";
import { mountStage } from "../../../static/js/views/stage/stage.js";
import { mountLossCurve } from "../../../static/js/views/time/loss_curve.js";
import { AFTER, stateAt, WHOLE_RUN } from "../states.js";
import { settle } from "../until.js";

const RUN = { ...WHOLE_RUN, classes: ["1", "8"] };

/** The page with its picture, its stage, its answer and its curve. @param {Partial<import("../../../static/js/core/state.js").State>} [changes] */
async function shown(changes = {}) {
  openPage();
  const state = {
    ...stateAt(AFTER.loss, { run: RUN }),
    depth: /** @type {const} */ ("everything"),
    ...changes,
  };
  const { update } = mounted((app) => {
    const views = [
      mountStage(find("#stage"), app),
      mountPicture(find("#picture"), app),
      mountAnswer(find("#answer"), app),
      mountLossCurve(find("#run"), app),
    ];
    return (now) => views.forEach((draw) => draw(now));
  }, state);
  await settle();
  return { state, update };
}

const canvases = () => /** @type {HTMLCanvasElement[]} */ ([...document.querySelectorAll("canvas")]);

test("an equal state writes no text and draws no map and no curve", async () => {
  const { state, update } = await shown();
  const before = canvases().map(drawingOf);
  assert.ok(before.length > 10);
  const observer = new window.MutationObserver(() => {});
  observer.observe(document.body, { childList: true, characterData: true, subtree: true });
  update({ ...state });
  await settle();
  assert.deepEqual(observer.takeRecords(), []);
  canvases().forEach((canvas, i) => assert.ok(drawingOf(canvas) === before[i], canvas.id));
});

test("outlines at the pointer redraw neither the colours of a map nor the curve", async () => {
  const { state, update } = await shown();
  const before = canvases().map(drawingOf);
  update({ ...state, lit: [{ name: "conv.out", cells: [1] }] });
  await settle();
  canvases().forEach((canvas, i) => assert.ok(drawingOf(canvas) === before[i], canvas.id));
});

test("a frame reads neither the size nor the zoom of an element: the browser would lay out the page for it", async (t) => {
  const { state, update } = await shown();
  /** @type {string[]} */
  const read = [];
  for (const name of ["currentCSSZoom", "clientWidth", "clientHeight", "scrollWidth", "scrollHeight"]) {
    const own = Object.getOwnPropertyDescriptor(HTMLElement.prototype, name);
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get() {
        read.push(`${name} of ${this.id || this.tagName}`);
        return 1;
      },
    });
    t.after(() => {
      if (own) Object.defineProperty(HTMLElement.prototype, name, own);
      else Reflect.deleteProperty(HTMLElement.prototype, name);
    });
  }
  const { shown: now, progress } = state;
  assert.ok(now);
  const tensors = new Map(
    [...now.tensors].map(([name, values]) => [name, { ...values, cells: values.cells.slice() }]),
  );
  const losses = Float64Array.of(...progress.losses, 1);
  update({
    ...state,
    shown: { ...now, tensors, moment: { ...now.moment } },
    progress: { ...progress, losses, computed: losses.length },
  });
  await settle();
  assert.deepEqual(read, []);
});
