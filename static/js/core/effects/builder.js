/** The network builder: the layers to choose from, the server's report on a draft, and a run with its network. */

import { draftOf, recipeOf } from "../../views/builder/draft.js";
import { Refusal } from "../refusals.js";
import { attemptsIn, whenShown } from "./dialogs.js";

/** @typedef {import("../../views/builder/draft.js").Draft} Draft */
/** @typedef {import("../../views/builder/state.js").Report} Report */
/** @typedef {import("../../wire.js").Recipe} Recipe */

const TYPING_SECONDS = 0.15;

/** @param {import("../effects.js").Tools} tools */
export function createBuilder({ store, transport, newRun, report }) {
  const { get, dispatch } = store;
  const attempt = attemptsIn(store, "builder");
  const close = () => dispatch({ type: "dialog", close: "builder" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  whenShown(store, "builder", () => {
    describe();
    transport.getNetworks().then(
      (networks) => dispatch({ type: "networks", networks }),
      (error) => {
        close();
        report(error);
      },
    );
  });

  /** Asks for the report on the draft, after a delay. @param {number} [seconds] from now */
  function describe(seconds = 0) {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const { draft } = get().builder;
      if (draft) dispatch({ type: "described", draft, report: await reportOn(draft) });
    }, seconds * 1000);
  }

  /** @param {Draft} draft @returns {Promise<Report>} */
  async function reportOn(draft) {
    try {
      const shapes = await transport.describeNetwork(recipeOf(draft));
      return { shapes, trouble: shapes.problem && { ...shapes.problem, fixes: shapes.fixes } };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { shapes: null, trouble: { message: error.message, field: error.field, fixes: [] } };
    }
  }

  /** @param {Draft} draft @param {{ isNew?: boolean, isTyped?: boolean }} [how] */
  function change(draft, { isNew = false, isTyped = false } = {}) {
    dispatch({ type: "refused", dialog: "builder", message: null });
    dispatch({ type: "draft", draft, isNew });
    describe(isTyped ? TYPING_SECONDS : 0);
  }

  return {
    /** Changes the draft. @param {Draft} draft */
    change: (draft) => change(draft),

    /** Changes the draft while a person types: the report waits for a pause. @param {Draft} draft */
    type: (draft) => change(draft, { isTyped: true }),

    /** Begins a draft with the network of a recipe. @param {Recipe} recipe */
    begin: (recipe) => change(draftOf(recipe, get().builder.draft?.next), { isNew: true }),

    /** Opens a run with the draft's network. */
    start: () =>
      attempt(async () => {
        const { draft } = get().builder;
        if (!draft) return;
        await newRun(recipeOf(draft));
        close();
      }),
  };
}
