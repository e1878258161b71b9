/**
 * The address of a page: a recipe, as its differences from the default or from a preset, and a place in its run.
 *
 * It stands after `#`, so that no server limits its length. Old links have it after `?`.
 */

import { trimmed, withoutTracking } from "./link_text.js";

/** @typedef {import("../wire.js").Recipe} Recipe */
/** @typedef {{ readonly [key: string]: unknown }} Plain */
/** @typedef {import("../wire.js").Preset} Preset */
/**
 * What an address says of the place, as text; null for what it does not say.
 * @typedef {{ readonly at: string | null, readonly example: string | null, readonly look: string | null, readonly view: string | null }} PlaceText
 */
/** @typedef {{ readonly preset: Preset, readonly stop: number }} Guide a worked example, at one of its stops */

/** The number of characters of a value that a sentence shows. */
const SHOWN = 40;

const PLACE = ["at", "example", "look", "view", "preset", "stop", "follow"];

/** @param {unknown} value @returns {value is Plain} */
const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {Plain} value @param {Plain} base @param {string} [prefix] @returns {[string, string][]} dotted path, text */
function differences(value, base, prefix = "") {
  return Object.entries(value).flatMap(([key, item]) => {
    const path = prefix + key;
    const before = base[key];
    // Another kind has other settings: all of them are written.
    if (isPlain(item) && isPlain(before))
      return differences(item, item.kind === before.kind ? before : {}, `${path}.`);
    if (JSON.stringify(item) === JSON.stringify(before)) return [];
    /** @type {[string, string]} */
    const pair = [path, typeof item === "string" ? item : JSON.stringify(item)];
    return [pair];
  });
}

/** @param {Recipe} recipe @param {Recipe} defaults @returns {boolean} true where an address says nothing of the recipe */
export const isDefault = (recipe, defaults) => differences({ ...recipe }, { ...defaults }).length === 0;

/** True if a value is of the kind that the query asks for. @param {URLSearchParams} query @param {string} key @param {Plain} value */
const isKept = (query, key, { kind }) => !query.has(`${key}.kind`) || query.get(`${key}.kind`) === kind;

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @param {string} key @param {string} text @returns {string} a value as a sentence names it */
const named = (key, text) => `“${key}=${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}”`;

/** @param {string} address @returns {URLSearchParams} */
const pairsOf = (address) => new URLSearchParams(address.replace(/^[?#]/, ""));

/** Slashes, commas and colons need no escape after a #, and a person reads the address. @param {URLSearchParams} pairs */
const written = (pairs) =>
  `#${pairs.toString().replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%3A", ":")}`;

/**
 * The part of a link that is meant: without the punctuation of the sentence around it, and without what mail programs and
 * social networks add to links.
 * @param {string} address @returns {string}
 */
export function meant(address) {
  const pairs = [...pairsOf(address)];
  const last = pairs.pop();
  if (last) pairs.push([last[0], trimmed(last[1])]);
  return written(new URLSearchParams(withoutTracking(pairs)));
}

/** The token of the page to follow; null for an address of a run. @param {string} address @returns {string | null} */
export const leaderIn = (address) => pairsOf(meant(address)).get("follow");

/** @param {string} token @returns {string} the address with which others follow a page */
export const toFollow = (token) => `#follow=${token}`;

/**
 * @param {Recipe} recipe @param {Recipe} defaults @param {Guide | null} guide
 * @param {{ at: string | null, example: number, look: number | null, view: string | null }} place
 * @returns {string} "#seed=3&at=0/loss"
 */
export function toAddress(recipe, defaults, guide, place) {
  const pairs = new URLSearchParams(
    guide
      ? { preset: guide.preset.key, stop: String(guide.stop + 1) }
      : differences({ ...recipe }, { ...defaults }),
  );
  if (place.at !== null) pairs.set("at", place.at);
  if (place.look !== null) pairs.set("look", String(place.look));
  else if (place.example > 0) pairs.set("example", String(place.example));
  if (place.view !== null) pairs.set("view", place.view);
  return written(pairs);
}

/** @param {Preset} preset @param {string | null} text @returns {{ stop: number, problems: string[] }} stop: counted from 0 */
function stopIn({ stops }, text) {
  if (text === null) return { stop: 0, problems: [] };
  if (/^\d+$/.test(text) && stops[Number(text) - 1]) return { stop: Number(text) - 1, problems: [] };
  const reason = `this worked example has the stops 1 to ${stops.length}.`;
  return { stop: 0, problems: [leftOut("stop", text, reason)] };
}

/**
 * @param {string} address that is meant @param {Recipe} defaults @param {readonly Preset[]} presets
 * @returns {{ recipe: unknown, guide: Guide | null, place: PlaceText, problems: string[] }} the recipe is unchecked: the
 * server says what is wrong with it; `problems` are sentences about keys that no recipe has, and about presets and stops
 * that do not exist
 */
export function fromAddress(address, defaults, presets) {
  const pairs = pairsOf(address);
  const wanted = pairs.get("preset");
  const preset = presets.find(({ key }) => key === wanted);
  const recipe = structuredClone(/** @type {any} */ (preset?.recipe ?? defaults));
  const problems =
    wanted === null || preset ? [] : [leftOut("preset", wanted, "there is no such worked example.")];
  let changes = 0;
  for (const [path, text] of pairs) {
    if (PLACE.includes(path)) continue;
    changes++;
    const keys = path.split(".");
    if (!Object.hasOwn(defaults, keys[0])) {
      problems.push(`The address has “${path}”, which nothing here knows; it is left out.`);
      continue;
    }
    const last = /** @type {string} */ (keys.pop());
    // Another optimizer or loss starts without the settings of the one before.
    if (keys.length === 1 && isPlain(recipe[keys[0]]) && !isKept(pairs, keys[0], recipe[keys[0]]))
      recipe[keys[0]] = { kind: pairs.get(`${keys[0]}.kind`) };
    let owner = recipe;
    for (const key of keys) {
      owner = Object.hasOwn(owner, key) && isPlain(owner[key]) ? owner[key] : (owner[key] = {});
    }
    owner[last] = parsed(text);
  }
  const found = preset && stopIn(preset, pairs.get("stop"));
  // A changed recipe is no longer the worked example that its stops are about.
  const guide = found && changes === 0 ? { preset, stop: found.stop } : null;
  const here = guide?.preset.stops[guide.stop];
  return {
    recipe,
    guide,
    problems: guide && found ? [...problems, ...found.problems] : problems,
    place: {
      at: pairs.get("at") ?? here?.at ?? null,
      example: pairs.get("example"),
      look: pairs.get("look"),
      view: pairs.get("view") ?? (here && !pairs.has("at") ? `${here.name}/${here.cell}` : null),
    },
  };
}

/** @param {string} key @param {string} text @param {string} reason @returns {string} that a value is left out, and why */
export const leftOut = (key, text, reason) =>
  `The address has ${named(key, text)}, which is left out: ${reason}`;

/**
 * An address without the value that the server refuses.
 * @param {string} address that is meant @param {string} field that is refused, such as "optimizer.learning_rate" or
 * "edits.3.picture" @param {string} reason
 * @returns {{ address: string, problem: string } | null} null if the address does not set that field
 */
export function withoutField(address, field, reason) {
  const pairs = pairsOf(address);
  const key = keyOf([...pairs.keys()], field);
  if (key === undefined) return null;
  const text = pairs.get(key) ?? "";
  const items = parsed(text);
  const index = Number(field.slice(key.length + 1).split(".")[0]);
  // One edit of many can go. A network without one of its layers would be another network.
  if (key === "edits" && Array.isArray(items) && items.length > 1 && field !== key && index < items.length) {
    pairs.set(key, JSON.stringify(items.toSpliced(index, 1)));
    return {
      address: written(pairs),
      problem: leftOut(`edits.${index}`, JSON.stringify(items[index]), reason),
    };
  }
  pairs.delete(key);
  return { address: written(pairs), problem: leftOut(key, text, reason) };
}

/**
 * The key of an address that sets a field: the field itself, a value around it, its kind, or a part of it.
 * @param {readonly string[]} keys @param {string} field @returns {string | undefined}
 */
const keyOf = (keys, field) =>
  keys.find((key) => key === field || field.startsWith(`${key}.`)) ??
  keys.find((key) => key === `${field}.kind`) ??
  keys.find((key) => key.startsWith(`${field}.`));
