import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf } from "../../../../static/js/views/focus/windows_plan.js";

/** @param {number} side */
const square = (side) => ({ rows: side, columns: side });
/** Networks of digits, of MNIST, of colour, and of signals: the sides of input, kernel and map, and the channels. */
const CASES = [
  { input: square(8), kernel: square(3), out: square(8), channels: 1 },
  { input: square(4), kernel: square(3), out: square(4), channels: 8 },
  { input: square(28), kernel: square(5), out: square(24), channels: 1 },
  { input: square(12), kernel: square(5), out: square(8), channels: 6 },
  { input: square(32), kernel: square(3), out: square(32), channels: 3 },
  { input: square(2), kernel: square(3), out: square(2), channels: 64 },
  {
    input: { rows: 1, columns: 96 },
    kernel: { rows: 1, columns: 5 },
    out: { rows: 1, columns: 96 },
    channels: 1,
  },
];
const BOXES = [
  { width: 650, height: 380 },
  { width: 326, height: 400 },
  { width: 480, height: 200 },
  { width: 1100, height: 620 },
];
/** @param {import("../../../../static/js/views/focus/windows_plan.js").Plan} plan */
const spotsOf = ({ rows, out }) =>
  [...rows.flatMap(({ input, patch, kernel, products }) => [input, patch, kernel, products]), out].filter(
    (spot) => spot !== null,
  );

test("every part is inside the box, in every network and in boxes of every size", () => {
  for (const box of BOXES)
    for (const sizes of CASES)
      for (const isBack of [false, true]) {
        const plan = planOf(box, { ...sizes, hasPatch: !isBack, hasSums: !isBack });
        for (const { x, y, width, height } of spotsOf(plan)) {
          const where = JSON.stringify({ box, sizes, x, y, width, height });
          assert.ok(x >= 0 && y >= 0 && x + width <= box.width && y + height <= box.height, where);
        }
      }
});

test("the parts of a row stand beside each other, and rows below each other", () => {
  for (const sizes of CASES) {
    const { rows } = planOf(BOXES[0], { ...sizes, hasPatch: true, hasSums: true });
    for (const { input, patch, kernel, products } of rows) {
      const inOrder = [input, patch, kernel, products].filter((spot) => spot !== null);
      inOrder.slice(1).forEach((spot, i) => assert.ok(spot.x >= inOrder[i].x + inOrder[i].width));
    }
    rows.slice(1).forEach(({ input }, i) => assert.ok(input.y >= rows[i].input.y + rows[i].input.height));
  }
});

test("on the way back both kernels of one channel stand above each other, and have cells for numbers", () => {
  const [{ kernel, products }] = planOf(BOXES[0], {
    ...CASES[0],
    hasPatch: false,
    hasSums: false,
  }).rows;
  assert.ok(products && products.y >= kernel.y + kernel.height && products.x === kernel.x);
  assert.ok(kernel.cell >= 28);
});

test("on a laptop a 3×3 kernel is at least 84 pixels wide, and the cells of an 8×8 picture 14", () => {
  for (const sizes of CASES.slice(0, 2)) {
    const { rows } = planOf({ width: 650, height: 380 }, { ...sizes, hasPatch: true, hasSums: true });
    assert.ok(rows[0].kernel.width >= 84);
    assert.ok(rows[0].input.cell >= 14);
  }
  const mnist = planOf({ width: 650, height: 380 }, { ...CASES[2], hasPatch: true, hasSums: true });
  assert.ok(mnist.rows[0].input.cell >= 6);
});
