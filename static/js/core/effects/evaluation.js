/** The evaluation: begun, followed to its end, cancelled, and looked through. */

import { COUNT, evaluatedAfter, isCurrent, splitIn } from "../../views/evaluation/state.js";
import { phaseEnd } from "../timeline.js";
import { attemptsIn, whenShown } from "./dialogs.js";

/** @typedef {import("../../views/evaluation/state.js").Filter} Filter */
/** @typedef {import("../../wire.js").Survey} Survey */

const POLL_SECONDS = 0.25;

/** @param {import("../effects.js").Tools & Pick<ReturnType<typeof import("./time.js").createTime>, "seek">} tools */
export function createEvaluation({ store, transport, withRun, lookAt, pause, seek }) {
  const { get, dispatch } = store;
  const attempt = attemptsIn(store, "evaluation");
  /** Numbers the evaluations and the pages that were asked for: the newest one wins. */
  const newest = { evaluation: 0, page: 0 };

  whenShown(store, "evaluation", () => void attempt(isCurrent(get()) ? () => turnTo(0) : begin));

  /** Follows a new evaluation to its end, or until its dialog closes. */
  async function begin() {
    const { run } = get();
    if (!run) return;
    const number = ++newest.evaluation;
    const iteration = evaluatedAfter(get());
    const isWanted = () =>
      number === newest.evaluation && get().dialog === "evaluation" && get().run?.id === run.id;
    dispatch({ type: "evaluation", evaluation: { survey: null, page: null } });
    let survey = await withRun(() => transport.beginEvaluation(run.id, iteration), run);
    while (isWanted()) {
      await learn(survey);
      if (survey.status !== "running") return;
      await pause(POLL_SECONDS);
      // A cancelled evaluation has already reported its end.
      if (!isWanted() || get().evaluation.survey?.status !== "running") return;
      survey = await transport.getEvaluation(run.id, iteration);
    }
  }

  /** @param {Survey} survey shown, with a page of examples once it has ended */
  async function learn(survey) {
    dispatch({ type: "survey", survey });
    if (survey.status !== "running") await turnTo(0);
  }

  /** Fetches a page of the examples that the filter lets through. @param {number} start the number of its first */
  async function turnTo(start) {
    const { survey, filter } = get().evaluation;
    const split = splitIn(get().evaluation);
    if (!survey || !split?.confusion) return;
    const number = ++newest.page;
    const { run, iteration } = survey;
    const page = await transport.getAnswers(run, split.part, { iteration, ...filter, start, count: COUNT });
    if (number === newest.page && get().run?.id === survey.run)
      dispatch({ type: "evaluation", evaluation: { page } });
  }

  return {
    begin: () => attempt(begin),

    cancel: () =>
      attempt(async () => {
        const { survey } = get().evaluation;
        if (survey) await learn(await transport.cancelEvaluation(survey.run, survey.iteration));
      }),

    /** @param {import("../../wire.js").Split} split whose answers are shown */
    async showSplit(split) {
      dispatch({ type: "evaluation", evaluation: { split } });
      if (get().evaluation.survey?.status !== "running") await attempt(() => turnTo(0));
    },

    /** @param {Filter} filter of the examples that are looked at */
    async select(filter) {
      dispatch({ type: "evaluation", evaluation: { filter } });
      await attempt(() => turnTo(0));
    },

    /** @param {number} count how many examples further on */
    turn: (count) => attempt(() => turnTo(Math.max(0, (get().evaluation.page?.start ?? 0) + count))),

    /** Closes the dialog and shows a training example, in the forward pass of the network that was evaluated. @param {number} example */
    choose(example) {
      const { run, moment, evaluation, progress } = get();
      const iteration = evaluation.survey?.iteration ?? moment.iteration;
      dispatch({ type: "dialog", close: "evaluation" });
      lookAt(example);
      // After the last iteration there is no further pass: the example is shown in the last one.
      const end = progress.stopped?.iteration ?? run?.iterations ?? 0;
      if (run && iteration !== moment.iteration && iteration < end)
        seek({ iteration, position: phaseEnd(run, "loss") });
    },
  };
}
