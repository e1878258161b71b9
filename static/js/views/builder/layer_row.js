/** One layer of the network builder: its settings, its place in the order, and its figures. */

import { element, one, say } from "../../graphics/dom.js";
import { bytes, capital, grouped, times } from "../../graphics/format.js";
import { INPUT, sourcesOf } from "./draft.js";
import { readable, settingControl } from "./setting.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Row} Row */
/** @typedef {import("./state.js").Report} Report */
/** @typedef {import("../../wire.js").LayerKind} LayerKind */
/** @typedef {import("../../wire.js").LayerPlan} LayerPlan */

/**
 * What a person does with a layer.
 * @typedef {object} Hands
 * @property {(name: string, value: unknown) => void} set a setting
 * @property {(source: number) => void} add the output of another row, for a layer that adds
 * @property {(by: 1 | -1) => void} move down or up
 * @property {() => void} remove
 */

/** The figures of each layer, left to right. */
const FIGURES = ["output", "parameters", "multiply-adds", "memory", "sees"];

/** @param {LayerPlan} plan @returns {string[]} in the order of FIGURES */
function figuresOf(plan) {
  const isStrided = plan.field_stride?.some((far) => far > 1);
  return [
    times(plan.shape),
    grouped(plan.parameters),
    grouped(plan.multiply_adds),
    bytes(plan.bytes),
    times(plan.field) + (plan.field_stride && isStrided ? ` every\u00a0${times(plan.field_stride)}` : ""),
  ];
}

/** @param {Row} row @param {LayerKind | undefined} kind @param {Hands} hands @returns {HTMLElement} */
export function layerRow({ layer }, kind, hands) {
  const title = kind?.title ?? "";
  const settings = (kind?.settings ?? []).map((setting) => {
    if (setting.layer) return sourceControl(`What ${title} adds`, hands.add);
    const value = /** @type {any} */ (layer)[setting.name];
    const label = `${capital(readable(setting.name))} of ${title}`;
    return settingControl(setting, value, label, (value) => hands.set(setting.name, value));
  });
  const head = element("span", "title", element("b", "name", ""), element("span", "quiet", title));
  head.title = kind?.words ?? "";
  const reason = element("div", "reason");
  reason.setAttribute("role", "status");
  reason.hidden = true;
  const row = element(
    "li",
    "",
    head,
    element("span", "settings", ...settings),
    ...FIGURES.map((name) =>
      element("span", "told", element("span", "label", name), element("span", "figure", "…")),
    ),
    turnButtons(title, hands),
    reason,
  );
  row.addEventListener("keydown", (event) => {
    if (!event.altKey || !/^Arrow(Up|Down)$/.test(event.key)) return;
    event.preventDefault();
    hands.move(event.key === "ArrowUp" ? -1 : 1);
  });
  return row;
}

/** @param {string} title of the layer @param {Hands} hands */
function turnButtons(title, hands) {
  /** @param {string} name @param {string} text @param {string} label @param {() => void} act */
  const button = (name, text, label, act) => {
    const button = element("button", name, text);
    button.type = "button";
    button.title = label;
    button.setAttribute("aria-label", `${label}: ${title}`);
    button.addEventListener("click", act);
    return button;
  };
  return element(
    "span",
    "turn",
    button("up", "↑", "Move up", () => hands.move(-1)),
    button("down", "↓", "Move down", () => hands.move(1)),
    button("remove", "✕", "Remove", hands.remove),
  );
}

/** @param {string} label @param {Hands["add"]} add */
function sourceControl(label, add) {
  const choice = element("select", "sources");
  choice.setAttribute("aria-label", label);
  choice.addEventListener("change", () => add(Number(choice.value)));
  return element("span", "setting", element("span", "quiet", "the output of"), choice);
}

/** Enables the buttons for the directions in which a row can move. @param {HTMLElement} row @param {number} at @param {number} count */
export function drawPlace(row, at, count) {
  /** @param {string} name @param {boolean} isDisabled */
  const disable = (name, isDisabled) => one(`button${name}`, row).toggleAttribute("disabled", isDisabled);
  disable(".up", at === 0);
  disable(".down", at === count - 1);
  disable(".remove", count === 1);
}

/**
 * @param {HTMLElement} row @param {number} at @param {Draft} draft @param {Report} report
 * @param {readonly Node[] | null} reason why the layer does not fit; null where it fits
 */
export function drawReport(row, at, draft, { shapes }, reason) {
  const { id, layer } = draft.rows[at];
  const plan = shapes?.layers[at];
  say(one(".name", row), shapes?.names[at] ?? layer.kind);
  const figures = plan ? figuresOf(plan) : FIGURES.map(() => "–");
  row.querySelectorAll(".figure").forEach((figure, i) => say(figure, figures[i]));
  row.classList.toggle("at-fault", reason !== null);
  row.classList.toggle("unknown", !plan);
  drawSources(row, id, draft, shapes?.names);
  const place = one(".reason", row);
  place.hidden = reason === null;
  place.replaceChildren(...(reason ?? []));
}

/**
 * The layers that a row can add, by their names.
 * @param {HTMLElement} row @param {number} id @param {Draft} draft @param {readonly string[] | undefined} names
 */
function drawSources(row, id, draft, names) {
  const choice = row.querySelector("select.sources");
  if (!(choice instanceof HTMLSelectElement)) return;
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
