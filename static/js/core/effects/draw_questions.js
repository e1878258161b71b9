/** The questions of Draw: the input that the picture becomes, the network's answer, and its saliency map. */

import {
  inputOf,
  NO_PICTURE,
  networkOf,
  outputsOf,
  UNCORRECTED,
  unitIn,
  withInput,
} from "../../views/draw/state.js";
import { fileOf } from "../../views/draw/picture_file.js";
import { latest } from "../latest.js";
import { Refusal } from "../refusals.js";
import { encode } from "../typed_arrays.js";

/** The largest side of the stages' pictures: small while the pen moves, large enough to crop a photo by hand. */
const [SMALL, LARGE] = [96, 280];
/** How long a picture stays unchanged before questions that take many passes are asked about it. */
const NEAREST_SECONDS = 0.4;
const SLOW_SECONDS = 0.3;
const SLOW = "occlusion";
const NEAREST = 8;

/** Asks the server about the picture. Of the questions that wait, only the newest is asked. @param {import("./draw.js").Shared} shared */
export function createQuestions({ store, transport, withRun, change, tell, tellRefusal, attempt }) {
  const { get } = store;
  /** @type {{ nearest?: ReturnType<typeof setTimeout>, saliency?: ReturnType<typeof setTimeout> }} */
  const timers = {};
  /** @param {boolean} isBusy */
  const count = (isBusy) => change({ pending: get().draw.pending + (isBusy ? 1 : -1) });

  /** Removes the picture and everything known about it. */
  function forget() {
    clearTimeout(timers.nearest);
    clearTimeout(timers.saliency);
    change(NO_PICTURE);
  }

  /** From the picture to the input. */
  const read = latest(async (/** @type {void} */ _) => {
    const { run, draw } = get();
    const { upload, drawing, corrections } = draw;
    clearTimeout(timers.nearest);
    if (!run?.drawable || (!upload && drawing.length === 0)) return forget();
    try {
      const file = upload ?? (await fileOf(drawing));
      const { dataset } = run.recipe;
      const reading = await transport.readDigit(dataset, file, corrections, upload ? LARGE : SMALL);
      if (get().run?.recipe.dataset !== dataset || get().draw.upload !== upload) return;
      tell(null);
      change({ reading, isPhoto: upload !== null, ...withInput(inputOf(reading)) });
      void answer();
    } catch (error) {
      // While the pen is down, the digit is not complete.
      if (get().draw.isPenDown) return;
      tellRefusal(error);
      // After a correction that cannot be made, the picture stays as it was.
      if (!upload || corrections === UNCORRECTED) forget();
    }
  }, count);

  /** From the input to the network's answer. */
  const answer = latest(async (/** @type {void} */ _) => {
    const { draw } = get();
    const network = networkOf(get());
    if (!draw.input || !network) return;
    const { run, iteration } = network;
    const picture = encode(draw.covered ?? draw.input.cells, draw.input.shape);
    const names = outputsOf(run).map(({ name }) => name);
    try {
      const prediction = await withRun(() => transport.predict(run.id, iteration, picture, names));
      if (!get().draw.input || get().run?.id !== run.id) return;
      change({ answer: { prediction, run, iteration } });
      clearTimeout(timers.nearest);
      timers.nearest = setTimeout(() => void findNearest(), NEAREST_SECONDS * 1000);
      clearTimeout(timers.saliency);
      const wait = get().draw.method === SLOW ? SLOW_SECONDS : 0;
      timers.saliency = setTimeout(() => void map(), wait * 1000);
    } catch (error) {
      tellRefusal(error);
    }
  }, count);

  /** From the input to the map of the pixels that a unit depends on. */
  const map = latest(async (/** @type {void} */ _) => {
    const { draw } = get();
    const network = networkOf(get());
    const { method, convolution, input } = draw;
    const unit = network && unitIn(draw, network.run);
    if (!network || !unit || !method || !input || !draw.answer)
      return change({ saliency: null, failure: null });
    const { run, iteration } = network;
    const question = { ...unit, method, convolution, picture: encode(input.cells, input.shape) };
    try {
      const saliency = await withRun(() => transport.getSaliency(run.id, iteration, question));
      if (get().draw.input && get().run?.id === run.id) change({ saliency, failure: null });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      change({ saliency: null, failure: error.message });
    }
  });

  const findNearest = latest((/** @type {void} */ _) =>
    attempt(async () => {
      const { input } = get().draw;
      const network = networkOf(get());
      if (!input || !network) return;
      const { run, iteration } = network;
      const picture = encode(input.cells, input.shape);
      const nearest = await withRun(() => transport.getNearest(run.id, iteration, picture, NEAREST));
      if (get().draw.input && get().run?.id === run.id) change({ nearest });
    }),
  );

  /** What an answer is about. @param {ReturnType<typeof get>} state */
  const networkKey = (state) => {
    const network = networkOf(state);
    return network && `${network.run.id} ${network.iteration}`;
  };
  store.subscribe((state, before) => {
    if (state.dialog !== "draw") return;
    const isOtherData = state.run?.recipe.dataset !== before.run?.recipe.dataset;
    if (before.dialog !== "draw" || isOtherData) void read();
    // The same picture, and another network.
    else if (state.draw.input && networkKey(state) !== networkKey(before)) void answer();
  });

  return {
    read,
    answer,
    map,
    /** Resolves when the picture as it is now has been read and answered. */
    async settled() {
      await read.settled();
      await answer.settled();
    },
  };
}

/** @typedef {ReturnType<typeof createQuestions>} Questions */
