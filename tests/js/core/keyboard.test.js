import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, recordedApp } from "../dom.js";
import { INITIAL } from "../../../static/js/core/reducer.js";
import { bindKeys, keyOf } from "../../../static/js/core/keyboard.js";

openPage();
const { app, asked } = recordedApp(INITIAL);
const opening = (/** @type {string} */ name) => () => void asked.push([`open ${name}`]);
bindKeys(app.effects, {
  settings: opening("settings"),
  network: opening("network"),
  draw: opening("draw"),
  charts: opening("charts"),
  theme: opening("theme"),
  help: opening("help"),
  present: opening("present"),
  close: opening("close"),
});

/**
 * What a key of a layout does, by the character that it types and its place on a US keyboard.
 * @param {string} key @param {string} code @param {boolean} [shiftKey]
 */
function pressed(key, code, shiftKey = false) {
  asked.length = 0;
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true }));
  return asked.map((call) => call.join(" ")).join();
}

const MEANINGS = /** @type {const} */ ({
  KeyS: "open settings",
  KeyN: "open network",
  KeyC: "open charts",
  KeyD: "open draw",
  KeyT: "open theme",
  Period: "step cell 1",
  Comma: "step cell -1",
});
const PLACES = Object.keys(MEANINGS);

/** The characters of the keys S N C D T . and , of the layouts that have no Latin letters. */
const LAYOUTS = {
  Russian: "ытсвеюб",
  Ukrainian: "ітсвеюб",
  Greek: "σνψδτ.,",
  Hebrew: "דמבגאץת",
  Arabic: "سىؤيفزو",
  Georgian: "სნცდტ.,",
  Korean: "ㄴㅜㅊㅇㅅ.,",
};

for (const [layout, characters] of Object.entries(LAYOUTS))
  test(`on a keyboard with the ${layout} layout, keys have the meaning of their place`, () => {
    const meanings = [...characters].map((key, i) => pressed(key, PLACES[i]));
    assert.deepEqual(meanings, Object.values(MEANINGS));
    const capitals = [...characters.toUpperCase()].slice(0, 5).map((key, i) => pressed(key, PLACES[i], true));
    assert.deepEqual(capitals, Object.values(MEANINGS).slice(0, 5));
  });

test("full stop, comma and question mark work where a layout has them elsewhere", () => {
  // Russian: the key with the slash. Hebrew: the slash is a full stop, the quotation mark a comma.
  assert.equal(pressed(".", "Slash"), "step cell 1");
  assert.equal(pressed(",", "Slash", true), "step cell -1");
  assert.equal(pressed(",", "Quote"), "step cell -1");
  assert.equal(pressed("?", "Digit7", true), "open help");
  assert.equal(pressed("؟", "Slash", true), "open help", "Arabic has a question mark of its own");
  assert.equal(pressed("ظ", "Slash"), "");
});

test("on AZERTY, the characters count, not the places of their keys", () => {
  assert.equal(pressed(",", "KeyM"), "step cell -1");
  assert.equal(pressed(".", "Comma", true), "step cell 1");
  assert.equal(pressed("?", "KeyM", true), "open help");
  assert.equal(pressed(";", "Comma"), "");
  assert.equal(pressed(":", "Period"), "");
  assert.equal(pressed("s", "KeyS"), "open settings");
  assert.equal(keyOf({ key: "2", code: "Digit2", shiftKey: true }), "2");
  assert.equal(keyOf({ key: "é", code: "Digit2", shiftKey: false }), "é");
});

test("on Dvorak and Turkish keyboards, the letters count, not the places of their keys", () => {
  assert.equal(pressed("s", "Semicolon"), "open settings");
  assert.equal(pressed("o", "KeyS"), "");
  assert.equal(pressed("ö", "Comma"), "");
  assert.equal(pressed("ç", "Period"), "");
  assert.equal(pressed(".", "Slash"), "step cell 1");
});

test("digits of other scripts are digits", () => {
  assert.equal(keyOf({ key: "٣", code: "Digit3", shiftKey: false }), "3");
  assert.equal(keyOf({ key: "۳", code: "Digit3", shiftKey: false }), "3");
});

test("a key whose character an input method hides has the meaning of its place", () => {
  assert.equal(pressed("Process", "KeyS"), "open settings");
  assert.equal(pressed("Unidentified", "Period"), "step cell 1");
});

test("keys with names keep them on every layout", () => {
  assert.equal(pressed("ArrowRight", "ArrowRight"), "step layer 1");
  assert.equal(pressed("ArrowRight", "ArrowRight", true), "step phase 1");
  assert.equal(pressed("Escape", "Escape"), "open close");
  assert.equal(pressed("Dead", "BracketLeft"), "");
  assert.equal(keyOf({ key: "F2", code: "F2", shiftKey: false }), "F2");
});

test("shortcuts of the browser and of the system are left to them", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) {
    asked.length = 0;
    const event = new KeyboardEvent("keydown", { key: "ы", code: "KeyS", [modifier]: true, bubbles: true });
    document.body.dispatchEvent(event);
    assert.deepEqual([asked, event.defaultPrevented], [[], false]);
  }
});
