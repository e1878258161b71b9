import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../../static/js/core/refusals.js";
import { fakeServer, page } from "../../page.js";
import { until } from "../../until.js";

const MOST = 1000;
const DRAFT = /** @type {any} */ ({ name: "own:1", classes: ["a", "b"] });

/** A page whose server makes a draft of every upload. */
async function uploading() {
  const server = fakeServer();
  const { transport } = server;
  /** @type {any[]} */
  const sent = [];
  transport.upload = async (kind, how, body, { progress }) => {
    sent.push([kind, how, body.size]);
    progress(0.5);
    progress(1);
    return DRAFT;
  };
  const sets = [{ name: "digits", ready: false, download: null }];
  transport.getDatasets = async () => /** @type {any} */ (sets);
  transport.keepDataset = async (name, title) => {
    sets.push({ name, ready: false, download: null });
    sent.push(["keep", name, title]);
    return /** @type {any} */ ({ name });
  };
  const here = await page(server);
  return { ...here, server, sent, upload: () => here.store.get().upload };
}

/** @param {string} path @param {string} [text] */
const file = (path, text = "1,2,a") => ({ path, file: new Blob([text]) });

test("a table is sent unchanged, with the file's name as its title", async () => {
  const { effects, sent, upload } = await uploading();
  await effects.uploads.take([file("slopes.csv")], MOST);
  assert.deepEqual(sent, [["signals", { label: "detect", normalise: "true" }, 5]]);
  const { title, draft, isOld, work, trouble } = upload();
  assert.deepEqual([title, draft, isOld, work, trouble], ["slopes", DRAFT, false, null, null]);
});

test("a folder is packed, and a zip is sent unchanged", async () => {
  const { effects, sent, upload } = await uploading();
  await effects.uploads.take([file("pets/cat/1.png"), file("pets/dog/1.png")], MOST);
  assert.equal(upload().title, "pets");
  await effects.uploads.take([file("shades.zip", "PK")], MOST);
  assert.deepEqual(
    sent.map(([kind, , size]) => [kind, size > 5]),
    [
      ["pictures", true],
      ["pictures", false],
    ],
  );
});

test("the interpretation of a file can be changed, and is remembered for the next file", async () => {
  const { effects, sent } = await uploading();
  await effects.uploads.take([file("shades.zip", "PK")], MOST);
  await effects.uploads.change("pictures", { side: "16" });
  await effects.uploads.take([file("other.zip", "PK")], MOST);
  assert.deepEqual(
    sent.map(([, how]) => how.side),
    ["28", "16", "16"],
  );
});

test("too many bytes or no files are refused and not sent", async () => {
  const { effects, sent, upload } = await uploading();
  await effects.uploads.take([file("big.zip", "x".repeat(MOST + 1))], MOST);
  assert.match(String(upload().trouble), /^That is 0\.0 MB, and at most/);
  await effects.uploads.take([], MOST);
  assert.equal(upload().trouble, "There is no file in it.");
  assert.deepEqual(sent, []);
});

test("a refused file leaves no draft, and its settings can be changed", async () => {
  const { effects, server, upload } = await uploading();
  const send = server.transport.upload;
  server.transport.upload = async () => {
    throw new Refusal("invalid", "Row 2, column 2: “x” is not a number.");
  };
  await effects.uploads.take([file("broken.csv")], MOST);
  assert.deepEqual([upload().trouble, upload().draft], ["Row 2, column 2: “x” is not a number.", null]);
  assert.equal(upload().file?.kind, "signals");
  server.transport.upload = send;
  await effects.uploads.change("signals", { label: "last" });
  assert.deepEqual([upload().trouble, upload().draft], [null, DRAFT]);
});

test("a new file aborts the upload of the one before", async () => {
  const { effects, server, upload } = await uploading();
  const send = server.transport.upload;
  /** @type {AbortSignal[]} */
  const signals = [];
  server.transport.upload = (_kind, _how, _body, { signal }) => {
    signals.push(signal);
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(new Refusal("stopped", "Stopped."))),
    );
  };
  const first = effects.uploads.take([file("first.csv")], MOST);
  await until(() => signals.length === 1);
  server.transport.upload = send;
  await effects.uploads.take([file("second.csv")], MOST);
  await first;
  assert.ok(signals[0].aborted);
  assert.deepEqual([upload().title, upload().draft, upload().trouble], ["second", DRAFT, null]);
});

test("a stopped upload says that nothing was kept", async () => {
  const { effects, server, upload } = await uploading();
  server.transport.upload = (_kind, _how, _body, { signal, progress }) => {
    progress(0.25);
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(new Refusal("stopped", "Stopped."))),
    );
  };
  const taking = effects.uploads.take([file("first.csv")], MOST);
  await until(() => upload().work?.fraction);
  assert.deepEqual(upload().work, { words: "sending 0.0 MB …", fraction: 0.25 });
  effects.uploads.stop();
  await taking;
  assert.deepEqual([upload().work, upload().trouble], [null, "Stopped. Nothing was kept."]);
});

test("a kept draft becomes a data set with its title, and is shown", async () => {
  const { effects, sent, store, upload } = await uploading();
  store.dispatch({ type: "data", data: { isAdding: true } });
  await effects.uploads.take([file("slopes.csv")], MOST);
  store.dispatch({ type: "upload", upload: { title: "my slopes" } });
  await effects.uploads.keep();
  assert.deepEqual(sent.at(-1), ["keep", "own:1", "my slopes"]);
  assert.deepEqual([upload().file, upload().draft], [null, null]);
  const { chosen, isAdding } = store.get().data;
  assert.deepEqual([chosen, isAdding], ["own:1", false]);
});
