/** The controls of one setting of a layer. */

import { element } from "../../graphics/dom.js";
import { formOf, formsOf, numberIn } from "./draft.js";

/** @typedef {import("../../wire.js").Setting} Setting */
/** @typedef {import("./draft.js").Form} Form */

const WORDS = { auto: "automatic", pair: "rows × columns", number: "a number", switch: "on or off" };

/** @param {string} name of a setting or a data set */
export const readable = (name) => name.replaceAll("_", " ");

/**
 * A setting that is given in one of several forms. Typed text goes to the server unchecked, because only the
 * server knows the rules.
 * @param {Setting} setting @param {unknown} value @param {string} label @param {(value: unknown) => void} change
 */
export function settingControl(setting, value, label, change) {
  const forms = formsOf(setting);
  const inputs = element("span", "numbers");
  const choice = element("select");
  choice.setAttribute("aria-label", label);
  choice.append(
    ...forms.map((form, i) => new Option(form.kind === "word" ? form.word : WORDS[form.kind], String(i))),
  );
  const form = () => forms[Number(choice.value)];
  const changed = () => change(valueIn(form(), inputs));

  /** @param {unknown} from the value that the inputs begin with */
  function fill(from) {
    inputs.replaceChildren(...inputsOf(form(), setting, from, label));
  }

  inputs.addEventListener("input", changed);
  choice.value = String(formOf(forms, value));
  choice.addEventListener("change", () => {
    fill(null);
    changed();
  });
  fill(value);
  const name = element("span", "quiet", readable(setting.name));
  return element("span", "setting", name, ...(forms.length > 1 ? [choice] : []), inputs);
}

/** @param {Form} form @param {Setting} setting @param {unknown} from @param {string} label @returns {(Node | string)[]} */
function inputsOf(form, setting, from, label) {
  const known = [from].flat().filter((item) => typeof item === "number");
  const first = known[0] ?? Math.max(setting.minimum ?? 1, 1);
  switch (form.kind) {
    case "number":
      return [numberInput(setting, first, label)];
    case "pair":
      return [
        numberInput(setting, first, `${label}, rows`),
        "×",
        numberInput(setting, known[1] ?? first, `${label}, columns`),
      ];
    case "switch": {
      const box = element("input");
      box.type = "checkbox";
      box.checked = from === true;
      box.setAttribute("aria-label", label);
      return [box];
    }
    default:
      return [];
  }
}

/** @param {Setting} setting @param {unknown} number @param {string} label */
function numberInput(setting, number, label) {
  const input = element("input");
  input.type = "number";
  input.step = setting.number === "number" ? "any" : "1";
  if (setting.minimum !== null) input.min = String(setting.minimum);
  if (setting.maximum !== null) input.max = String(setting.maximum);
  input.value = String(number);
  // A small number needs more room than a count.
  input.classList.toggle("long", input.value.length > 5);
  input.setAttribute("aria-label", label);
  return input;
}

/** @param {Form} form @param {HTMLElement} root of the inputs @returns {unknown} the value that they say */
function valueIn(form, root) {
  const inputs = [...root.querySelectorAll("input")];
  if (form.kind === "word") return form.word;
  if (form.kind === "auto") return null;
  if (form.kind === "switch") return inputs[0].checked;
  const typed = inputs.map((input) => numberIn(input.value));
  return form.kind === "pair" ? typed : typed[0];
}
