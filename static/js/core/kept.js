/** Choices of a person that the browser keeps from visit to visit. */

/** @param {string} key @returns {string | null} null for nothing kept, or where storage is forbidden */
export function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Where storage is forbidden, a choice lasts as long as the page. @param {string} key @param {string} value */
export function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The page shows the choice all the same.
  }
}
