import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { refusalOf } from "../../../../static/js/core/state.js";
import { added, removed, set } from "../../../../static/js/views/builder/draft.js";
import { fakeServer, page } from "../../page.js";
import { settle, until } from "../../until.js";

/** @type {any} */
const NETWORK = [{ kind: "conv2d", filters: 8 }, { kind: "flatten" }, { kind: "dense", units: 10 }];

/** A page with the builder open, and what the server was asked about. @param {string} [search] */
async function building(search = "") {
  const server = fakeServer({ dataset: "digits", network: NETWORK, given: [], frozen: [] });
  /** @type {any[]} */
  const described = [];
  const answers = { delay: () => Promise.resolve() };
  server.transport.getNetworks = async () => /** @type {any} */ ({ kinds: [], presets: [] });
  server.transport.describeNetwork = async (recipe) => {
    described.push(recipe);
    await answers.delay();
    const names = recipe.network.map(({ kind }) => kind);
    return /** @type {any} */ ({ names, problem: null, fixes: [] });
  };
  const here = await page(server, search);
  here.store.dispatch({ type: "dialog", open: "builder" });
  await until(() => here.store.get().builder.report);
  return {
    ...here,
    server,
    described,
    answers,
    builder: () => here.store.get().builder,
    draft: () =>
      /** @type {import("../../../../static/js/views/builder/draft.js").Draft} */ (
        here.store.get().builder.draft
      ),
    filters: () => /** @type {any} */ (here.store.get().run?.recipe.network[0]).filters,
  };
}

test("the builder begins with the network of the open run, and the server is asked about it", async () => {
  const { builder, described } = await building();
  assert.deepEqual(described, [{ ...described[0], network: NETWORK, edits: [] }]);
  assert.deepEqual(builder().report?.shapes?.names, ["conv2d", "flatten", "dense"]);
  assert.equal(builder().isOld, false);
});

test("after the browser's Back the builder shows the open run, and starts its network", async () => {
  const { effects, draft, go, store } = await building("?seed=3&dataset=shapes");
  effects.builder.change(set(draft(), 0, "filters", 99));
  const rows = draft().rows.map(({ id }) => id);
  await go("?seed=4&dataset=digits");
  assert.equal(store.get().dialog, "builder");
  assert.deepEqual([draft().recipe.dataset, draft().rows[0].layer], ["digits", NETWORK[0]]);
  assert.ok(
    draft().rows.every(({ id }) => !rows.includes(id)),
    "rows of another network are drawn anew",
  );
  effects.builder.change(removed(draft(), draft().rows[1].id));
  await effects.builder.start();
  const recipe = /** @type {any} */ (store.get().run).recipe;
  assert.deepEqual([recipe.seed, recipe.dataset, recipe.network], [4, "digits", [NETWORK[0], NETWORK[2]]]);
  assert.equal(store.get().dialog, null);
});

test("what was made and not started is still there when the builder opens again", async () => {
  const { effects, draft, store } = await building();
  effects.builder.change(added(draft(), /** @type {any} */ ({ kind: "relu" })));
  const made = draft();
  store.dispatch({ type: "dialog", close: "builder" });
  store.dispatch({ type: "dialog", open: "builder" });
  assert.equal(draft(), made);
});

test("the report on an earlier draft is not shown beside a newer one", async () => {
  const { effects, draft, builder, answers, described } = await building();
  let answerLate = () => {};
  answers.delay = () => new Promise((resolve) => (answerLate = resolve));
  const before = builder().report;
  effects.builder.change(removed(draft(), 1));
  await until(() => described.length === 2);
  answers.delay = () => Promise.resolve();
  effects.builder.change(removed(draft(), 0));
  assert.deepEqual([builder().isOld, builder().report], [true, before]);
  await until(() => !builder().isOld);
  assert.deepEqual(builder().report?.shapes?.names, ["dense"]);
  answerLate();
  await settle();
  assert.deepEqual(builder().report?.shapes?.names, ["dense"]);
  effects.builder.begin(draft().recipe);
  assert.equal(builder().report, null, "of another network nothing is known yet");
});

test("the server is asked once about keys typed quickly", async (t) => {
  const { effects, draft, described } = await building();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const filters of [1, 12, 128]) effects.builder.type(set(draft(), 0, "filters", filters));
  t.mock.timers.tick(1000);
  await settle();
  assert.deepEqual(
    described.slice(1).map(({ network }) => network[0].filters),
    [128],
  );
});

test("a draft that the server cannot read has a message and the field at fault", async () => {
  const { effects, draft, builder, server } = await building();
  server.transport.describeNetwork = async () => {
    throw new Refusal("invalid", "filters should be a number", "network.0.filters");
  };
  effects.builder.change(set(draft(), 0, "filters", null));
  await until(() => builder().report?.trouble);
  const { shapes, trouble } = /** @type {any} */ (builder().report);
  assert.deepEqual([shapes, trouble.field, trouble.fixes], [null, "network.0.filters", []]);
});

test("a refused start is shown until the draft changes, and the draft stays", async () => {
  const { effects, draft, store, server } = await building();
  const { createRun } = server.transport;
  server.transport.createRun = async () => {
    throw new Refusal("too_large", "Use a smaller batch.");
  };
  effects.builder.change(set(draft(), 0, "filters", 5000));
  const made = draft();
  await effects.builder.start();
  assert.deepEqual([refusalOf(store.get(), "builder"), draft()], ["Use a smaller batch.", made]);
  server.transport.createRun = createRun;
  effects.builder.change(set(draft(), 0, "filters", 5));
  assert.equal(refusalOf(store.get(), "builder"), null);
});

test("without the list of layers the builder closes, and the page says why", async () => {
  const { store, server } = await building();
  server.transport.getNetworks = async () => {
    throw new Refusal("unreachable", "The server does not answer.");
  };
  store.dispatch({ type: "dialog", close: "builder" });
  store.dispatch({ type: "dialog", open: "builder" });
  await until(() => store.get().problem);
  assert.deepEqual([store.get().dialog, store.get().problem], [null, "The server does not answer."]);
});
