/**
 * The ribbon's geometry: where in a phase a position lies, and which position lies where. A layer is as wide as its
 * name, however many cells it has, so that each can be pointed at. Within a layer each cell has the same share. Pure.
 */

import { chapters } from "../../core/timeline.js";

/** @typedef {import("../../core/timeline.js").Timeline} Timeline */
/** @typedef {import("../../wire.js").Segment["phase"]} Phase */
/** A layer in a phase: its positions, and its part of the phase's width, both as (from, to]. @typedef {{ layer: string, start: number, end: number, from: number, to: number }} Stretch */
/** @typedef {{ phase: Phase, start: number, end: number, layers: Stretch[] }} Band */

/** @param {Timeline} run @returns {Band[]} */
export function bandsOf(run) {
  return chapters(run).map(({ phase, layers }) => {
    const total = layers.reduce((sum, { layer }) => sum + layer.length + 1, 0);
    let to = 0;
    const own = layers.map((stretch) => {
      const from = to;
      to += (stretch.layer.length + 1) / total;
      return { ...stretch, from, to };
    });
    return { phase, start: own[0].start, end: own[own.length - 1].end, layers: own };
  });
}

/** @param {readonly Band[]} bands @param {number} position @returns {{ band: Band, part: number }} the part of the band's width that is done */
export function placeOf(bands, position) {
  const band = bands.find(({ end }) => position <= end) ?? bands[bands.length - 1];
  const { from, to, start, end } = band.layers.find((layer) => position <= layer.end) ?? band.layers[0];
  const done = Math.min(1, Math.max(0, (position - start) / (end - start)));
  return { band, part: from + done * (to - from) };
}

/** @param {Band} band @param {number} part of its width @returns {number} the position there: a cell that is done */
export function positionAt(band, part) {
  const layers = band.layers;
  const { from, to, start, end } = layers.find((layer) => part <= layer.to) ?? layers[layers.length - 1];
  const done = Math.min(1, Math.max(0, (part - from) / (to - from)));
  return start + Math.max(1, Math.round(done * (end - start)));
}
