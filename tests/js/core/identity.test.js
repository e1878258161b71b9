import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "../../../static/js/core/identity.js";
import { fakeTab } from "../page.js";

test("a new page has an id of 32 hexadecimal digits that the tab keeps, and no player before it", () => {
  const tab = fakeTab();
  const identity = createIdentity(() => tab);
  assert.match(identity.id(), /^[0-9a-f]{32}$/);
  assert.equal(identity.before, null);
  assert.equal(tab.kept.get("player"), identity.id());
  assert.notEqual(createIdentity(() => fakeTab()).id(), identity.id());
});

test("a reload keeps the id, as often as it happens", () => {
  const tab = fakeTab();
  const first = createIdentity(() => tab);
  for (let times = 0; times < 3; times++) {
    first.leave();
    assert.equal(createIdentity(() => tab).id(), first.id());
  }
});

test("a copy of a tab whose page lives has an id of its own, and knows whom it is a copy of", () => {
  const tab = fakeTab();
  const first = createIdentity(() => tab);
  const copy = createIdentity(() => fakeTab(new Map(tab.kept)));
  assert.notEqual(copy.id(), first.id());
  assert.equal(copy.before, first.id());
});

test("a page that comes back from the browser's cache lives again: a copy of its tab is a new player", () => {
  const tab = fakeTab();
  const first = createIdentity(() => tab);
  first.leave();
  first.comeBack();
  assert.notEqual(createIdentity(() => fakeTab(new Map(tab.kept))).id(), first.id());
});

test("where storage is forbidden the id lasts as long as the page", () => {
  const identity = createIdentity(() => {
    throw new Error("SecurityError");
  });
  const before = identity.id();
  assert.match(before, /^[0-9a-f]{32}$/);
  identity.leave();
  identity.comeBack();
  assert.equal(identity.id(), before);
  identity.renew();
  assert.notEqual(identity.id(), before);
});
