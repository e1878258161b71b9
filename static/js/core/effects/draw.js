/** Draw: the picture and its input, the network's answer, the saliency map, and training on the picture. */

import {
  ANOTHER,
  digitsHere,
  inputOf,
  labelIn,
  networkOf,
  UNCORRECTED,
  withInput,
} from "../../views/draw/state.js";
import { added, exported, imported, without } from "../../views/draw/collection_store.js";
import { createQuestions } from "./draw_questions.js";
import { latest } from "../latest.js";
import { Refusal } from "../refusals.js";
import { encode } from "../typed_arrays.js";
import { whenShown } from "./dialogs.js";

/** @typedef {import("../effects.js").Tools & ReturnType<typeof import("./time.js").createTime>} Tools */
/** @typedef {import("../typed_arrays.js").Numbers} Numbers */
/** @typedef {import("../../views/draw/state.js").Draw} Draw */
/** @typedef {import("../../views/draw/state.js").Unit} Unit */
/** @typedef {import("../../views/draw/collection_store.js").Collection} Collection */
/** @typedef {import("../../views/draw/collection_store.js").Digit} Digit */

const MOVED = 8;
/** Where the browser keeps the collection. */
const KEY = "my-digits";

/** @param {Tools} tools */
export function createDraw(tools) {
  const { dispatch } = tools.store;
  /** @param {Partial<Draw>} draw */
  const change = (draw) => dispatch({ type: "draw", draw });
  /** @param {string | null} message */
  const tell = (message) => dispatch({ type: "refused", dialog: "draw", message });
  /** @param {unknown} error */
  const tellRefusal = (error) => {
    if (!(error instanceof Refusal)) throw error;
    tell(error.message);
  };
  /** Runs an action and shows a refusal in the dialog. @param {() => Promise<void>} action */
  const attempt = (action) => action().catch(tellRefusal);
  const shared = { ...tools, change, tell, tellRefusal, attempt };
  const questions = createQuestions(shared);
  return {
    ...createPictures(shared, questions),
    ...createSaliency(shared, questions),
    ...createTraining(shared, questions),
    ...createCollection(shared, questions),
  };
}

/** @typedef {Tools & { change: (draw: Partial<Draw>) => void, tell: (message: string | null) => void,
 *   tellRefusal: (error: unknown) => void, attempt: (action: () => Promise<void>) => Promise<void> }} Shared */
/** @typedef {import("./draw_questions.js").Questions} Questions */

/** The picture and its corrections. @param {Shared} shared @param {Questions} questions */
function createPictures({ store, change, tell }, { read, answer }) {
  const { get } = store;

  /** @param {Partial<Draw["corrections"]>} corrections @param {Partial<Draw>} [changes] */
  function correct(corrections, changes = {}) {
    change({ ...changes, corrections: { ...get().draw.corrections, ...corrections } });
    void read();
  }
  /** Drops an uploaded picture, so that the drawing is the picture again. */
  function leaveUpload() {
    if (!get().draw.upload) return;
    change({ ...ANOTHER, upload: null, isPhoto: false, corrections: UNCORRECTED });
    tell(null);
  }

  return {
    /** @param {Draw["drawing"]} drawing @param {boolean} isPenDown */
    draw(drawing, isPenDown) {
      leaveUpload();
      correct({ chosen: null }, { ...ANOTHER, drawing, isPenDown });
    },
    /** @param {Blob} upload a picture file */
    upload(upload) {
      change({ ...ANOTHER, upload, corrections: UNCORRECTED });
      void read();
    },
    backToPad() {
      leaveUpload();
      void read();
    },
    /** @param {NonNullable<Draw["corrections"]["crop"]>} crop the part of an upload that is the digit */
    crop: (crop) => correct({ crop, chosen: null }, ANOTHER),
    /** @param {Partial<Draw["corrections"]>} changes */
    correct: (changes) => correct(changes, changes.chosen === undefined ? {} : ANOTHER),
    /** @param {Float32Array} cells the input, changed by hand */
    edit(cells) {
      const { input } = get().draw;
      if (!input) return;
      change(withInput({ cells, shape: input.shape }));
      void answer();
    },
    /** @param {Float32Array | null} covered the input with a patch on it, null to take the patch off */
    cover(covered) {
      if (!get().draw.input) return;
      change({ covered });
      void answer();
    },
    /** Undoes the changes by hand. */
    restore() {
      const { reading } = get().draw;
      if (!reading) return;
      change(withInput(inputOf(reading)));
      void answer();
    },
  };
}

/** The saliency map. @param {Shared} shared @param {Questions} questions */
function createSaliency({ store, transport, change, tellRefusal }, { map }) {
  const { get } = store;
  const loadMethods = latest(async (/** @type {void} */ _) => {
    if (get().draw.methods.length) return;
    try {
      change({ methods: await transport.getSaliencyMethods() });
    } catch (error) {
      tellRefusal(error);
    }
  });
  whenShown(store, "draw", () => void loadMethods());

  return {
    /** @param {Partial<Pick<Draw, "method" | "unit" | "convolution">>} question */
    map(question) {
      change(question);
      void map();
    },
    /** Maps a unit that was clicked, by the first method where none was chosen. @param {Unit} unit */
    async mapUnit(unit) {
      change({ unit });
      await loadMethods.settled();
      if (!get().draw.method) change({ method: "gradient" });
      void map();
    },
    /** @param {number} strength of the map over the input, in percent */
    setStrength: (strength) => change({ strength }),
  };
}

/** Training on the picture. @param {Shared} shared @param {Questions} questions */
function createTraining(shared, { settled }) {
  const { store, transport, withRun, change, attempt, newRun, trainTo, trainOn, showPicture } = shared;
  const { get, dispatch } = store;
  return {
    /** @param {number} label of the picture */
    chooseLabel: (label) => change({ label }),

    /** Trains on the picture in consecutive iterations. @param {number} times how many */
    async train(times) {
      change({ isTraining: true, effect: null });
      await settled();
      const { draw } = get();
      const network = networkOf(get());
      const label = labelIn(draw);
      await attempt(async () => {
        if (!draw.input || !draw.answer || !network) return;
        const { run, iteration } = network;
        const picture = encode(draw.input.cells, draw.input.shape);
        const first = Math.min(iteration, run.iterations - times);
        const question = { picture, label, slot: 0, iterations: times, count: MOVED };
        const effect = await withRun(() => transport.getEffect(run.id, first, question));
        await trainOn(effect.picture, label, first, times);
        change({ effect });
      }).finally(() => change({ isTraining: false }));
    },

    /** Puts the picture into the next iteration and shows the stage. */
    async putOnStage() {
      await settled();
      const { draw } = get();
      const network = networkOf(get());
      if (!draw.answer || !network) return;
      const { run, iteration } = network;
      const { picture } = draw.answer.prediction;
      await attempt(async () => {
        await showPicture(picture, labelIn(draw), Math.min(iteration, run.iterations - 1));
        dispatch({ type: "dialog", close: "draw" });
      });
    },

    /** Opens the default run, which learns drawn digits, and trains it. */
    async startDrawn() {
      const { defaults } = get();
      if (!defaults) return;
      change({ isStarting: true });
      await attempt(async () => {
        await newRun(defaults);
        trainTo();
      }).finally(() => change({ isStarting: false }));
    },
  };
}

/** The collection, which the browser stores. @param {Shared} shared @param {Questions} questions */
function createCollection({ store, change, tell, attempt, newRunOnDigits }, { settled }) {
  const { get } = store;
  try {
    change({ collection: imported(localStorage.getItem(KEY) ?? exported([])) });
  } catch {
    // Storage is forbidden or holds something else. The collection then lasts as long as the page.
  }
  /** @param {Collection} collection */
  function keepAll(collection) {
    change({ collection });
    try {
      localStorage.setItem(KEY, exported(collection));
    } catch {
      // As above.
    }
  }

  return {
    /** Adds the picture with its label. */
    async keep() {
      const label = labelIn(get().draw);
      await settled();
      const { answer, reading, collection } = get().draw;
      if (!answer || !reading) return;
      const digit = { dataset: reading.dataset, picture: answer.prediction.picture, label };
      keepAll(added(collection, [digit]));
    },
    /** @param {Digit} digit */
    remove: (digit) => keepAll(without(get().draw.collection, digit)),
    /** @param {string} text of an exported file */
    importDigits(text) {
      try {
        keepAll(added(get().draw.collection, imported(text)));
        tell(null);
      } catch (error) {
        tell(/** @type {Error} */ (error).message);
      }
    },
    /** Opens a run on the collected digits. @param {boolean} alone true without the other examples */
    trainOnCollection: (alone) => attempt(() => newRunOnDigits(digitsHere(get()), alone)),
  };
}
