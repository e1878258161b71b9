/** The answers of a network as bars, a row for each class. */

import { element, say } from "../../graphics/dom.js";
import { percent, short } from "../../graphics/format.js";

/**
 * @param {HTMLElement} list @param {(label: number) => void} choose when a class is clicked
 * @returns {(classes: readonly string[], answers: readonly (number | null)[] | null, winner: number | null,
 *   isLikelihood: boolean) => void}
 */
export function mountBars(list, choose) {
  let names = "";
  /** @type {{ row: HTMLElement, bar: HTMLElement, number: HTMLElement }[]} */
  let rows = [];
  return (classes, answers, winner, isLikelihood) => {
    if (names !== classes.join("\n")) {
      names = classes.join("\n");
      rows = classes.map((name, label) => {
        const [bar, number] = [element("i"), element("span", "number")];
        const button = element("button", "", element("b", "", name), element("span", "track", bar), number);
        button.title = `Why ${name}, or why not?`;
        button.addEventListener("click", () => choose(label));
        return { row: button, bar, number };
      });
      list.replaceChildren(...rows.map(({ row }) => element("li", "", row)));
    }
    const scale = isLikelihood ? 1 : Math.max(...(answers ?? []).map((a) => Math.abs(a ?? 0)), 0) || 1;
    rows.forEach(({ row, bar, number }, label) => {
      const answer = answers?.[label] ?? null;
      row.classList.toggle("best", label === winner);
      bar.style.width = `${(100 * Math.abs(answer ?? 0)) / scale}%`;
      say(number, answer === null ? "" : isLikelihood ? percent(answer) : short(answer));
    });
  };
}
