/** The data browser: the sets, what is in the chosen one, its download, and a run on it. */

import { COUNT, infoIn, listedIn, recipeOf } from "../../views/data/state.js";
import { attemptsIn, whenShown } from "./dialogs.js";

/** @typedef {import("../../views/data/state.js").Page} Page */

const LOOK_AGAIN_SECONDS = 0.4;

/** @param {import("../effects.js").Tools} tools */
export function createData({ store, transport, useData, pause }) {
  const { get, dispatch } = store;
  const attempt = attemptsIn(store, "data");
  /** Numbers the questions of each kind: the newest one wins. */
  const newest = { detail: 0, page: 0, preview: 0 };

  whenShown(store, "data", () => void attempt(open));

  async function open() {
    await look();
    const { data, run } = get();
    // A person who is adding data meanwhile stays there.
    if (data.isAdding) return;
    const wanted = data.chosen || run?.recipe.dataset;
    const { name } = data.list.find(({ name }) => name === wanted) ?? data.list[0];
    await choose(name);
  }

  /** Fetches the list, repeatedly while a download runs. */
  async function look() {
    const list = await transport.getDatasets();
    dispatch({ type: "data", data: { list } });
    if (get().dialog === "data" && list.some(({ download }) => download?.running))
      void pause(LOOK_AGAIN_SECONDS).then(() => attempt(look));
    const { data } = get();
    if (listedIn(data)?.ready && data.detail === null) await fetchDetail();
  }

  /** @param {string} name of a set in the list */
  async function choose(name) {
    dispatch({ type: "choose data", name });
    if (infoIn(get().data)?.ready) await fetchDetail();
  }

  async function fetchDetail() {
    const number = ++newest.detail;
    const detail = await transport.getDataset(get().data.chosen);
    if (number !== newest.detail || detail.info.name !== get().data.chosen) return;
    dispatch({ type: "data", data: { detail } });
    await refresh();
  }

  /** The examples and the preview, as the form makes them. */
  async function refresh() {
    await fetchPage();
    await fetchPreview();
  }

  async function fetchPage() {
    const [recipe, { data }] = [recipeOf(get()), get()];
    if (!recipe) return;
    const number = ++newest.page;
    const { split, start, label } = data.page;
    const examples = await transport.getExamples(recipe, split, start, COUNT, label);
    if (number === newest.page && get().data.detail === data.detail)
      dispatch({ type: "data", data: { examples, split } });
  }

  async function fetchPreview() {
    const [recipe, { data }] = [recipeOf(get()), get()];
    if (!recipe || !data.isPreviewing) return;
    const number = ++newest.preview;
    const preview = await transport.getPreview(recipe);
    if (number === newest.preview && get().data.detail === data.detail)
      dispatch({ type: "data", data: { preview } });
  }

  /** Opens a run on the chosen set. @param {number | null} example to show on the stage */
  const use = (example) =>
    attempt(async () => {
      const recipe = recipeOf(get());
      if (!recipe) return;
      await useData(recipe, example);
      dispatch({ type: "dialog", close: "data" });
    });

  return {
    /** @param {string} name of a set */
    choose: (name) => attempt(() => choose(name)),

    /** Fetches the list and chooses a set that is new in it. @param {string} name */
    async show(name) {
      await look();
      await choose(name);
    },

    use,

    /** @param {Partial<Page>} page */
    turn(page) {
      dispatch({ type: "data", data: { page: { ...get().data.page, ...page } } });
      return attempt(fetchPage);
    },

    /** Fetches the examples and the preview as the form makes them now. */
    refresh: () => attempt(refresh),

    /** Opens or closes the preprocessing. @param {boolean} isPreviewing */
    preview(isPreviewing) {
      if (get().data.isPreviewing === isPreviewing) return;
      dispatch({ type: "data", data: { isPreviewing } });
      return attempt(fetchPreview);
    },

    /** Begins the download of the chosen set, or stops it. */
    bring: () =>
      attempt(async () => {
        const { data } = get();
        await transport.bringDataset(data.chosen, listedIn(data)?.download?.running ? "DELETE" : "POST");
        await look();
      }),

    /** Deletes the chosen set at the second call. */
    async remove() {
      const { chosen, isRemoving } = get().data;
      if (!isRemoving) return dispatch({ type: "data", data: { isRemoving: true } });
      await attempt(async () => {
        const list = await transport.deleteDataset(chosen);
        dispatch({ type: "data", data: { list } });
        await choose(list[0].name);
      });
    },
  };
}

/** @typedef {ReturnType<typeof createData>} DataEffects */
