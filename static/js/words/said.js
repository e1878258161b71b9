/** A sentence as its parts, so that names and numbers can be bold without any HTML in it. All pure. */

/** @typedef {string | { readonly bold: string }} Part */
/** A sentence. @typedef {readonly Part[]} Said */

/** @param {string | number} text @returns {Part} */
export const bold = (text) => ({ bold: String(text) });

/**
 * The tag of a template whose values are texts, numbers, parts, or sentences.
 * @param {readonly string[]} strings @param {...(number | Part | Said)} values @returns {Said}
 */
export function said(strings, ...values) {
  const parts = strings.flatMap((text, i) => {
    const value = values[i] ?? "";
    return [text, ...(Array.isArray(value) ? value : [typeof value === "number" ? String(value) : value])];
  });
  return parts.filter((part) => part !== "");
}

/** @param {Said} sentence @returns {string} */
export const plain = (sentence) =>
  sentence.map((part) => (typeof part === "string" ? part : part.bold)).join("");
