/** The lines of skip connections, from column to column. */

import { element } from "../../graphics/dom.js";

/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {{ from: number, to: number, height: number }} Skip the numbers of two columns, and how high its line goes */

/** @param {Run} run @returns {Skip[]} each line passes over those that lie within it */
function skipsOf({ layers }) {
  const skips = layers.flatMap(({ skip }, to) =>
    skip === null ? [] : [{ from: layers.findIndex(({ name }) => name === skip), to, height: 1 }],
  );
  skips.sort((a, b) => a.to - a.from - (b.to - b.from));
  skips.forEach((skip, i) => {
    const under = skips.slice(0, i).filter((other) => other.from < skip.to && skip.from < other.to);
    skip.height = 1 + Math.max(0, ...under.map((other) => other.height));
  });
  return skips;
}

/**
 * A line around the maps: above the values, or below the gradients.
 * @param {Run} run @param {Skip} skip @param {"forward" | "backward"} lane
 */
function skipLine({ layers }, { from, to, height }, lane) {
  const [source, target] = [layers[from].name, layers[to].name];
  const name = element("span", "name", "skip connection");
  const line = element("div", `past ${lane}`, element("i", "from"), name, element("i", "to"));
  line.style.gridColumn = `${from + 2} / ${to + 3}`;
  line.style.setProperty("--height", String(height));
  line.title =
    lane === "forward"
      ? `${source}.out is added in ${target}`
      : `${target}.dout comes back to ${source}.dout`;
  return { to: target, lane, line };
}

/** @param {Run} run @returns {{ to: string, lane: "forward" | "backward", line: HTMLElement }[]} two lines for each skip */
export const skipLines = (run) =>
  skipsOf(run).flatMap((skip) => [skipLine(run, skip, "forward"), skipLine(run, skip, "backward")]);
