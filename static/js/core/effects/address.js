/** The address bar: it names the moment shown, and an address or the Back button opens another. */

import { fromQuery, toQuery } from "../address.js";
import { Refusal } from "../refusals.js";
import { infoOf, sizeOf } from "../state.js";
import { firstSight, formatMoment, parseMoment } from "../timeline.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../../wire.js").Run} Run */
/** @typedef {import("../../wire.js").Recipe} Recipe */
/** @typedef {ReturnType<typeof fromQuery>} Address */

const ADDRESS_SECONDS = 0.15;

/** @param {string | null} view such as conv1.out/227 @returns {State["large"]} */
function fromView(view) {
  const [name, cell] = (view ?? "").split("/");
  return name ? { name, cell: Number(cell) || 0 } : null;
}

/** @param {Run} run @param {State["large"]} large @returns {boolean} true if the run has that cell */
function hasCell(run, large) {
  const info = large && infoOf(run, large.name);
  return Boolean(info && Number.isInteger(large.cell) && large.cell >= 0 && large.cell < sizeOf(info));
}

/** @param {Address["place"]} place @param {Run} run @returns {string} why the run has no such moment */
const noMoment = ({ at }, { iterations }) =>
  `This run has no moment “${at}”, so it starts at its first. Its steps go from 0 to ` +
  `${iterations - 1}; a place within one is best copied from the address bar.`;

/** @param {import("../effects.js").Base} base @param {import("../effects.js").Bar} bar */
export function createAddress({ store, transport, openRun, playback }, bar) {
  const { get, dispatch } = store;
  let timer = 0;
  /** How many addresses are being opened. */
  let opening = 0;

  function address() {
    const { run, defaults, guide, shown, moment, example, look, large } = get();
    if (!run || !defaults) return bar.search();
    const at = formatMoment(run, shown?.iteration.run === run.id ? shown.moment : moment);
    const view = large ? `${large.name}/${large.cell}` : null;
    return toQuery(run.recipe, defaults, guide, { at, example, look, view });
  }

  async function loadDefaults() {
    if (get().defaults) return;
    const [defaults, presets] = await Promise.all([transport.getRecipe(), transport.getPresets()]);
    dispatch({ type: "defaults", defaults, presets });
  }

  /** Opens an address, and shows why where that fails. @param {string} search */
  async function openSearch(search) {
    playback.stop();
    await loadDefaults();
    const { defaults, presets } = get();
    if (!defaults) return;
    const wanted = fromQuery(search, defaults, presets);
    const problems = wanted.unknown.map(
      (key) => `The address has “${key}”, which nothing here knows; it is left out.`,
    );
    await openWanted(wanted, defaults, problems);
    if (problems.length) dispatch({ type: "problem", problem: problems.join(" ") });
  }

  /** @param {Address} wanted @param {Recipe} defaults @param {string[]} problems grows by what cannot be opened */
  async function openWanted({ recipe, guide, place }, defaults, problems) {
    /** @param {Run} run */
    const where = (run) => {
      const moment = place.at === null ? firstSight(run) : parseMoment(run, place.at);
      if (!moment) problems.push(noMoment(place, run));
      const large = fromView(place.view);
      return {
        moment: moment ?? firstSight(run),
        example: place.example,
        look: place.look,
        large: hasCell(run, large) ? large : null,
        guide,
      };
    };
    try {
      await openRun(recipe, where);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
      problems.push(
        `The address asks for a run that cannot be made: ${error.message} This is the default run.`,
      );
      await openRun(defaults, (run) => ({ ...where(run), guide: null }));
    }
  }

  store.subscribe((state, before) => {
    if (state.shown === before.shown && state.large === before.large && state.guide === before.guide) return;
    // Browsers allow about a hundred changes of the address in ten seconds.
    timer ||= /** @type {any} */ (
      setTimeout(() => {
        timer = 0;
        // The address that is being opened is not overwritten, nor that of another page's moments.
        if (opening === 0 && !get().players.following) bar.replaceState(null, "", address());
      }, ADDRESS_SECONDS * 1000)
    );
  });

  return {
    /** The address of what is shown. */
    address,
    /** Fetches the recipe that addresses differ from, once. */
    loadDefaults,

    /** Opens an address. @param {string} search */
    async openSearch(search) {
      opening++;
      await openSearch(search).finally(() => opening--);
    },

    /** Adds an entry to the browser's history. @param {string} [search] */
    pushAddress: (search = address()) => bar.pushState(null, "", search),
  };
}

/** @typedef {ReturnType<typeof createAddress>} AddressEffects */
