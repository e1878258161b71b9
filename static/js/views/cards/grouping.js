/** Which layers share a card, so that the row of cards fits its width. All pure. */

/** @typedef {import("../../wire.js").LayerInfo} LayerInfo */
/** @typedef {{ readonly layers: readonly LayerInfo[], readonly isFocus: boolean }} Group neighbours that share a card */

/** The widths of the cards, of the gaps between them, and the least width of the layer in focus, in pixels. */
export const WIDTHS = { card: 108, slim: 56, gap: 16, focus: 640 };

/** True for a layer that begins a card: those after it share it until the next one. @param {LayerInfo} layer */
const begins = ({ form, parameters }) => parameters > 0 && (form === "windows" || form === "matrix");

/**
 * The layers in groups of neighbours, and the layer in focus alone.
 * @param {readonly LayerInfo[]} layers @param {string | null} focus @returns {Group[]}
 */
function neighbours(layers, focus) {
  /** @type {{ layers: LayerInfo[], isFocus: boolean }[]} */
  const groups = [];
  for (const layer of layers) {
    const last = groups.at(-1);
    const isFocus = layer.name === focus;
    if (!last || isFocus || last.isFocus || begins(layer)) groups.push({ layers: [layer], isFocus });
    else last.layers.push(layer);
  }
  return groups;
}

/**
 * Joins the two neighbours with the fewest layers, of equal ones those farther from the focus, which is left alone.
 * @param {readonly Group[]} groups @returns {Group[] | null} null where no two can be joined
 */
function joined(groups) {
  const focus = groups.findIndex(({ isFocus }) => isFocus);
  const pairs = groups.flatMap((group, at) => {
    const next = groups[at + 1];
    if (!next || group.isFocus || next.isFocus) return [];
    return [{ at, count: group.layers.length + next.layers.length, distance: Math.abs(at - focus) }];
  });
  const [pair] = pairs.sort((a, b) => a.count - b.count || b.distance - a.distance);
  if (!pair) return null;
  const both = { layers: [...groups[pair.at].layers, ...groups[pair.at + 1].layers], isFocus: false };
  return [...groups.slice(0, pair.at), both, ...groups.slice(pair.at + 2)];
}

/**
 * The cards of a row: neighbours such as convolution, ReLU and pool share one, and more of them where there is less room.
 * @param {readonly LayerInfo[]} layers those between the picture and the answer, with the layer in focus
 * @param {string | null} focus @param {number} width of the row in pixels @param {boolean} isSlim true for cards with a name only
 * @returns {readonly Group[]}
 */
export function groupsThatFit(layers, focus, width, isSlim) {
  const one = (isSlim ? WIDTHS.slim : WIDTHS.card) + WIDTHS.gap;
  const most = Math.max(1, Math.floor((width - WIDTHS.focus) / one));
  let groups = neighbours(layers, focus);
  const others = () => groups.filter(({ isFocus }) => !isFocus).length;
  while (others() > most) {
    const fewer = joined(groups);
    if (!fewer) break;
    groups = fewer;
  }
  return groups;
}

/**
 * What stands over a card: the names of its first and its last layer, each of which opens.
 * @param {Group} group @returns {{ layer: LayerInfo, words: string }[]}
 */
export function namesOn({ layers }) {
  const [first, last] = [layers[0], layers[layers.length - 1]];
  if (first === last) return [{ layer: first, words: first.title }];
  const isPair = layers.length === 2;
  return [
    { layer: first, words: isPair ? `${first.name},` : first.name },
    { layer: last, words: isPair ? last.name : `…${last.name}` },
  ];
}
