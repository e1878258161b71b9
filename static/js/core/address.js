/** The text of the address bar: a recipe, as its differences from the default or from a preset, and a moment. */

/** @typedef {import("../wire.js").Recipe} Recipe */
/** @typedef {{ readonly [key: string]: unknown }} Plain */
/** @typedef {import("../wire.js").Preset} Preset */
/** @typedef {{ at: string | null, example: number, look: number | null, view: string | null }} Place */
/** @typedef {{ readonly preset: Preset, readonly stop: number }} Guide a worked example, at one of its stops */

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

/** True if a value is of the kind that the query asks for. @param {URLSearchParams} query @param {string} key @param {Plain} value */
const isKept = (query, key, { kind }) => !query.has(`${key}.kind`) || query.get(`${key}.kind`) === kind;

/** @param {URLSearchParams} query @param {string} key @returns {number | null} null if it is not a whole number from 0 */
function numberIn(query, key) {
  const text = query.get(key) ?? "";
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * @param {Recipe} recipe @param {Recipe} defaults @param {Guide | null} guide @param {Place} place
 * @returns {string} "?seed=3&at=0/loss"
 */
export function toQuery(recipe, defaults, guide, place) {
  const query = new URLSearchParams(
    guide
      ? { preset: guide.preset.key, stop: String(guide.stop + 1) }
      : differences({ ...recipe }, { ...defaults }),
  );
  if (place.at !== null) query.set("at", place.at);
  if (place.look !== null) query.set("look", String(place.look));
  else if (place.example > 0) query.set("example", String(place.example));
  if (place.view !== null) query.set("view", place.view);
  // Slashes, commas and colons need no escape in a query, and a person reads the address.
  return `?${query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}

/**
 * @param {string} search @param {Recipe} defaults @param {readonly Preset[]} presets
 * @returns {{ recipe: unknown, guide: Guide | null, place: Place, unknown: string[] }} the recipe is unchecked: the
 * server says what is wrong with it; `unknown` lists keys that no recipe has, and a preset that does not exist
 */
export function fromQuery(search, defaults, presets) {
  const query = new URLSearchParams(search);
  const preset = presets.find(({ key }) => key === query.get("preset"));
  const recipe = structuredClone(/** @type {any} */ (preset?.recipe ?? defaults));
  /** @type {string[]} */
  const unknown = query.has("preset") && !preset ? [`preset=${query.get("preset")}`] : [];
  let changes = 0;
  for (const [path, text] of query) {
    if (PLACE.includes(path)) continue;
    changes++;
    const keys = path.split(".");
    if (!Object.hasOwn(defaults, keys[0])) {
      unknown.push(path);
      continue;
    }
    const last = /** @type {string} */ (keys.pop());
    // Another optimizer or loss starts without the settings of the one before.
    if (keys.length === 1 && isPlain(recipe[keys[0]]) && !isKept(query, keys[0], recipe[keys[0]]))
      recipe[keys[0]] = { kind: query.get(`${keys[0]}.kind`) };
    let owner = recipe;
    for (const key of keys) {
      owner = Object.hasOwn(owner, key) && isPlain(owner[key]) ? owner[key] : (owner[key] = {});
    }
    owner[last] = parsed(text);
  }
  const example = numberIn(query, "example");
  const stop = Number(query.get("stop") ?? 1) - 1;
  // A changed recipe is no longer the worked example that its stops are about.
  const guide = preset && changes === 0 ? { preset, stop: preset.stops[stop] ? stop : 0 } : null;
  const here = guide?.preset.stops[guide.stop];
  return {
    recipe,
    guide,
    unknown,
    place: {
      at: query.get("at") ?? here?.at ?? null,
      example: example ?? 0,
      look: numberIn(query, "look"),
      view: query.get("view") ?? (here && !query.has("at") ? `${here.name}/${here.cell}` : null),
    },
  };
}
