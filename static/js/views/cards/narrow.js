/** True where a window has chips in place of cards: a phone, a tablet, or a laptop at 200 %. The style sheet has the same bounds. */
export const isNarrow = () => window.matchMedia?.("(max-width: 900px), (max-height: 450px)").matches ?? false;
