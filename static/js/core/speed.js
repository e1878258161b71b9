/** The speeds of play: a ladder that each unit climbs for itself. All pure. */

/** @typedef {import("./timeline.js").Unit} Unit */
/** In units a second; null is as fast as it goes. @typedef {number | null} Speed */
/** @typedef {Readonly<Record<Unit, Speed>>} Speeds */

/** From the slowest to the fastest. @type {readonly Speed[]} */
const LADDER = [0.25, 0.5, 1, 2, 4, 10, 30, 100, 300, null];

/** How fast each unit plays until a person chooses. @type {Speeds} */
export const SPEEDS = { cell: 4, layer: 1, phase: 0.5, iteration: 10, epoch: null };

/** @param {{ readonly unit: Unit, readonly speeds: Speeds }} play @returns {Speed} of the unit it plays by */
export const speedOf = ({ unit, speeds }) => speeds[unit];

/**
 * The next speed of the ladder; at its end the same one.
 * @param {Speed} speed @param {1 | -1} direction 1 for a faster one @returns {Speed}
 */
export function nextSpeed(speed, direction) {
  if (speed === null) return direction > 0 ? null : LADDER[LADDER.length - 2];
  const beyond = LADDER.filter((each) => (each === null ? 1 : Math.sign(each - speed)) === direction);
  return (direction > 0 ? beyond[0] : beyond.at(-1)) ?? (direction > 0 ? null : speed);
}
