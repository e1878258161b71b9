/** Draws only when something differs. */

/**
 * @template {readonly unknown[]} Values
 * @param {(...values: Values) => void} draw
 * @returns {(...values: Values) => void} calls `draw` when one of the values differs from the call before
 */
export function onChange(draw) {
  /** @type {Values | null} */
  let before = null;
  return (...values) => {
    if (before?.length === values.length && values.every((value, i) => value === before?.[i])) return;
    before = values;
    draw(...values);
  };
}
