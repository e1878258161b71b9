import { find, mounted, openPage, textOf, textsOf } from "../../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountFollowing } from "../../../../static/js/views/players/following.js";
import { mountHere } from "../../../../static/js/views/players/here.js";
import { INITIAL, reduce } from "../../../../static/js/views/players/state.js";
import { AFTER, stateAt } from "../../states.js";

/** @typedef {import("../../../../static/js/views/players/state.js").Players} Players */

/** @param {Partial<Players>} players */
const stateWith = (players) => ({ ...stateAt(AFTER.conv), players: { ...INITIAL, ...players } });

/** @param {Partial<Players>} players */
function here(players) {
  openPage();
  return mounted((app) => mountHere(find("#here"), find("#players"), app), stateWith(players));
}

test("a page that is alone in its run says nothing; with others it says how many are here", () => {
  const { update } = here({});
  assert.equal(find("#here").hidden, true);
  update(stateWith({ others: 1 }));
  assert.deepEqual([find("#here").hidden, textOf("#here")], [false, "2 here"]);
  assert.equal(textOf("#players .others"), "One other page has this run open. Each page plays by itself.");
  update(stateWith({ others: 24 }));
  assert.equal(textOf("#here"), "25 here");
  assert.equal(textOf("#players .others"), "24 other pages have this run open. Each page plays by itself.");
});

test("a page lets others follow it by a link, sees how many do, and can end it", () => {
  const { update, asked } = here({ others: 1 });
  find("#players .lead").click();
  assert.deepEqual(asked, [["players.lead", "POST"]]);
  assert.equal(find("#players .leading").hidden, true);
  update(stateWith({ others: 1, leading: "abc" }));
  assert.deepEqual([find("#players .lead").hidden, find("#players .leading").hidden], [true, false]);
  const link = /** @type {HTMLInputElement} */ (find("#players input"));
  assert.match(link.value, /^[a-z]+:.*#follow=abc$/);
  assert.equal(textOf("#players .followers"), "Nobody follows this page yet.");
  update(stateWith({ others: 1, leading: "abc", followers: 2 }));
  assert.equal(textOf("#players .followers"), "2 pages follow this one.");
  find("#players .end").click();
  assert.deepEqual(asked.at(-1), ["players.lead", "DELETE"]);
});

test("a page that leads can end it also when the others have gone", () => {
  const { update } = here({ leading: "abc" });
  assert.deepEqual([find("#here").hidden, textOf("#here")], [false, "leading"]);
  assert.equal(find("#players .others").hidden, true);
  update(stateWith({ leading: "abc", followers: 1 }));
  assert.equal(textOf("#here"), "1 follows");
  update(stateWith({ leading: "abc", followers: 2 }));
  assert.equal(textOf("#here"), "2 follow");
});

test("each page that leads can be followed", () => {
  const { update, asked } = here({ others: 1 });
  assert.equal(find("#players .leaders").hidden, true);
  update(stateWith({ others: 1, leaders: ["a"] }));
  assert.equal(textOf("#players .leaders p"), "It can be followed.");
  update(stateWith({ others: 2, leaders: ["a"] }));
  assert.equal(textOf("#players .leaders p"), "One of them can be followed.");
  assert.deepEqual(textsOf("#players .leaders button"), ["Follow it"]);
  update(stateWith({ others: 2, leaders: ["a", "b"] }));
  assert.equal(textOf("#players .leaders p"), "2 of them can be followed.");
  assert.deepEqual(textsOf("#players .leaders button"), ["Follow page 1", "Follow page 2"]);
  find("#players .leaders button:last-child").click();
  assert.deepEqual(asked, [["players.follow", "b"]]);
});

test("a band says that the page follows another, how to stop where somebody tries to move, and stops", () => {
  openPage();
  const following = {
    token: "a",
    own: null,
    unit: /** @type {const} */ ("cell"),
    playing: true,
    isTold: false,
  };
  const { update, asked } = mounted((app) => mountFollowing(find("#following"), app), stateWith({}));
  assert.equal(find("#following").hidden, true);
  update(stateWith({ following }));
  assert.equal(textOf("#following p"), "Following another page.");
  update(stateWith({ following: { ...following, isTold: true } }));
  assert.equal(
    textOf("#following p"),
    "Following another page. It decides what is shown. To move by yourself, stop following.",
  );
  find("#following button").click();
  assert.deepEqual(asked, [["players.leave"]]);
});

test("another run of one's own ends following and has others; the same run keeps them", () => {
  const state = stateAt(AFTER.conv);
  const players = { ...INITIAL, others: 3, leading: "abc", followers: 2, leaders: ["x"] };
  const open = (/** @type {string} */ id, isLeaders = false) =>
    reduce(players, /** @type {any} */ ({ type: "open", run: { ...state.run, id }, isLeaders }), state);
  assert.deepEqual(open("another"), { ...INITIAL, leading: "abc", followers: 2 });
  assert.deepEqual(open(state.run?.id ?? ""), players);
  assert.deepEqual(open("another", true), players);
});
