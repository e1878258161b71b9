import assert from "node:assert/strict";
import { test } from "node:test";
import { checksum, zipped } from "../../../../static/js/views/uploads/zip.js";

test("the checksum is CRC-32", () => {
  assert.equal(checksum(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(checksum(new Uint8Array()), 0);
});

test("a zip has each file unchanged, with its name, and a table of contents", async () => {
  const files = [
    { path: "kätze/1.png", file: new Blob(["first"]) },
    { path: "dog/2.png", file: new Blob(["the second"]) },
  ];
  /** @type {number[]} */
  const told = [];
  const zip = Buffer.from(await (await zipped(files, (done) => told.push(done))).arrayBuffer());
  assert.deepEqual(told, [1, 2]);
  const end = zip.length - 22;
  assert.equal(zip.readUInt32LE(end), 0x06054b50);
  assert.equal(zip.readUInt16LE(end + 10), 2);
  let place = zip.readUInt32LE(end + 16);
  for (const { path, file } of files) {
    assert.equal(zip.readUInt32LE(place), 0x02014b50);
    const name = zip.readUInt16LE(place + 28);
    assert.equal(zip.toString("utf8", place + 46, place + 46 + name), path);
    const local = zip.readUInt32LE(place + 42);
    assert.equal(zip.readUInt32LE(local), 0x04034b50);
    const start = local + 30 + name;
    const content = zip.subarray(start, start + zip.readUInt32LE(place + 24));
    assert.equal(content.toString(), await file.text());
    assert.equal(zip.readUInt32LE(place + 16), checksum(content));
    place += 46 + name;
  }
  assert.equal(place, end);
});
