/** The network builder: the layers as forms, and beside each layer its shape, its cost and its receptive field. */

import { isOpen, refusalOf } from "../../core/state.js";
import { modal } from "../../graphics/dialog.js";
import { element, one, say } from "../../graphics/dom.js";
import { bytes, capital, plural, short } from "../../graphics/format.js";
import { added, layerAt, moved, removed, set, sourced } from "./draft.js";
import { drawPlace, drawReport, layerRow } from "./layer_row.js";
import { readable } from "./setting.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./state.js").Builder} Builder */
/** @typedef {import("./state.js").Report} Report */
/** @typedef {import("../../wire.js").Networks} Networks */

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountBuilder(root, app) {
  const dialog = /** @type {HTMLDialogElement} */ (root);
  const about = one(".about", dialog);
  const sums = one(".sums", dialog);
  const open = modal(dialog, () => app.store.dispatch({ type: "dialog", close: "builder" }));
  const drawChoices = mountChoices(dialog, app);
  const drawProblem = mountProblem(one(".problem", dialog), app);
  const drawLayers = mountLayers(dialog, app);
  one(".start", dialog).addEventListener("click", () => void app.effects.builder.start());

  return (state) => {
    const { networks, draft, report } = state.builder;
    const isShown = isOpen(state, "builder") && networks !== null && draft !== null;
    open(isShown);
    if (!isShown) return;
    drawChoices(networks);
    say(about, aboutOf(draft, state));
    say(sums, report ? sumsOf(report) : "…");
    drawLayers(state.builder);
    drawProblem(state);
  };
}

/** The rest of a draft's recipe. @param {Draft} draft @param {State} state @returns {string} */
const aboutOf = ({ recipe }, { run }) =>
  [
    run?.recipe.dataset === recipe.dataset ? run.dataset_title : readable(recipe.dataset),
    readable(recipe.loss.kind),
    `learning rate ${short(recipe.optimizer.learning_rate)}`,
    `batch ${recipe.batch_size}`,
  ].join(" · ");

/** The cost of the network, or of its layers before the one that does not fit. @param {Report} report @returns {string} */
function sumsOf({ shapes, trouble }) {
  if (!shapes) return "–";
  const at = layerAt(trouble?.field);
  const stop = at === null ? "" : `${shapes.names[at] ?? `Layer ${at + 1}`} does not fit. Up to there: `;
  const sums = [
    plural(shapes.parameters, "parameter"),
    plural(shapes.multiply_adds, "multiply-add"),
    `${bytes(shapes.bytes)} a step`,
  ];
  return stop + sums.join(" · ");
}

/** @param {string} title @param {string} words @param {() => void} act */
function choiceButton(title, words, act) {
  const button = element("button", "", title);
  button.type = "button";
  button.title = words;
  button.addEventListener("click", act);
  return button;
}

/** The networks to begin with, and the layers to add. @param {HTMLElement} dialog @param {App} app */
function mountChoices(dialog, { store, effects }) {
  const presets = one(".presets", dialog);
  const kinds = one(".kinds", dialog);
  /** @type {Networks | null} */
  let drawn = null;

  /** @param {Networks} networks */
  return (networks) => {
    if (networks === drawn) return;
    drawn = networks;
    presets.replaceChildren(
      choiceButton("This run's network", "The network of the run that is open", () => {
        const { run } = store.get();
        if (run) effects.builder.begin(run.recipe);
      }),
      ...networks.presets.map(({ title, words, recipe }) =>
        choiceButton(title, words, () => effects.builder.begin(recipe)),
      ),
    );
    kinds.replaceChildren(
      ...networks.kinds.map(({ title, words, layer }) =>
        choiceButton(`+ ${title}`, words, () => {
          const { draft } = store.get().builder;
          if (draft) effects.builder.change(added(draft, layer));
        }),
      ),
    );
  };
}

/** @param {Report["trouble"]} trouble @param {App} app @returns {HTMLElement[]} a button for each way out */
const fixButtons = (trouble, { effects }) =>
  (trouble?.fixes ?? []).map(({ words, recipe }) => {
    const button = element("button", "fix", `${capital(words)} instead`);
    button.type = "button";
    button.addEventListener("click", () => effects.builder.begin(recipe));
    return button;
  });

/** What is wrong with the network as a whole, or with its start. @param {HTMLElement} root @param {App} app */
function mountProblem(root, app) {
  const words = one("p", root);
  /** The values of the last drawing. @type {readonly unknown[]} */
  let drawn = [];

  /** @param {State} state */
  return (state) => {
    const refusal = refusalOf(state, "builder");
    const { trouble } = state.builder.report ?? { trouble: null };
    if (drawn[0] === refusal && drawn[1] === trouble) return;
    drawn = [refusal, trouble];
    const ofNetwork = trouble && layerAt(trouble.field) === null ? trouble : null;
    root.hidden = refusal === null && ofNetwork === null;
    say(words, refusal ?? ofNetwork?.message ?? "");
    root.replaceChildren(words, ...(refusal === null ? fixButtons(ofNetwork, app) : []));
  };
}

/** The layers, in order. Rows that stay keep what is typed into them. @param {HTMLElement} dialog @param {App} app */
function mountLayers(dialog, app) {
  const list = one(".layers", dialog);
  /** @type {Map<number, HTMLElement>} */
  let rows = new Map();
  /** The state of the last drawing. @type {Builder | null} */
  let drawn = null;
  /** True until the report on a draft that has one more layer at its end. */
  let isLonger = false;

  /** @param {number} id @returns {import("./layer_row.js").Hands} */
  function handsOf(id) {
    const { builder } = app.effects;
    /** @param {(draft: Draft) => Draft} edit @param {(draft: Draft) => void} [how] */
    const change = (edit, how = builder.change) => {
      const { draft } = app.store.get().builder;
      if (draft) how(edit(draft));
    };
    return {
      set: (name, value) => change((draft) => set(draft, id, name, value), builder.type),
      add: (source) => change((draft) => sourced(draft, id, source)),
      move: (by) => change((draft) => moved(draft, id, by)),
      remove: () => change((draft) => removed(draft, id)),
    };
  }

  /** @param {Draft} draft @param {Networks | null} networks */
  function arrange(draft, networks) {
    const focused = document.activeElement;
    const at = [...list.children].findIndex((row) => row.contains(focused));
    rows = new Map(
      draft.rows.map((row) => {
        const kind = networks?.kinds.find(({ kind }) => kind === row.layer.kind);
        return [row.id, rows.get(row.id) ?? layerRow(row, kind, handsOf(row.id))];
      }),
    );
    const items = [...rows.values()];
    if (items.length !== list.children.length || items.some((item, i) => item !== list.children[i]))
      list.replaceChildren(...items);
    items.forEach((item, i) => drawPlace(item, i, items.length));
    const wasInside = at >= 0 || one(".problem", dialog).contains(focused);
    if (wasInside) keepFocus(/** @type {HTMLElement} */ (focused), Math.max(0, at));
  }

  /** Keeps the focus on its element, or moves it to the row that is there now. @param {HTMLElement} focused @param {number} at */
  function keepFocus(focused, at) {
    const own = list.contains(focused) ? focused.closest("li") : null;
    if (own && !focused.matches(":disabled")) return focused.focus();
    const row = own ?? list.children[Math.min(at, list.children.length - 1)];
    /** @type {HTMLElement | null} */ (row?.querySelector(".turn button:not(:disabled)"))?.focus();
  }

  /** @param {Draft} draft @param {Report} report */
  function tell(draft, report) {
    const { trouble } = report;
    const fault = layerAt(trouble?.field);
    [...rows.values()].forEach((row, at) => {
      const reason =
        trouble && at === fault ? [element("p", "", trouble.message), ...fixButtons(trouble, app)] : null;
      drawReport(row, at, draft, report, reason);
    });
  }

  /** @param {Builder} builder */
  return (builder) => {
    const { draft, report, isOld, networks } = builder;
    list.toggleAttribute("aria-busy", false);
    if (isOld) list.setAttribute("aria-busy", "true");
    if (draft && draft !== drawn?.draft) {
      const [first, last] = [draft.rows.at(0), draft.rows.at(-1)];
      isLonger = Boolean(first && last && rows.has(first.id) && !rows.has(last.id));
      arrange(draft, networks);
      if (isLonger) list.lastElementChild?.scrollIntoView({ block: "nearest" });
    }
    if (draft && report && !isOld && (report !== drawn?.report || draft !== drawn.draft)) {
      tell(draft, report);
      // The problem of a layer that was just added is scrolled into view.
      if (isLonger) list.lastElementChild?.scrollIntoView({ block: "nearest" });
      isLonger = false;
    }
    drawn = builder;
  };
}
