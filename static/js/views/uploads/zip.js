/** Packs files into a zip without compression, so that a folder can be sent to the server. */

/** A file with its path in the folder. @typedef {{ readonly path: string, readonly file: Blob }} Found */

const UTF8 = 0x0800;
const VERSION = 20;
/** The date of all files, the first that a zip can hold: the dates of a person's pictures are private. */
const DAY = 0x0021;

const TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** @param {Uint8Array} bytes @returns {number} their CRC-32 */
export function checksum(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ TABLE[(value ^ byte) & 0xff];
  return (value ^ 0xffffffff) >>> 0;
}

/** @param {readonly (readonly [size: 2 | 4, value: number])[]} fields @returns {Uint8Array<ArrayBuffer>} little-endian */
function packed(fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let place = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(place, value, true);
    else view.setUint32(place, value, true);
    place += size;
  }
  return bytes;
}

/**
 * @param {readonly Found[]} files @param {(done: number) => void} [tell] is called after each file with the number of files packed
 * @returns {Promise<Blob>} uncompressed, because pictures are compressed already
 */
export async function zipped(files, tell = () => {}) {
  /** @type {BlobPart[]} */
  const body = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = [];
  let offset = 0;
  for (const [number, { path, file }] of files.entries()) {
    const name = new TextEncoder().encode(path);
    const crc = checksum(new Uint8Array(await file.arrayBuffer()));
    const head = packed([
      [2, VERSION],
      [2, UTF8],
      [2, 0],
      [2, 0],
      [2, DAY],
      [4, crc],
      [4, file.size],
      [4, file.size],
      [2, name.length],
      [2, 0],
    ]);
    body.push(packed([[4, 0x04034b50]]), head, name, file);
    const rest = packed([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ]);
    directory.push(packed([[4, 0x02014b50]]), packed([[2, VERSION]]), head, rest, name);
    offset += 4 + head.length + name.length + file.size;
    tell(number + 1);
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = packed([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, files.length],
    [2, files.length],
    [4, size],
    [4, offset],
    [2, 0],
  ]);
  return new Blob([...body, ...directory, end], { type: "application/zip" });
}
