/**
 * The glossary: a card for each word that has a meaning of its own here. `forms` are the ways in which sentences write
 * the word. Another language is a file like this one.
 */

/** @typedef {{ readonly title: string, readonly symbol: string, readonly forms: readonly string[], readonly text: string }} Entry */

/** @type {readonly Entry[]} */
export const GLOSSARY = [
  {
    title: "Gradient",
    symbol: "dL/dw",
    forms: ["gradient", "gradients"],
    text: "How fast the loss grows when this number grows. Positive: larger is worse. Negative: larger is better. A step moves each weight the other way.",
  },
  {
    title: "Blame",
    symbol: "dL/dout",
    forms: ["blame"],
    text: "The gradient of an output: how much the loss would grow if this output were a little larger. It comes back from the layer after it.",
  },
  {
    title: "Upstream gradient",
    symbol: "dL/dout",
    forms: ["upstream gradient", "upstream gradients"],
    text: "The gradient that arrives at a layer from the layer after it, on the way back from the loss.",
  },
  {
    title: "Weight",
    symbol: "w",
    forms: ["weight", "weights", "parameter", "parameters"],
    text: "A number that the network learns. It says how much an input counts. All examples use the same weights.",
  },
  {
    title: "Bias",
    symbol: "b",
    forms: ["bias"],
    text: "A learned number that is added to a sum, whatever the inputs are.",
  },
  {
    title: "Filter",
    symbol: "w[f]",
    forms: ["filter", "filters", "kernel"],
    text: "A small grid of weights that slides over the picture. Where the picture looks like the grid, the sum is large.",
  },
  {
    title: "Window",
    symbol: "x[p, q]",
    forms: ["window", "windows"],
    text: "The patch of the input under the filter at one place. Each window makes one number of the output.",
  },
  {
    title: "Stride",
    symbol: "s",
    forms: ["stride"],
    text: "How many cells the window moves from one place to the next.",
  },
  {
    title: "Padding",
    symbol: "p",
    forms: ["padding", "zero-padded"],
    text: "Zeros around the input, so that a window fits at the edge, too.",
  },
  {
    title: "Loss",
    symbol: "L",
    forms: ["loss"],
    text: "One number for how wrong the answer is. Training makes it small.",
  },
  {
    title: "Step",
    symbol: "t",
    forms: ["step", "steps"],
    text: "Forward, loss, backward and update for one batch: after it every weight is a little different.",
  },
  {
    title: "Epoch",
    symbol: "",
    forms: ["epoch", "epochs"],
    text: "As many steps as it takes to see every training example once.",
  },
  {
    title: "Batch",
    symbol: "N",
    forms: ["batch"],
    text: "The examples that one step learns from together. The gradient is the mean over them.",
  },
  {
    title: "Learning rate",
    symbol: "η",
    forms: ["learning rate"],
    text: "How far a step goes: the change of a weight is the gradient times this number, in the other direction.",
  },
  {
    title: "Channel",
    symbol: "C",
    forms: ["channel", "channels"],
    text: "One of several maps of the same place: red, green and blue of a picture, or one map for each filter before.",
  },
];
