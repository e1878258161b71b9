/** The address bar: it names the moment shown, and an address or the Back button opens another. */

import { fromAddress, meant, toAddress, withoutField } from "../address.js";
import { placeIn } from "../place.js";
import { Refusal } from "../refusals.js";
import { isLive } from "../state.js";
import { formatMoment } from "../timeline.js";

/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Recipe} Recipe */

/** How long after a change the address follows, in seconds; while the page plays, each change costs time of a frame. */
const ADDRESS_SECONDS = { resting: 0.15, playing: 1 };

/** @param {import("../effects.js").Base} base @param {import("../address_bar.js").AddressBar} bar */
export function createAddress({ store, transport, openRun, playback }, bar) {
  const { get, dispatch } = store;
  let timer = 0;
  /** How many addresses are being opened. */
  let opening = 0;
  /**
   * The address of the moment for which the address bar stands. The bar keeps its text until a person goes on from there,
   * so that a link with a mistake can be mended. Null until the opened moment is on the stage.
   * @type {string | null}
   */
  let known = null;

  function address() {
    const { run, defaults, guide, shown, moment, example, look, large } = get();
    if (!run || !defaults) return `#${bar.text()}`;
    const at = formatMoment(run, shown?.iteration.run === run.id ? shown.moment : moment);
    const view = large ? `${large.name}/${large.cell}` : null;
    return toAddress(run.recipe, defaults, guide, { at, example, look, view });
  }

  async function loadDefaults() {
    if (get().defaults) return;
    const [defaults, presets] = await Promise.all([transport.getRecipe(), transport.getPresets()]);
    dispatch({ type: "defaults", defaults, presets });
  }

  /** Opens what an address asks for. What the server refuses is left out. @param {string} text @param {Recipe} defaults */
  async function openText(text, defaults) {
    /** @type {string[]} */
    const refused = [];
    let wanted = meant(text);
    for (;;) {
      const { recipe, guide, place, problems } = fromAddress(wanted, defaults, get().presets);
      /** @param {Run} run */
      const where = (run) => {
        const { problems: more, ...found } = placeIn(run, place);
        problems.push(...more);
        return { ...found, guide };
      };
      try {
        await openRun(recipe, where);
        return [...refused, ...problems];
      } catch (error) {
        if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
        const rest = error.field ? withoutField(wanted, error.field, error.message) : null;
        if (rest) {
          wanted = rest.address;
          refused.push(rest.problem);
          continue;
        }
        const words = `The address asks for a run that cannot be made: ${error.message} This is the default run.`;
        await openRun(defaults, (run) => ({ ...where(run), guide: null }));
        return [...refused, ...problems, words];
      }
    }
  }

  store.subscribe((state, before) => {
    if (state.shown === before.shown && state.large === before.large && state.guide === before.guide) return;
    if (known === null) {
      if (state.shown) known = address();
      return;
    }
    const isMoving = isLive(state);
    // When the page comes to rest, the address follows at once.
    if (!isMoving && isLive(before)) {
      clearTimeout(timer);
      timer = 0;
    }
    // Browsers allow about a hundred changes of the address in ten seconds.
    timer ||= /** @type {any} */ (
      setTimeout(
        () => {
          timer = 0;
          // The address that is being opened is not overwritten, nor that of another page's moments.
          if (opening === 0 && known !== null && known !== address() && !get().players.following)
            keepAddress(address());
        },
        1000 * ADDRESS_SECONDS[isMoving ? "playing" : "resting"],
      )
    );
  });

  /** Changes the address, without an entry in the browser's history. @param {string} [text] */
  function keepAddress(text = address()) {
    known = text;
    bar.replace(text);
  }

  return {
    /** The address of what is shown. */
    address,
    keepAddress,
    /** Fetches the recipe that addresses differ from, once. */
    loadDefaults,

    /** Opens an address, and says what it leaves out. @param {string} text */
    async openText(text) {
      opening++;
      try {
        playback.stop();
        await loadDefaults();
        const { defaults } = get();
        if (!defaults) return;
        known = null;
        const problems = await openText(text, defaults);
        if (problems.length) dispatch({ type: "problem", problem: problems.join(" ") });
      } finally {
        opening--;
      }
    },

    /** Adds an entry to the browser's history. @param {string} [text] */
    pushAddress(text = address()) {
      known = text;
      bar.push(text);
    },
  };
}

/** @typedef {ReturnType<typeof createAddress>} AddressEffects */
