/**
 * The state of the evaluation: how the open run answers all of the data, and the page of examples that is shown.
 * All pure.
 */

import { iterationsDone } from "../../core/timeline.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../wire.js").Survey} Survey */
/** @typedef {import("../../wire.js").SurveyPart} SurveyPart */
/** @typedef {import("../../wire.js").Answers} Answers */
/** @typedef {import("../../wire.js").Split} Part */

/** @typedef {{ readonly label: number | null, readonly answer: number | null }} Filter the true class and the answer of the examples; null: any */

/**
 * @typedef {object} Evaluation
 * @property {Survey | null} survey null until the first answer
 * @property {Part} split to show, where the survey has it
 * @property {Filter} filter
 * @property {Answers | null} page
 */

/**
 * @typedef {(
 *   | { type: "evaluation", evaluation: Partial<Evaluation> }
 *   | { type: "survey", survey: Survey }
 * )} Action
 */

/** The number of examples on a page. */
export const COUNT = 40;

/** @type {Filter} */
const ANY = { label: null, answer: null };

/** @type {Evaluation} */
export const INITIAL = { survey: null, split: "test", filter: ANY, page: null };

/**
 * @param {Evaluation} evaluation @param {import("../../core/state.js").Action} action @param {State} state before it
 * @returns {Evaluation}
 */
export function reduce(evaluation, action, state) {
  switch (action.type) {
    case "open":
      return action.run.id === state.run?.id ? evaluation : { ...INITIAL, split: evaluation.split };
    case "dialog":
      return { ...evaluation, filter: ANY };
    case "survey":
      return action.survey.run !== state.run?.id || isLate(action.survey, evaluation.survey)
        ? evaluation
        : { ...evaluation, survey: action.survey };
    case "evaluation":
      return { ...evaluation, ...action.evaluation };
    default:
      return evaluation;
  }
}

/** True for a report that was on its way while the evaluation ended. @param {Survey} report @param {Survey | null} known */
const isLate = (report, known) =>
  report.status === "running" &&
  known !== null &&
  known.status !== "running" &&
  known.iteration === report.iteration;

/** The evaluation of the chosen split. @param {Evaluation} evaluation @returns {SurveyPart | undefined} */
export const splitIn = ({ survey, split }) =>
  survey?.parts.find(({ part }) => part === split) ?? survey?.parts[0];

/**
 * The number of iterations after which the network is evaluated: those done at the moment shown. A run that has diverged
 * is evaluated at its last moment with finite numbers.
 * @param {State} state
 */
export function evaluatedAfter({ run, shown, moment, progress: { diverged } }) {
  if (!run) return 0;
  const place = shown?.iteration.run === run.id ? shown.moment : moment;
  return Math.min(iterationsDone(run, place), diverged?.iteration ?? Infinity);
}

/** True if the survey belongs to the network of the moment shown. @param {State} state */
export const isCurrent = (state) => {
  const { survey } = state.evaluation;
  return (
    survey !== null &&
    survey.run === state.run?.id &&
    survey.status === "done" &&
    survey.iteration === evaluatedAfter(state)
  );
};
