/** The side: which example is on the stage, what the network makes of it, and how well it does on the test set. */

import { element, one, say } from "../dom.js";
import { capital, percent, plural, short, withArticle } from "../format.js";
import { evaluationOf, exampleOf, tensorAt, valueAt } from "../state.js";

/** @typedef {import("../state.js").State} State */

/**
 * @param {HTMLElement} root @param {{ showExample: (slot: number) => void }} on
 * @returns {(state: State) => void}
 */
export function mountSide(root, on) {
  const about = one("#example-about", root);
  const picker = one("#picker", root);
  const slot = /** @type {HTMLInputElement} */ (one("#slot", root));
  const slots = one("#slots", root);
  const bars = one("#bars", root);
  const verdict = one("#verdict", root);
  const loss = one("#loss", root);
  const batchLoss = one("#batch-loss", root);
  const accuracy = one("#accuracy", root);
  const accuracyAt = one("#accuracy-at", root);
  /** @type {{ row: HTMLElement, bar: HTMLElement, number: HTMLElement }[]} */
  let rows = [];
  let builtFor = "";

  slot.addEventListener("change", () => slot.reportValidity() && on.showExample(Number(slot.value) - 1));
  one("#slot-back", root).addEventListener("click", () => move(-1));
  one("#slot-on", root).addEventListener("click", () => move(1));
  /** @param {number} by */
  function move(by) {
    const count = Number(slot.max);
    on.showExample((Number(slot.value) - 1 + by + count) % count);
  }

  /** @param {readonly string[]} classes */
  function build(classes) {
    rows = classes.map((name) => {
      const bar = element("i");
      const number = element("span", "number");
      const row = element("li", "", element("b", "", name), element("span", "track", bar), number);
      return { row, bar, number };
    });
    bars.replaceChildren(...rows.map(({ row }) => row));
  }

  return (state) => {
    const { run, shown } = state;
    if (!run) return;
    if (builtFor !== run.classes.join()) build(run.classes);
    builtFor = run.classes.join();
    const example = exampleOf(state);
    const examples = shown?.iteration.examples ?? [];
    const label = example ? run.classes[example.label] : "?";
    say(about, example ? `${capital(withArticle(label))}: training example ${example.index}` : "loading …");
    picker.hidden = examples.length < 2;
    slot.max = String(examples.length);
    if (document.activeElement !== slot) slot.value = String((shown?.example ?? 0) + 1);
    say(slots, `of ${examples.length}`);

    const { values, done } = tensorAt(state, "loss.probabilities");
    const known = rows.map((_, k) => valueAt(state, "loss.probabilities", k));
    const best = done === "all" && values ? values.cells.indexOf(Math.max(...values.cells)) : -1;
    rows.forEach(({ row, bar, number }, k) => {
      const p = known[k];
      row.classList.toggle("true", k === example?.label);
      row.classList.toggle("best", k === best);
      row.classList.toggle("unknown", p === null);
      bar.style.width = `${100 * (p ?? 0)}%`;
      say(number, p === null ? "" : percent(p));
      number.title = p === null ? "" : short(p, 9);
    });
    const right = best === example?.label;
    const words =
      best < 0
        ? "not computed yet"
        : right
          ? `says ${run.classes[best]}: right`
          : `says ${run.classes[best]}, it is ${withArticle(label)}`;
    say(verdict, words);
    verdict.setAttribute("aria-live", state.play.on ? "off" : "polite");
    verdict.className = best < 0 ? "quiet" : right ? "right" : "wrong";

    const own = valueAt(state, "loss.loss", 0);
    say(loss, own === null ? "not computed yet" : short(own));
    loss.classList.toggle("quiet", own === null);
    const mean = own === null ? null : (shown?.iteration.loss ?? null);
    batchLoss.hidden = examples.length < 2;
    say(batchLoss, mean === null ? "" : `mean of the batch ${short(mean)}`);
    const tested = evaluationOf(state);
    say(accuracy, tested ? percent(tested.accuracy) : "–");
    say(
      accuracyAt,
      tested
        ? `on ${plural(run.test_examples, "test digit")}, after ${plural(tested.iteration, "iteration")}`
        : "",
    );
  };
}
