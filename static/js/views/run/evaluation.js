/** The evaluation: all examples answered by the network as it is now, the answers by class, and the mistakes. */

import { ENDS } from "../../graphics/colour.js";
import { decode } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { capital, PARTS, percent, plural, short, withArticle } from "../../graphics/format.js";
import { CONFIG, groundOf, load } from "../../graphics/plotly.js";
import { Refusal } from "../../core/refusals.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Survey} Survey */
/** @typedef {import("../../wire.js").SurveyPart} SurveyPart */
/** @typedef {import("../../wire.js").Answers} Answers */
/** @typedef {import("../../wire.js").Answer} Answer */
/** @typedef {import("../../wire.js").Part} Part */

const POLL_SECONDS = 0.25;
const COUNT = 40;
const SIDE = 56;

const ANY = "any";

/**
 * The confusion matrix as a chart: the mistakes coloured, every count in its cell.
 * @param {SurveyPart} part @param {readonly string[]} classes @param {State["theme"]} theme @param {CSSStyleDeclaration} style
 */
function figure({ confusion }, classes, theme, style) {
  const counts = confusion ? decode(confusion) : [];
  const rows = classes.map((_, i) => [...counts.slice(i * classes.length, (i + 1) * classes.length)]);
  const axis = { tickvals: classes.map((_, i) => i), ticktext: classes, showgrid: false, zeroline: false };
  const { zero, positive } = ENDS[theme];
  const ground = groundOf(style);
  const { font } = ground;
  return {
    traces: [
      {
        type: "heatmap",
        // The right ones, many more, would leave no colour for the mistakes.
        z: rows.map((row, i) => row.map((count, j) => (i === j ? 0 : count))),
        text: rows,
        texttemplate: classes.length <= 20 ? "%{text}" : "",
        hovertemplate: "true class %{y}, answer %{x}: %{text}<extra></extra>",
        colorscale: [
          [0, zero],
          [1, positive],
        ],
        zmin: 0,
        showscale: false,
        xgap: 1,
        ygap: 1,
      },
    ],
    layout: {
      ...ground,
      margin: { l: 60, r: 4, t: 4, b: 56 },
      xaxis: { ...axis, title: { text: "answer", font, standoff: 8 } },
      yaxis: { ...axis, title: { text: "true class", font, standoff: 8 }, autorange: "reversed" },
    },
  };
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ state: () => State, evaluate: () => Promise<Survey | null>, progress: (run: string) => Promise<Survey>,
 *   cancel: (run: string) => Promise<Survey>, choose: (example: number) => void,
 *   answers: (run: string, part: Part, which: { label: number | null, answer: number | null, start: number,
 *     count: number }) => Promise<Answers> }} on
 * @returns {{ open: () => Promise<void> }}
 */
export function mountEvaluation(dialog, on) {
  const note = one(".note", dialog);
  const again = one(".again", dialog);
  const stop = one(".stop", dialog);
  const parts = one(".parts", dialog);
  const found = one(".found", dialog);
  const confusion = one(".confusion", dialog);
  const chart = one(".chart", dialog);
  const gallery = one(".gallery", dialog);
  const title = one(".gallery h3", dialog);
  const hint = one(".gallery .hint", dialog);
  const grid = one(".grid", dialog);
  const range = one(".range", dialog);
  const label = /** @type {HTMLSelectElement} */ (one("select.label", dialog));
  const answer = /** @type {HTMLSelectElement} */ (one("select.answer", dialog));
  const previous = /** @type {HTMLButtonElement} */ (one(".previous", dialog));
  const next = /** @type {HTMLButtonElement} */ (one(".next", dialog));
  /** @type {Survey | null} */
  let survey = null;
  /** @type {Part} */
  let shown = "test";
  let start = 0;
  let round = 0;
  let asked = 0;

  const run = () => on.state().run;
  const partShown = () => survey?.parts.find(({ part }) => part === shown) ?? survey?.parts[0];

  /** @param {() => Promise<void>} action what a refusal says stands in the dialog */
  async function attempt(action) {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(note, error.message);
      again.hidden = false;
      stop.hidden = true;
    }
  }

  /** A new evaluation, followed to its end. */
  async function begin() {
    const mine = ++round;
    survey = null;
    parts.replaceChildren();
    found.hidden = true;
    again.hidden = true;
    stop.hidden = false;
    say(note, "Evaluating …");
    let news = await on.evaluate();
    while (news && mine === round) {
      tell(news);
      if (news.status !== "running") break;
      await new Promise((resolve) => setTimeout(resolve, POLL_SECONDS * 1000));
      // What nobody looks at need not be asked after.
      if (!dialog.open) break;
      news = await on.progress(news.run);
    }
    if (news && news.status !== "running" && mine === round) await show();
  }

  /** @param {Survey} news */
  function tell(news) {
    survey = news;
    const isRunning = news.status === "running";
    again.hidden = isRunning;
    stop.hidden = !isRunning;
    const state = { running: "Evaluating, ", done: "", cancelled: "Cancelled, ", failed: "Failed, " };
    say(note, capital(`${state[news.status]}after ${plural(news.iteration, "iteration")}`));
    parts.replaceChildren(...news.parts.map(partButton));
  }

  /** @param {SurveyPart} part */
  function partButton({ part, done, total, accuracy, loss }) {
    const button = element("button", "", element("b", "", capital(PARTS[part])));
    button.dataset.part = part;
    button.setAttribute("aria-pressed", String(part === partShown()?.part));
    const counted =
      done < total ? `${done.toLocaleString("en")} of ${plural(total, "example")}` : plural(total, "example");
    const right = accuracy === null ? "" : `${percent(accuracy)} right`;
    const mean = loss === null ? (done ? "loss not finite" : "") : `loss ${short(loss)}`;
    button.append(element("span", "number", [right, mean].filter(Boolean).join(", ") || "…"));
    const bar = element("progress");
    bar.max = total;
    bar.value = done;
    bar.setAttribute("aria-label", `${PARTS[part]} examples answered`);
    button.append(element("span", "quiet number", counted), ...(done < total ? [bar] : []));
    button.addEventListener("click", () => {
      shown = part;
      for (const other of parts.children) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      if (survey?.status !== "running") void attempt(show);
    });
    return button;
  }

  /** What is found in the part that is shown. */
  async function show() {
    const part = partShown();
    const { classes = [] } = run() ?? {};
    found.hidden = !part?.confusion;
    if (!part?.confusion) return;
    for (const select of [label, answer]) {
      if (select.options.length === classes.length + 1) continue;
      select.replaceChildren(new Option(ANY, ""), ...classes.map((name, i) => new Option(name, String(i))));
    }
    await Promise.all([drawChart(part, classes), turn(0)]);
  }

  /** @param {SurveyPart} part @param {readonly string[]} classes */
  async function drawChart(part, classes) {
    try {
      const Plotly = await load(dialog.dataset.plotly ?? "");
      const { traces, layout } = figure(part, classes, on.state().theme, getComputedStyle(dialog));
      await Plotly.react(chart, traces, layout, CONFIG);
    } catch (error) {
      say(one(".hint", confusion), /** @type {Error} */ (error).message);
      return;
    }
    const plot = /** @type {any} */ (chart);
    plot.removeAllListeners("plotly_click");
    plot.on("plotly_click", (/** @type {{ points: { x: number, y: number }[] }} */ { points }) => {
      label.value = String(points[0].y);
      answer.value = String(points[0].x);
      void attempt(() => turn(0));
    });
  }

  /** @param {HTMLSelectElement} select */
  const classIn = (select) => (select.value === "" ? null : Number(select.value));

  /** A page of the examples chosen, from number `from` on. @param {number} from */
  async function turn(from) {
    const part = partShown();
    if (!survey || !part) return;
    const mine = ++asked;
    const which = { label: classIn(label), answer: classIn(answer), start: from, count: COUNT };
    const page = await on.answers(survey.run, part.part, which);
    if (mine === asked) drawGallery(page);
  }

  /** @param {Answers} page */
  function drawGallery(page) {
    start = page.start;
    const isAny = label.value === "" && answer.value === "";
    say(title, isAny ? plural(page.total, "mistake") : plural(page.total, "example"));
    say(
      hint,
      page.total === 0
        ? "There is none."
        : `The largest loss first.${page.part === "train" ? " Click one to put it on the stage in the next iteration." : ""}`,
    );
    const cells = decode(page.images);
    const shape = shapeOf(page.images);
    const size = shape.reduce((a, b) => a * b, 1);
    const look = { side: SIDE, limit: largestOf(cells), signed: page.signed, theme: on.state().theme };
    const { classes = [] } = run() ?? {};
    grid.replaceChildren(
      ...page.answers.map((given, i) => {
        const label = `${withArticle(classes[given.label])}, answered ${classes[given.answer]}`;
        const own = cells.subarray(i * size, (i + 1) * size);
        return thumb(page.part, given, classes, thumbOf(shape, own, { ...look, label }));
      }),
    );
    const last = start + page.answers.length;
    say(range, page.total ? `${start + 1} to ${last} of ${page.total.toLocaleString("en")}` : "");
    previous.disabled = start === 0;
    next.disabled = last >= page.total;
  }

  /** @param {Part} part @param {Answer} given @param {readonly string[]} classes @param {HTMLElement} map */
  function thumb(part, { example, label: right, answer: wrong, certainty, loss }, classes, map) {
    const words = `${classes[right]} → ${classes[wrong]}`;
    const sure = certainty === null ? "" : percent(certainty);
    const text = element("span", "number", element("b", right === wrong ? "right" : "wrong", words), sure);
    const made = element(part === "train" ? "button" : "div", "answered", map, text);
    made.title = `${PARTS[part]} example ${example}${loss === null ? "" : `, loss ${short(loss)}`}`;
    if (part === "train") {
      made.addEventListener("click", () => {
        dialog.close();
        on.choose(example);
      });
    }
    return made;
  }

  again.addEventListener("click", () => void attempt(begin));
  stop.addEventListener("click", () =>
    attempt(async () => {
      if (survey) tell(await on.cancel(survey.run));
    }),
  );
  previous.addEventListener("click", () => void attempt(() => turn(Math.max(0, start - COUNT))));
  next.addEventListener("click", () => void attempt(() => turn(start + COUNT)));
  for (const select of [label, answer]) select.addEventListener("change", () => void attempt(() => turn(0)));
  one(".close", dialog).addEventListener("click", () => dialog.close());

  return {
    async open() {
      const { progress } = on.state();
      if (!run()) return;
      dialog.showModal();
      const isFresh =
        survey?.run === run()?.id && survey?.status === "done" && survey.iteration === progress.computed;
      label.value = answer.value = "";
      gallery.scrollTop = 0;
      await attempt(isFresh ? show : begin);
    },
  };
}
