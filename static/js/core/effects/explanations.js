/** Asking the server about single cells: explanations, cones, chains. The newest question wins. */

import { infoOf, isSlid, valueAt } from "../state.js";
import { computed, stepAt } from "../timeline.js";
import { Refusal } from "../refusals.js";

/** @typedef {import("../effects.js").Store} Store */
/** @typedef {import("../state.js").State} State */

const HOVER_SECONDS = 0.06;

/** @typedef {import("../effects.js").Transport} Transport */
/** @typedef {import("./loading.js").Loading} Loading */

/** @param {Store} store @param {Transport} transport @param {Loading} loading */
export function createExplanations(store, transport, { withRun, report }) {
  const { get, dispatch } = store;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hoverTimer;

  /** What the open explanation depends on; null where there is nothing to explain yet. @param {State} state */
  function question({ run, shown, large, page }) {
    if (!run || !shown || !large || shown.iteration.run !== run.id) return null;
    if (valueAt(get(), large.name, large.cell) === null) return null;
    // A sum that is still being put together is explained as far as it has come.
    const isPartial = computed(run, shown.moment.position, large.name) === "partial";
    const { segment, cell } = stepAt(run, shown.moment.position);
    const done = isPartial ? { done: cell + 1, at: segment.layer } : null;
    return { run: run.id, iteration: shown.moment.iteration, example: shown.example, ...large, page, done };
  }

  /**
   * An answer, or null after its refusal is told.
   * @template T
   * @param {Promise<T>} answer @returns {Promise<T | null>}
   */
  const orReport = (answer) =>
    answer.catch((error) => {
      report(error);
      return null;
    });

  let asked = "null";
  async function explain() {
    const now = question(get());
    const key = JSON.stringify(now);
    if (key === asked) return;
    asked = key;
    // At once, before anything is drawn: no number stands beside the terms of another.
    dispatch({ type: "explained", explanation: null });
    if (!now) return;
    const { run, iteration, example, name, cell, page, done } = now;
    const explanation = await withRun(() =>
      transport.getExplanation(run, iteration, example, name, cell, page, done),
    );
    if (asked !== key) return;
    // A sum that has become shorter has no such page any more.
    if (page.offset > 0 && page.offset >= explanation.count) dispatch({ type: "page", page: { offset: 0 } });
    else dispatch({ type: "explained", explanation });
  }

  /** What the open window depends on; null where there is none. @param {State} state */
  function slideQuestion(state) {
    const now = question(state);
    if (!now || !state.run || !state.shown || !isSlid(state.run, now.name)) return null;
    const { position } = state.shown.moment;
    const isPartial = typeof computed(state.run, position, now.name) === "number";
    const done = isPartial ? stepAt(state.run, position).cell + 1 : (now.done?.done ?? null);
    return { ...now, page: null, done, how: state.slide };
  }

  let wished = "null";
  let isSliding = false;
  /** Of the windows wished for while one is on its way, the newest comes next. */
  async function slide() {
    const wish = JSON.stringify(slideQuestion(get()));
    if (wish === wished) return;
    wished = wish;
    const { slid, large } = get();
    // The step before stands, marked, until the next one is here: a sliding window does not flicker.
    const isNext = slid && wish !== "null" && slid.sliding.name === large?.name;
    if (slid) dispatch({ type: "slid", slid: isNext ? { ...slid, isFresh: false } : null });
    if (isSliding) return;
    isSliding = true;
    try {
      for (let asked = "null"; asked !== wished;) {
        asked = wished;
        const now = slideQuestion(get());
        if (!now) continue;
        const { run, iteration, example, name, cell, how, done } = now;
        const sliding = await withRun(() =>
          transport.getSliding(run, iteration, example, name, cell, how, done),
        );
        if (asked === wished) dispatch({ type: "slid", slid: { sliding, isFresh: true } });
      }
    } finally {
      isSliding = false;
    }
  }

  async function findCone() {
    const { run, shown, hover } = get();
    if (!run || !shown || !hover || valueAt(get(), hover.name, hover.cell) === null) return;
    const { moment, example } = shown;
    const cone = await withRun(() =>
      transport.getCone(run.id, moment.iteration, example, hover.name, hover.cell),
    );
    const now = get();
    if (now.shown === shown && now.hover?.name === hover.name && now.hover.cell === hover.cell) {
      dispatch({ type: "cone", cone });
    }
  }

  store.subscribe((state, before) => {
    const isBack = state.connection !== before.connection;
    if (
      isBack ||
      state.large !== before.large ||
      state.shown !== before.shown ||
      state.page !== before.page
    ) {
      explain().catch((error) => {
        asked = "null";
        dispatch({ type: "explained", explanation: null });
        report(error);
      });
    }
    if (
      isBack ||
      state.large !== before.large ||
      state.shown !== before.shown ||
      state.slide !== before.slide
    ) {
      slide().catch((error) => {
        wished = "null";
        dispatch({ type: "slid", slid: null });
        report(error);
      });
    }
    if (state.hover?.name !== before.hover?.name || state.hover?.cell !== before.hover?.cell) {
      clearTimeout(hoverTimer);
      if (state.hover && !state.play.on) {
        // A cone that fails to come is no more than a missing outline.
        const quiet = (/** @type {unknown} */ error) => {
          if (!(error instanceof Refusal)) throw error;
        };
        hoverTimer = setTimeout(() => findCone().catch(quiet), HOVER_SECONDS * 1000);
      }
    }
  });

  return {
    /** Compares a layer's gradients with finite differences. @param {string} layer */
    async check(layer) {
      const { run, shown } = get();
      if (!run || !shown) return;
      const { iteration } = shown.moment;
      dispatch({ type: "check", layer, check: "running" });
      const check = await orReport(withRun(() => transport.getCheck(run.id, iteration, layer)));
      if (get().run === run && get().shown?.moment.iteration === iteration) {
        dispatch({ type: "check", layer, check });
      }
    },

    /** The stack of records at the moment shown. */
    async stack() {
      const { run, shown } = get();
      if (!run || !shown) return null;
      const { iteration, position } = shown.moment;
      return orReport(withRun(() => transport.getStack(run.id, iteration, position)));
    },

    /** What moving the open number by an amount does. @param {number} amount @param {{ name: string, cell: number } | null} watched */
    async nudge(amount, watched) {
      const { run, shown, large } = get();
      if (!run || !shown || !large) return null;
      const { moment, example } = shown;
      return withRun(() =>
        transport.getNudge(run.id, moment.iteration, example, large.name, large.cell, amount, watched),
      );
    },

    /**
     * The code that is at work at the moment shown, and a number that it makes: the open one, if it is one of
     * those, or one of the tensor wished for.
     * @param {string | null} [name]
     */
    async lens(name = null) {
      const { run, shown, large } = get();
      if (!run || !shown) return null;
      const { position } = shown.moment;
      // The step that made the open cell, if it has begun; else the one that the moment is at.
      const maker =
        large && run.segments.findLast((s) => s.writes.includes(large.name) && s.start < position);
      const segment = maker ?? stepAt(run, position).segment;
      const cell = Math.min(position - segment.start, segment.cells) - 1;
      const open =
        large && segment.writes.includes(large.name) && (name ?? large.name) === large.name ? large : null;
      const { iteration } = shown.moment;
      const lens = await orReport(
        withRun(() =>
          transport.getLens(
            run.id,
            iteration,
            shown.example,
            segment,
            cell,
            open?.name ?? name,
            open?.cell ?? null,
          ),
        ),
      );
      // What a parameter becomes is no line of its own: its change is.
      const tensors = segment.writes.filter((made) => made === segment.name || !made.includes(".new_"));
      return lens && { lens, tensors };
    },

    /** The path from the loss to the open cell's parameter. */
    async findChain() {
      const { run, shown, large } = get();
      const info = run && large && infoOf(run, large.name);
      const parameter = info ? info.parameter : null;
      if (!run || !shown || !info || parameter === null) return;
      const { moment, example } = shown;
      const chain = await orReport(
        withRun(() =>
          transport.getChain(run.id, moment.iteration, example, info.layer, parameter, large.cell),
        ),
      );
      if (get().shown === shown && get().large === large) dispatch({ type: "chain", chain });
    },
  };
}
