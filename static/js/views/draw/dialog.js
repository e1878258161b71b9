/** "Draw": a digit of one's own, from the pen or a file to the network's answer, its reasons, and training on it. */

import { decode, encode, shapeOfArray } from "../../core/typed_arrays.js";
import { element, one, say } from "../../graphics/dom.js";
import { percent } from "../../graphics/format.js";
import { latest } from "../../core/latest.js";
import { Refusal } from "../../core/refusals.js";
import { mountBars } from "./score_bars.js";
import { mountBring } from "./file_input.js";
import { mountCollection } from "./collection.js";
import { mountGiven } from "./input_editor.js";
import { mountLayers, outputsOf } from "./layer_strip.js";
import { mountPad } from "./pad.js";
import { mountTeach } from "./train_on_this.js";
import { mountNearest } from "./nearest_neighbours.js";
import { mountWay, UNCORRECTED } from "./pipeline.js";
import { mountWhy } from "./saliency.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../../wire.js").DigitReading} DigitReading */
/** @typedef {import("../../wire.js").Prediction} Prediction */
/** @typedef {typeof import("../../core/transport.js")} Transport */

/** How large stages are drawn: small while the pen moves, large enough to crop a photo by hand. */
const [SMALL, LARGE] = [96, 280];
const NEAREST = 8;
const REST_SECONDS = 0.4;

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ state: () => State, transport: Transport, withRun: <T>(ask: () => Promise<T>) => Promise<T>,
 *   teach: (picture: string, label: number, iteration: number, times: number) => Promise<void>,
 *   stand: (picture: string, label: number, iteration: number) => Promise<void>,
 *   trainTo: () => void,
 *   newRun: (recipe: import("../../wire.js").Recipe) => Promise<void>,
 *   collect: (digits: import("./collection_store.js").Collection, alone: boolean) => Promise<void> }} on
 */
export function mountDraw(dialog, on) {
  const { transport } = on;
  const problem = one(".problem", dialog);
  const note = one(".note", dialog);
  const says = one(".says", dialog);
  const verdict = one(".verdict", dialog);
  const winner = one(".winner", dialog);
  const training = one(".training", dialog);
  const toPad = one(".to-pad", dialog);
  /** A picture that was brought; null: what is drawn. @type {Blob | null} */
  let brought = null;
  let corrections = UNCORRECTED;
  /** @type {DigitReading | null} */
  let reading = null;
  /** What the network is given. @type {{ cells: Numbers, shape: readonly number[] } | null} */
  let input = null;
  /** @type {Prediction | null} */
  let answered = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  let answeredFor = "";
  /** How much of reading and answering is on its way. */
  let asking = 0;

  const pad = mountPad(one(".source", dialog), {
    drawn: () => {
      if (brought) leaveBrought();
      teach.another();
      correct({ chosen: null });
    },
    cropped: (crop) => {
      teach.another();
      correct({ crop, chosen: null });
    },
  });
  const way = mountWay(one(".way", dialog), {
    corrected: (changes) => {
      if (changes.chosen !== undefined) teach.another();
      correct(changes);
    },
  });
  const given = mountGiven(one(".seen", dialog), {
    changed: (cells) => give(cells, input?.shape ?? []),
    covered: (cells) => {
      if (!input) return;
      given.peek(cells ?? input.cells);
      void answer(cells ?? input.cells);
    },
    restore: () => take(reading),
  });
  const layers = mountLayers(one(".strip", dialog), {
    theme: () => on.state().theme,
    choose: (unit) => void why.choose(unit),
  });
  const bars = mountBars(one(".bars", dialog), (label) => {
    const unit = scores()[label];
    if (unit) void why.choose(unit);
  });
  const why = mountWhy(one(".why", dialog), {
    methods: transport.getSaliencyMethods,
    ask: (question) => {
      const { run, iteration } = moment();
      const picture = input && encode(input.cells, input.shape);
      return on.withRun(() => transport.getSaliency(run.id, iteration, { ...question, picture }));
    },
    lay: (map, strength) => given.lay(map, strength, on.state().theme),
    report: told,
  });
  const teach = mountTeach(one(".teach", dialog), {
    async train(label, times, moved) {
      await settled();
      const { run, iteration } = moment();
      if (!input || !answered) return null;
      const picture = encode(input.cells, input.shape);
      const at = Math.min(iteration, run.iterations - times);
      try {
        const question = { picture, label, slot: 0, iterations: times, count: moved };
        const effect = await on.withRun(() => transport.getEffect(run.id, at, question));
        await on.teach(effect.picture, label, at, times);
        return effect;
      } catch (error) {
        told(error);
        return null;
      }
    },
  });

  const nearest = mountNearest(one(".nearest", dialog), () => on.state().theme);
  const mine = mountCollection(one(".mine", dialog), {
    classes: () => on.state().run?.classes ?? [],
    theme: () => on.state().theme,
    train: on.collect,
    told,
    complain,
    imported: () => (problem.hidden = true),
  });

  /** The run, and before which of its iterations the network is asked: after the one on the stage, if that is over. */
  function moment() {
    const { run, shown, moment } = on.state();
    if (!run) throw new Error("There is no run.");
    const { iteration, position } = shown?.moment ?? moment;
    return { run, iteration: position === run.positions ? iteration + 1 : iteration };
  }

  /** The class scores, as units to ask about. */
  function scores() {
    const { run } = on.state();
    const last = run?.layers[run.layers.length - 2];
    return (run?.classes ?? []).map((name, cell) => ({
      layer: last?.name ?? "",
      cell,
      title: `score of ${name}`,
    }));
  }

  /** @param {string} sentence */
  function complain(sentence) {
    say(problem, sentence);
    problem.hidden = false;
  }

  /** @param {unknown} error a refusal is told in the dialog */
  function told(error) {
    if (!(error instanceof Refusal)) throw error;
    complain(error.message);
  }

  /** @param {Partial<typeof corrections>} changes */
  function correct(changes) {
    corrections = { ...corrections, ...changes };
    void read();
  }

  /** @param {boolean} isBusy */
  function busy(isBusy) {
    asking += isBusy ? 1 : -1;
    says.setAttribute("aria-busy", String(asking > 0));
  }

  /** Resolves when the picture as it is now has been read and answered. */
  async function settled() {
    await read.settled();
    await answer.settled();
  }

  /** From the picture to the input: the newest drawing, as soon as the one before is answered. */
  const read = latest(async (/** @type {void} */ _) => {
    const { run } = on.state();
    clearTimeout(resting);
    if (!run || (!brought && pad.isEmpty())) return forget();
    try {
      const file = brought ?? (await pad.file());
      const found = await transport.readDigit(run.recipe.dataset, file, corrections, brought ? LARGE : SMALL);
      problem.hidden = true;
      show(found);
      take(found);
    } catch (error) {
      if (pad.isDown()) return;
      told(error);
      // Of a correction that went wrong, what was there before stays to be corrected.
      if (corrections !== UNCORRECTED && brought) return;
      forget();
      // Nor does the picture before stand for one that was refused.
      pad.show(null);
    }
  }, busy);

  /** @param {DigitReading} found */
  function show(found) {
    reading = found;
    // In a run on my digits a drawing becomes an example of the set that they are like.
    mine.update(found.dataset, shapeOfArray(found.input));
    way.draw(found, corrections);
    const grey = found.stages[0].picture;
    pad.show(brought ? { cells: decode(grey), shape: shapeOfArray(grey) } : null);
    pad.outline(brought || found.boxes.length > 1 ? found.boxes : [], found.chosen);
  }

  /** There is nothing to see. */
  function forget() {
    reading = null;
    input = null;
    answered = null;
    way.draw(null, corrections);
    pad.outline([], -1);
    given.show(null, []);
    why.clear();
    layers.clear();
    teach.clear();
    nearest.clear();
    winner.hidden = true;
    say(verdict, "Draw a digit, or bring a picture of one.");
    bars(on.state().run?.classes ?? [], null, null, true);
    dialog.classList.add("empty");
  }

  /** What the picture became is what the network is given. @param {DigitReading | null} found */
  function take(found) {
    if (found) give(decode(found.input), shapeOfArray(found.input));
  }

  /** @param {Numbers} cells @param {readonly number[]} shape */
  function give(cells, shape) {
    if (shape.length === 0) return;
    input = { cells, shape };
    dialog.classList.remove("empty");
    given.show(cells, shape);
    teach.clear();
    void answer(cells);
  }

  const answer = latest(async (/** @type {Numbers} */ cells) => {
    if (!input) return;
    const asked = moment();
    const { run, iteration } = asked;
    const names = outputsOf(run).map(({ name }) => name);
    const picture = encode(cells, input.shape);
    try {
      const found = await on.withRun(() => transport.predict(run.id, iteration, picture, names));
      if (input) tellAnswer(found, asked);
    } catch (error) {
      told(error);
    }
  }, busy);

  /** @param {Prediction} found @param {ReturnType<typeof moment>} asked by now the page may have moved on */
  function tellAnswer(found, { run, iteration }) {
    answered = found;
    answeredFor = `${run.id} ${iteration}`;
    say(verdict, found.words);
    verdict.className = `verdict ${found.verdict ?? ""}`;
    tellWinner(found, run);
    one("button", training).classList.toggle("main", found.verdict === "untrained");
    bars(run.classes, found.answers, found.winner, run.answer === "loss.probabilities");
    layers.draw(run, found.tensors);
    why.update(scores(), found.winner);
    teach.update(run.classes, found.winner);
    clearTimeout(resting);
    resting = setTimeout(() => void findNearest(), REST_SECONDS * 1000);
  }

  /** The answer, to be read from the back row. @param {Prediction} found @param {import("../../wire.js").Run} run */
  function tellWinner({ winner: best, answers, verdict }, run) {
    winner.hidden = best === null;
    if (best === null) return;
    const share = answers[best];
    const isLikelihood = run.answer === "loss.probabilities" && share !== null;
    say(one("b", winner), run.classes[best]);
    say(one("span", winner), isLikelihood ? percent(share) : "");
    winner.className = `winner ${verdict ?? ""}`;
  }

  const findNearest = latest(async (/** @type {void} */ _) => {
    if (!input) return;
    const { run, iteration } = moment();
    const picture = encode(input.cells, input.shape);
    try {
      const found = await on.withRun(() => transport.getNearest(run.id, iteration, picture, NEAREST));
      nearest.draw(found, run.classes);
    } catch (error) {
      told(error);
    }
  });

  /** @param {File} file */
  function bring(file) {
    brought = file;
    corrections = UNCORRECTED;
    teach.another();
    toPad.hidden = false;
    one(".pad-tools", dialog).hidden = true;
    void read();
  }

  one(".keep", dialog).addEventListener("click", async () => {
    const label = teach.label();
    await settled();
    const dataset = reading?.dataset;
    if (answered && dataset) mine.add({ dataset, picture: answered.picture, label });
  });
  /** What is drawn is the picture again. */
  function leaveBrought() {
    brought = null;
    corrections = UNCORRECTED;
    teach.another();
    toPad.hidden = true;
    one(".pad-tools", dialog).hidden = false;
    problem.hidden = true;
    pad.show(null);
  }

  toPad.addEventListener("click", () => {
    leaveBrought();
    void read();
  });
  mountBring(dialog, bring);
  const startDrawing = /** @type {HTMLButtonElement} */ (one(".start-drawing", dialog));
  startDrawing.addEventListener("click", async () => {
    const { defaults } = on.state();
    if (!defaults) return;
    startDrawing.disabled = true;
    try {
      await on.newRun(defaults);
      on.trainTo();
    } catch (error) {
      told(error);
    } finally {
      startDrawing.disabled = false;
    }
  });
  one(".stand", dialog).addEventListener("click", async () => {
    await settled();
    const { run, iteration } = moment();
    if (!answered) return;
    try {
      await on.stand(answered.picture, teach.label(), Math.min(iteration, run.iterations - 1));
      dialog.close();
    } catch (error) {
      told(error);
    }
  });
  one(".close", dialog).addEventListener("click", () => dialog.close());

  let drawnFor = "";
  /** @param {State} state */
  function update(state) {
    const { run, shown, play } = state;
    if (!dialog.open || !run || !shown) return;
    const { iteration } = moment();
    const advice = !run.drawable
      ? "This run’s data set is not one of digits, so that a drawing cannot become one of its examples."
      : run.recipe.dataset === "digits"
        ? "This network learns digits that were scanned decades ago, and your hand is another."
        : null;
    one(".advice", dialog).hidden = advice === null;
    say(one(".advice p", dialog), advice ?? "");
    one(".can", dialog).hidden = !run.drawable;
    const isTraining = play.on;
    say(
      note,
      `${run.dataset_title}, after ${iteration.toLocaleString("en")} ${isTraining ? "iterations …" : "iterations"}`,
    );
    if (drawnFor !== `${run.recipe.dataset} ${state.theme}`) {
      drawnFor = `${run.recipe.dataset} ${state.theme}`;
      why.reset();
      mine.update(run.recipe.dataset, run.layers[0].shape);
      void read();
    } else if (input && answeredFor !== `${run.id} ${iteration}`) {
      // The same picture, and another network.
      answeredFor = `${run.id} ${iteration}`;
      void answer(input.cells);
    }
  }

  forget();
  return {
    open() {
      dialog.showModal();
      drawnFor = "";
      update(on.state());
    },
    update,
  };
}
