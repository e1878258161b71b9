/** The files that a person drops or chooses, with their paths; those of folders, too. */

/** @typedef {import("./zip.js").Found} Found */

/** The most files that are gathered: the server accepts no more. */
const MOST = 20_000;

/** @param {FileList | readonly File[]} files of a picker @returns {Found[]} */
export const pickedFrom = (files) =>
  [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** @param {DataTransfer} transfer @returns {Promise<Found[]>} */
export async function droppedFrom(transfer) {
  // Items exist only during the event: all are taken before the first await.
  const items = [...transfer.items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  /** @type {Found[]} */
  const found = [];
  for (const item of items)
    if (item instanceof File) found.push({ path: item.name, file: item });
    else if (item) await gather(item, found);
  return found;
}

/** @param {FileSystemEntry} entry @param {Found[]} found is extended by all files in the entry @returns {Promise<void>} */
async function gather(entry, found) {
  if (found.length > MOST) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
    );
    found.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) await gather(one, found);
  }
}
