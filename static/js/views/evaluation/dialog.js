/** The evaluation: how the network answers all examples, by class, and its mistakes. */

import { isOpen, refusalOf } from "../../core/state.js";
import { decode, sizeOfShape } from "../../core/typed_arrays.js";
import { ENDS } from "../../graphics/colour.js";
import { modal } from "../../graphics/dialog.js";
import { element, one, say } from "../../graphics/dom.js";
import { capital, grouped, PARTS, percent, plural, short, withArticle } from "../../graphics/format.js";
import { CONFIG, groundOf, load } from "../../graphics/plotly.js";
import { largestOf, shapeOf, thumbOf } from "../../graphics/thumbnail.js";
import { COUNT, isCurrent, splitIn } from "./state.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").SurveyPart} SurveyPart */
/** @typedef {import("../../wire.js").Answer} Answer */
/** @typedef {import("../../wire.js").Split} Part */

const SIDE = 56;
const ANY = "any";
const STATUS = { running: "Evaluating, ", done: "", cancelled: "Cancelled, ", failed: "Failed, " };

/**
 * @param {HTMLElement} root @param {App} app
 * @returns {(state: State) => void}
 */
export function mountEvaluation(root, app) {
  const dialog = /** @type {HTMLDialogElement} */ (root);
  const note = one(".note", dialog);
  const again = one(".again", dialog);
  const stop = one(".stop", dialog);
  const found = one(".found", dialog);
  const open = modal(dialog, () => app.store.dispatch({ type: "dialog", close: "evaluation" }));
  const drawSplits = mountSplits(one(".parts", dialog), app);
  const drawMatrix = mountMatrix(dialog, app);
  const drawGallery = mountGallery(one(".gallery", dialog), app);

  again.addEventListener("click", () => void app.effects.evaluation.begin());
  stop.addEventListener("click", () => void app.effects.evaluation.cancel());

  return (state) => {
    const isShown = isOpen(state, "evaluation") && state.run !== null;
    if (isShown && !dialog.open) one(".gallery", dialog).scrollTop = 0;
    open(isShown);
    if (!isShown) return;
    const { survey } = state.evaluation;
    const refusal = refusalOf(state, "evaluation");
    const isRunning = refusal === null && (survey === null || survey.status === "running");
    // Evaluated again, the same network answers the same.
    again.hidden = isRunning || isCurrent(state);
    stop.hidden = !isRunning;
    const words = survey
      ? capital(`${STATUS[survey.status]}after ${plural(survey.iteration, "step")}`)
      : "Evaluating …";
    say(note, refusal ?? words);
    drawSplits(state);
    found.hidden = survey?.status === "running" || !splitIn(state.evaluation)?.confusion;
    if (found.hidden) return;
    drawMatrix(state);
    drawGallery(state);
  };
}

/** A button for each split of the data, with its accuracy. @param {HTMLElement} root @param {App} app */
function mountSplits(root, { effects }) {
  /** @type {State["evaluation"] | null} */
  let drawn = null;

  /** @param {SurveyPart} part @param {boolean} isShown */
  function button({ part, done, total, accuracy, loss }, isShown) {
    const button = element("button", "", element("b", "", capital(PARTS[part])));
    button.dataset.part = part;
    button.setAttribute("aria-pressed", String(isShown));
    const counted =
      done < total ? `${grouped(done)} of ${plural(total, "example")}` : plural(total, "example");
    const right = accuracy === null ? "" : `${percent(accuracy)} right`;
    const mean = loss === null ? (done ? "loss not finite" : "") : `loss ${short(loss)}`;
    button.append(element("span", "number", [right, mean].filter(Boolean).join(", ") || "…"));
    const bar = element("progress");
    bar.max = total;
    bar.value = done;
    bar.setAttribute("aria-label", `${PARTS[part]} examples answered`);
    button.append(element("span", "quiet number", counted), ...(done < total ? [bar] : []));
    button.addEventListener("click", () => void effects.evaluation.showSplit(part));
    return button;
  }

  /** @param {State} state */
  return ({ evaluation }) => {
    if (drawn?.survey === evaluation.survey && drawn?.split === evaluation.split) return;
    drawn = evaluation;
    const focused = [...root.children].indexOf(/** @type {Element} */ (document.activeElement));
    const shown = splitIn(evaluation);
    const buttons = (evaluation.survey?.parts ?? []).map((split) => button(split, split === shown));
    root.replaceChildren(...buttons);
    buttons[focused]?.focus();
  };
}

/**
 * The confusion matrix as a chart: the mistakes coloured, every count in its cell.
 * @param {SurveyPart} split @param {readonly string[]} classes @param {State["theme"]} theme @param {CSSStyleDeclaration} style
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
        // The colour scale leaves out the correct answers, which are far more than the mistakes.
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

/** @param {HTMLDialogElement} dialog @param {App} app */
function mountMatrix(dialog, { effects }) {
  const chart = one(".chart", dialog);
  const hint = one(".confusion .hint", dialog);
  /** What the chart was drawn from. @type {readonly unknown[]} */
  let drawn = [];

  /** @param {SurveyPart} split @param {State} state */
  async function draw(split, { run, theme }) {
    try {
      const Plotly = await load(dialog.dataset.plotly ?? "");
      const { traces, layout } = figure(split, run?.classes ?? [], theme, getComputedStyle(dialog));
      await Plotly.react(chart, traces, layout, CONFIG);
    } catch (error) {
      say(hint, /** @type {Error} */ (error).message);
      return;
    }
    const plot = /** @type {any} */ (chart);
    plot.removeAllListeners("plotly_click");
    plot.on("plotly_click", (/** @type {{ points: { x: number, y: number }[] }} */ { points }) => {
      void effects.evaluation.select({ label: points[0].y, answer: points[0].x });
    });
  }

  /** @param {State} state */
  return (state) => {
    const split = splitIn(state.evaluation);
    if (!split) return;
    const now = [split, state.theme];
    if (now.every((value, i) => value === drawn[i])) return;
    drawn = now;
    void draw(split, state);
  };
}

/** The examples that the filter selects, a page at a time. @param {HTMLElement} root @param {App} app */
function mountGallery(root, { effects }) {
  const title = one("h3", root);
  const hint = one(".hint", root);
  const grid = one(".grid", root);
  const range = one(".range", root);
  const label = /** @type {HTMLSelectElement} */ (one("select.label", root));
  const answer = /** @type {HTMLSelectElement} */ (one("select.answer", root));
  const previous = /** @type {HTMLButtonElement} */ (one(".previous", root));
  const next = /** @type {HTMLButtonElement} */ (one(".next", root));
  /** What the page was drawn from. @type {readonly unknown[]} */
  let drawn = [];

  /** @param {HTMLSelectElement} select */
  const classIn = ({ value }) => (value === "" ? null : Number(value));
  for (const select of [label, answer])
    select.addEventListener("change", () =>
      effects.evaluation.select({ label: classIn(label), answer: classIn(answer) }),
    );
  previous.addEventListener("click", () => void effects.evaluation.turn(-COUNT));
  next.addEventListener("click", () => void effects.evaluation.turn(COUNT));

  /** @param {State["evaluation"]["filter"]} filter @param {readonly string[]} classes */
  function drawFilter(filter, classes) {
    for (const [select, chosen] of /** @type {const} */ ([
      [label, filter.label],
      [answer, filter.answer],
    ])) {
      const names = [ANY, ...classes];
      if ([...select.options].map(({ text }) => text).join("\n") !== names.join("\n"))
        select.replaceChildren(...names.map((name, i) => new Option(name, i === 0 ? "" : String(i - 1))));
      select.value = chosen === null ? "" : String(chosen);
    }
  }

  /** @param {Part} split @param {Answer} given @param {readonly string[]} classes @param {HTMLElement} map */
  function thumbnail(split, { example, label: right, answer: wrong, certainty, loss }, classes, map) {
    const words = `${classes[right]} → ${classes[wrong]}`;
    const sure = certainty === null ? "" : percent(certainty);
    const text = element("span", "number", element("b", right === wrong ? "right" : "wrong", words), sure);
    const item = element(split === "train" ? "button" : "div", "answered", map, text);
    item.title = `${PARTS[split]} example ${example}${loss === null ? "" : `, loss ${short(loss)}`}`;
    if (split === "train") item.addEventListener("click", () => void effects.evaluation.choose(example));
    return item;
  }

  /** @param {State} state */
  return ({ evaluation: { filter, page }, run, theme }) => {
    const classes = run?.classes ?? [];
    drawFilter(filter, classes);
    const now = [page, theme];
    if (!page || now.every((value, i) => value === drawn[i])) return;
    drawn = now;
    const isAny = filter.label === null && filter.answer === null;
    say(title, plural(page.total, isAny ? "mistake" : "example"));
    const advice = page.part === "train" ? " Click one to look at it on the stage." : "";
    say(hint, page.total === 0 ? "There is none." : `The largest loss first.${advice}`);
    const cells = decode(page.images);
    const shape = shapeOf(page.images);
    const size = sizeOfShape(shape);
    const look = { side: SIDE, limit: largestOf(cells), signed: page.signed, theme };
    grid.replaceChildren(
      ...page.answers.map((given, i) => {
        const words = `${withArticle(classes[given.label])}, answered ${classes[given.answer]}`;
        const own = cells.subarray(i * size, (i + 1) * size);
        return thumbnail(page.part, given, classes, thumbOf(shape, own, { ...look, label: words }));
      }),
    );
    const { start } = page;
    const last = start + page.answers.length;
    say(range, page.total ? `${start + 1} to ${last} of ${grouped(page.total)}` : "");
    previous.disabled = start === 0;
    next.disabled = last >= page.total;
  };
}
