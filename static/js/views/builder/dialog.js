/** The network builder: the layers as forms, and beside each what the server says that it makes, costs and sees. */

import {
  added,
  draftOf,
  formOf,
  formsOf,
  INPUT,
  layerAt,
  moved,
  numberIn,
  recipeOf,
  removed,
  set,
  sourced,
  sourcesOf,
} from "./draft.js";
import { element, one, say } from "../../graphics/dom.js";
import { bytes, capital, plural, short, times } from "../../graphics/format.js";
import { Refusal } from "../../core/refusals.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").Effects} Effects */
/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Row} Row */
/** @typedef {import("../../wire.js").Blueprint} Blueprint */
/** @typedef {import("../../wire.js").LayerPlan} LayerPlan */
/** @typedef {import("../../wire.js").Networks} Networks */
/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {import("../../wire.js").Setting} Setting */
/** @typedef {{ message: string, field: string | null, fixes: Blueprint["fixes"] }} Trouble */

const TYPING_SECONDS = 0.15;
/** What is told of each layer, left to right. */
const FIGURES = ["output", "parameters", "multiply-adds", "memory", "sees"];

/** @param {string} name of a setting or a data set */
const readable = (name) => name.replaceAll("_", " ");

/** @param {LayerPlan} plan @returns {string[]} as FIGURES are named */
const figuresOf = (plan) => [
  times(plan.shape),
  plan.parameters.toLocaleString("en"),
  plan.multiply_adds.toLocaleString("en"),
  bytes(plan.bytes),
  times(plan.field) +
    (plan.field_stride?.some((far) => far > 1) ? ` every\u00a0${times(plan.field_stride)}` : ""),
];

/**
 * The controls of one setting. What is typed goes to the server as it is: there is one place that knows what is right.
 * @param {Setting} setting @param {unknown} value @param {string} label @param {(value: unknown) => void} change
 */
function control(setting, value, label, change) {
  const forms = formsOf(setting);
  const numbers = element("span", "numbers");
  const choice = element("select");
  choice.setAttribute("aria-label", label);
  choice.append(
    ...forms.map((form, i) => {
      const words = { auto: "automatic", pair: "rows × columns", number: "a number", switch: "on or off" };
      return new Option(form.kind === "word" ? form.word : words[form.kind], String(i));
    }),
  );

  /** @param {unknown} number @param {string} name */
  function numberInput(number, name) {
    const input = element("input");
    input.type = "number";
    input.step = setting.number === "number" ? "any" : "1";
    if (setting.minimum !== null) input.min = String(setting.minimum);
    if (setting.maximum !== null) input.max = String(setting.maximum);
    input.value = String(number);
    // A small number needs more room than a count.
    input.classList.toggle("long", input.value.length > 5);
    input.setAttribute("aria-label", name);
    input.addEventListener("input", () => change(given()));
    return input;
  }

  /** @returns {unknown} what the controls say */
  function given() {
    const form = forms[Number(choice.value)];
    const inputs = [...numbers.querySelectorAll("input")];
    if (form.kind === "word") return form.word;
    if (form.kind === "auto") return null;
    if (form.kind === "switch") return inputs[0].checked;
    const typed = inputs.map((input) => numberIn(input.value));
    return form.kind === "pair" ? typed : typed[0];
  }

  /** @param {unknown} from the value that the inputs begin with */
  function fill(from) {
    const form = forms[Number(choice.value)];
    const known = [from].flat().filter((item) => typeof item === "number");
    const first = known[0] ?? Math.max(setting.minimum ?? 1, 1);
    if (form.kind === "number") numbers.replaceChildren(numberInput(first, label));
    else if (form.kind === "pair") {
      const second = numberInput(known[1] ?? first, `${label}, columns`);
      numbers.replaceChildren(numberInput(first, `${label}, rows`), "×", second);
    } else if (form.kind === "switch") {
      const box = element("input");
      box.type = "checkbox";
      box.checked = from === true;
      box.setAttribute("aria-label", label);
      box.addEventListener("change", () => change(given()));
      numbers.replaceChildren(box);
    } else numbers.replaceChildren();
  }

  choice.value = String(formOf(forms, value));
  choice.addEventListener("change", () => {
    fill(null);
    change(given());
  });
  fill(value);
  const name = element("span", "quiet", readable(setting.name));
  return element("span", "setting", name, ...(forms.length > 1 ? [choice] : []), numbers);
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ state: () => State, newRun: Effects["newRun"], report: Effects["report"],
 *   networks: () => Promise<Networks>, describe: (recipe: Recipe) => Promise<Blueprint> }} on
 * @returns {{ open: () => Promise<void> }}
 */
export function mountBuilder(dialog, on) {
  const about = one(".about", dialog);
  const list = one(".layers", dialog);
  const presets = one(".presets", dialog);
  const kinds = one(".kinds", dialog);
  const sums = one(".sums", dialog);
  const problem = one(".problem", dialog);
  const words = one(".problem p", dialog);
  /** @type {Networks | null} */
  let networks = null;
  /** @type {Draft | null} */
  let draft = null;
  let ofRun = "";
  /** @type {Map<number, HTMLElement>} */
  let drawn = new Map();
  let asked = 0;
  let timer = 0;
  /** Whether the last layer was just added. */
  let isNew = false;

  /** @param {Draft} next @param {boolean} [isTyped] whether more keys may follow at once */
  function change(next, isTyped = false) {
    draft = next;
    arrange();
    const mine = ++asked;
    list.setAttribute("aria-busy", "true");
    clearTimeout(timer);
    timer = /** @type {any} */ (setTimeout(() => void ask(mine), isTyped ? TYPING_SECONDS * 1000 : 0));
  }

  /** Draws what the server says of the draft, unless a newer one is asked about. @param {number} mine */
  async function ask(mine) {
    if (!draft) return;
    const recipe = recipeOf(draft);
    try {
      const blueprint = await on.describe(recipe);
      if (mine === asked)
        tell(blueprint, blueprint.problem && { ...blueprint.problem, fixes: blueprint.fixes });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine === asked) tell(null, { message: error.message, field: error.field, fixes: [] });
    }
  }

  /** @param {Blueprint | null} blueprint null where the server could not read the draft @param {Trouble | null} trouble */
  function tell(blueprint, trouble) {
    if (!draft) return;
    list.removeAttribute("aria-busy");
    const at = layerAt(trouble?.field);
    draft.rows.forEach(({ id, layer }, number) => {
      const item = /** @type {HTMLElement} */ (drawn.get(id));
      const plan = blueprint?.layers[number];
      const name = blueprint?.names[number] ?? layer.kind;
      say(one(".name", item), name);
      const figures = plan ? figuresOf(plan) : FIGURES.map(() => "–");
      item.querySelectorAll(".figure").forEach((cell, i) => say(cell, figures[i]));
      item.classList.toggle("at-fault", number === at);
      item.classList.toggle("unknown", !plan);
      fillSources(item, id, blueprint?.names);
      const reason = one(".reason", item);
      reason.hidden = number !== at;
      if (trouble && number === at) explain(reason, trouble);
      else reason.replaceChildren();
    });
    // What is wrong with a layer that was just added stands under it.
    if (isNew) list.lastElementChild?.scrollIntoView({ block: "nearest" });
    isNew = false;
    problem.hidden = !trouble || at !== null;
    if (trouble && at === null) {
      say(words, trouble.message);
      problem.replaceChildren(words, ...trouble.fixes.map(fixButton));
    }
    const total = blueprint && [
      plural(blueprint.parameters, "parameter"),
      plural(blueprint.multiply_adds, "multiply-add"),
      `${bytes(blueprint.bytes)} an iteration`,
    ];
    const stop =
      at === null ? "" : `${blueprint?.names[at] ?? `Layer ${at + 1}`} does not fit. Up to there: `;
    say(sums, total ? stop + total.join(" · ") : "–");
  }

  /**
   * The layers that a row can add, by their names.
   * @param {HTMLElement} item @param {number} id @param {readonly string[] | undefined} names
   */
  function fillSources(item, id, names) {
    const choice = item.querySelector("select.sources");
    if (!(choice instanceof HTMLSelectElement) || !draft) return;
    const { rows } = draft;
    const at = (/** @type {number} */ source) => rows.findIndex((row) => row.id === source);
    const { source } = rows[at(id)];
    const options = sourcesOf(draft, id).map((other) => {
      const name = other === INPUT ? "input" : (names?.[at(other)] ?? rows[at(other)].layer.kind);
      return new Option(name, String(other), false, other === source);
    });
    const none = new Option("choose", "", false, true);
    none.disabled = true;
    choice.replaceChildren(...(source === null ? [none] : []), ...options);
  }

  /** @param {number} id @param {string} label */
  function sourceControl(id, label) {
    const choice = element("select", "sources");
    choice.setAttribute("aria-label", label);
    choice.addEventListener("change", () => {
      if (draft) change(sourced(draft, id, Number(choice.value)));
    });
    return element("span", "setting", element("span", "quiet", "the output of"), choice);
  }

  /** @param {HTMLElement} reason @param {Trouble} trouble */
  function explain(reason, { message, fixes }) {
    reason.replaceChildren(element("p", "", message), ...fixes.map(fixButton));
  }

  /** @param {Blueprint["fixes"][number]} fix */
  function fixButton({ words, recipe }) {
    const button = element("button", "fix", `${capital(words)} instead`);
    button.type = "button";
    button.addEventListener("click", () => {
      if (!draft) return;
      const at = [...list.children].findIndex((item) => item.contains(button));
      begin(recipe, draft.next);
      focusRow(Math.max(0, at));
    });
    return button;
  }

  /** @param {number} at the row that gets the focus, or the last one */
  function focusRow(at) {
    const item = list.children[Math.min(at, list.children.length - 1)];
    /** @type {HTMLElement | null} */ (item?.querySelector(".turn button:not(:disabled)"))?.focus();
  }

  /** One element for each row, in order; those that stay keep what is typed into them. */
  function arrange() {
    if (!draft) return;
    const { rows } = draft;
    const focused = document.activeElement;
    drawn = new Map(rows.map((row) => [row.id, drawn.get(row.id) ?? item(row)]));
    const items = [...drawn.values()];
    const isSame = items.length === list.children.length && items.every((it, i) => it === list.children[i]);
    if (!isSame) {
      list.replaceChildren(...items);
      if (focused instanceof HTMLElement && list.contains(focused)) focused.focus();
    }
    items.forEach((it, i) => {
      /** @type {HTMLButtonElement} */ (one(".up", it)).disabled = i === 0;
      /** @type {HTMLButtonElement} */ (one(".down", it)).disabled = i === items.length - 1;
      /** @type {HTMLButtonElement} */ (one(".remove", it)).disabled = items.length === 1;
    });
  }

  /** @param {Row} row @returns {HTMLElement} */
  function item({ id, layer }) {
    const kind = networks?.kinds.find(({ kind }) => kind === layer.kind);
    const settings = (kind?.settings ?? []).map((setting) => {
      const value = /** @type {any} */ (layer)[setting.name];
      if (setting.layer) return sourceControl(id, `What ${kind?.title} adds`);
      const label = `${capital(readable(setting.name))} of ${kind?.title}`;
      return control(setting, value, label, (next) => {
        if (draft) change(set(draft, id, setting.name, next), true);
      });
    });
    /** @param {string} name @param {string} text @param {string} label @param {() => void} act */
    const button = (name, text, label, act) => {
      const made = element("button", name, text);
      made.type = "button";
      made.title = label;
      made.setAttribute("aria-label", `${label}: ${kind?.title}`);
      made.addEventListener("click", act);
      return made;
    };
    const turn = element(
      "span",
      "turn",
      button("up", "↑", "Move up", () => move(id, -1)),
      button("down", "↓", "Move down", () => move(id, 1)),
      button("remove", "✕", "Remove", () => {
        if (!draft) return;
        const at = draft.rows.findIndex((row) => row.id === id);
        change(removed(draft, id));
        focusRow(at);
      }),
    );
    const reason = element("div", "reason");
    reason.setAttribute("role", "status");
    reason.hidden = true;
    const title = element(
      "span",
      "title",
      element("b", "name", ""),
      element("span", "quiet", kind?.title ?? ""),
    );
    title.title = kind?.words ?? "";
    const made = element(
      "li",
      "",
      title,
      element("span", "settings", ...settings),
      ...FIGURES.map((name) => {
        const cell = element("span", "told", element("span", "label", name), element("span", "figure", "…"));
        return cell;
      }),
      turn,
      reason,
    );
    made.addEventListener("keydown", (event) => {
      if (!event.altKey || !/^Arrow(Up|Down)$/.test(event.key)) return;
      event.preventDefault();
      move(id, event.key === "ArrowUp" ? -1 : 1);
    });
    return made;
  }

  /** @param {number} id @param {1 | -1} by */
  function move(id, by) {
    if (!draft) return;
    const focused = document.activeElement;
    change(moved(draft, id, by));
    const buttons = drawn.get(id)?.querySelectorAll(".turn button:not(:disabled)");
    if (focused instanceof HTMLButtonElement && focused.disabled && buttons) {
      /** @type {HTMLElement} */ (buttons[0]).focus();
    }
  }

  /** @param {Recipe} recipe @param {number} [first] */
  function begin(recipe, first) {
    drawn = new Map();
    // The sums of other layers, until the server has told those of these: a data set may have to be read first.
    say(sums, "…");
    const { run } = on.state();
    say(
      about,
      [
        run?.recipe.dataset === recipe.dataset ? run.dataset_title : readable(recipe.dataset),
        readable(recipe.loss.kind),
        `learning rate ${short(recipe.optimizer.learning_rate)}`,
        `batch ${recipe.batch_size}`,
      ].join(" · "),
    );
    change(draftOf(recipe, first));
  }

  /** @param {Networks} given */
  function fill(given) {
    networks = given;
    /** @param {string} title @param {string} words @param {() => void} act */
    const button = (title, words, act) => {
      const made = element("button", "", title);
      made.type = "button";
      made.title = words;
      made.addEventListener("click", act);
      return made;
    };
    presets.replaceChildren(
      button("This run's network", "The network of the run that is open", () => {
        const { run } = on.state();
        if (run) begin(run.recipe, draft?.next);
      }),
      ...given.presets.map(({ title, words, recipe }) =>
        button(title, words, () => begin(recipe, draft?.next)),
      ),
    );
    kinds.replaceChildren(
      ...given.kinds.map(({ title, words, layer }) =>
        button(`+ ${title}`, words, () => {
          if (!draft) return;
          change(added(draft, layer));
          isNew = true;
          list.lastElementChild?.scrollIntoView({ block: "nearest" });
        }),
      ),
    );
  }

  one(".start", dialog).addEventListener("click", async () => {
    if (!draft) return;
    try {
      await on.newRun(recipeOf(draft));
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(words, error.message);
      problem.replaceChildren(words);
      problem.hidden = false;
    }
  });
  for (const close of dialog.querySelectorAll(".close, .cancel")) {
    close.addEventListener("click", () => dialog.close());
  }

  return {
    async open() {
      const { run } = on.state();
      if (!run) return;
      try {
        // Data sets come and go, and networks for them.
        fill(await on.networks());
      } catch (error) {
        on.report(error);
        return;
      }
      dialog.showModal();
      // What was made and not started is still there.
      if (ofRun === run.id && draft) return;
      ofRun = run.id;
      begin(run.recipe, draft?.next);
    },
  };
}
