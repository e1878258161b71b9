/** How a picture became an input: each stage as a picture with its sentence, and what a person can correct. */

import { decode, shapeOfArray } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { shade } from "../../graphics/greyscale.js";

/** @typedef {import("../../core/transport.js").Corrections} Corrections */
/** @typedef {import("../../wire.js").DigitReading} DigitReading */
/** @typedef {import("../../wire.js").DigitStage} DigitStage */

/** @type {Corrections} */
export const UNCORRECTED = { crop: null, inverted: false, thicker: 0, keep_lines: false, chosen: null };

/**
 * @param {HTMLElement} root
 * @param {{ corrected: (changes: Partial<Corrections>) => void }} on
 */
export function mountWay(root, on) {
  const list = one(".stages", root);
  const words = one(".stage-words", root);
  const doubts = one(".doubts", root);
  const which = one(".which", root);
  const thickness = one("output", root);
  const whole = one(".whole", root);
  const [inverted, keepLines] = /** @type {HTMLInputElement[]} */ ([
    ...root.querySelectorAll("input[type=checkbox]"),
  ]);
  /** The stage that is told about. @type {DigitStage["key"] | null} */
  let open = null;
  /** @type {readonly DigitStage[]} */
  let stages = [];

  inverted.addEventListener("change", () => on.corrected({ inverted: inverted.checked }));
  keepLines.addEventListener("change", () => on.corrected({ keep_lines: keepLines.checked }));
  whole.addEventListener("click", () => on.corrected({ crop: null, chosen: null }));
  let thicker = 0;
  for (const [name, by] of /** @type {const} */ ([
    [".thinner", -1],
    [".thicker", 1],
  ]))
    one(name, root).addEventListener("click", () => on.corrected({ thicker: thicker + by }));

  function tell() {
    const told = stages.find(({ key }) => key === open) ?? stages.at(-1);
    say(
      words,
      told ? `${told.title}: ${told.words}` : "Draw something, and every step to the input is shown here.",
    );
    for (const button of list.children) {
      const isOpen = /** @type {HTMLElement} */ (button).dataset.key === told?.key;
      button.setAttribute("aria-pressed", String(isOpen));
    }
  }

  return {
    /** @param {DigitReading | null} reading @param {Corrections} corrections */
    draw(reading, corrections) {
      thicker = corrections.thicker;
      inverted.checked = corrections.inverted;
      keepLines.checked = corrections.keep_lines;
      say(thickness, thicker === 0 ? "as they are" : thicker > 0 ? `+${thicker}` : `−${-thicker}`);
      whole.hidden = corrections.crop === null;
      stages = reading?.stages ?? [];
      list.replaceChildren(
        ...stages.map(({ key, title, picture, is_ink }, number) => {
          const canvas = document.createElement("canvas");
          shade(canvas, decode(picture), shapeOfArray(picture), 255, is_ink);
          const button = element(
            "button",
            "",
            element("span", "frame", canvas),
            element("span", "", `${number + 1} ${title}`),
          );
          button.dataset.key = key;
          button.addEventListener("click", () => {
            open = key;
            tell();
          });
          return button;
        }),
      );
      tell();
      doubts.replaceChildren(...(reading?.doubts ?? []).map((doubt) => element("li", "", doubt.words)));
      const count = reading?.boxes.length ?? 0;
      const hadFocus = which.contains(document.activeElement);
      which.hidden = count < 2;
      which.replaceChildren(
        element("span", "", "Digit"),
        ...Array.from({ length: count }, (_, number) => {
          const button = element("button", "", String(number + 1));
          button.setAttribute("aria-label", `Take digit ${number + 1} of ${count}, from the left`);
          button.setAttribute("aria-pressed", String(number === reading?.chosen));
          button.addEventListener("click", () => on.corrected({ chosen: number }));
          return button;
        }),
      );
      // The keyboard stays where it was, on buttons that are new.
      if (hadFocus) /** @type {HTMLElement | null} */ (which.querySelector("[aria-pressed=true]"))?.focus();
    },
  };
}
