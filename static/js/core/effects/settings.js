/** Settings: the options, a run from its beginning, and another learning rate from the next iteration on. */

import { formOf, learningRateIn, recipeIn } from "../../views/settings/state.js";
import { nextIteration } from "../state.js";
import { attemptsIn, whenShown } from "./dialogs.js";

/** @param {import("../effects.js").Tools} tools */
export function createSettings({ store, loadOptions, newRun, edit, report }) {
  const { get, dispatch } = store;
  const attempt = attemptsIn(store, "settings");
  const close = () => dispatch({ type: "dialog", close: "settings" });

  whenShown(store, "settings", () =>
    loadOptions().catch((error) => {
      close();
      report(error);
    }),
  );

  return {
    /** Opens the run that the form describes. */
    start: () =>
      attempt(async () => {
        const [form, { options }] = [formOf(get()), get()];
        if (!form || !options) return;
        await newRun(recipeIn(form, options));
        close();
      }),

    /** The open run with the form's learning rate from the next iteration on. */
    changeLearningRate: () =>
      attempt(async () => {
        const form = formOf(get());
        if (!form) return;
        await edit({ kind: "learning_rate", iteration: nextIteration(get()), value: learningRateIn(form) });
        close();
      }),
  };
}
