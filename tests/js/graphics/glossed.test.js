import { find, openPage, textOf } from "../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { glossed, mountGlossary, sayGlossed } from "../../../static/js/graphics/glossed.js";
import { GLOSSARY } from "../../../static/js/words/glossary.js";

/** @param {string} text @returns {string[]} the words that open a card */
const wordsIn = (text) =>
  glossed(text).flatMap((part) => (typeof part === "string" ? [] : [part.textContent ?? ""]));

test("the first occurrence of each word opens its card, and no part of another word", () => {
  openPage();
  assert.deepEqual(wordsIn("The upstream gradient times the weight, and the weight again."), [
    "upstream gradient",
    "weight",
  ]);
  assert.deepEqual(wordsIn("Gradients of weighted sums at footsteps; conv1.bias and loss.loss[0]"), [
    "Gradients",
  ]);
  const text = "Each window of the zero-padded input times the kernel, summed, plus the bias.";
  assert.deepEqual(wordsIn(text), ["window", "zero-padded", "kernel", "bias"]);
  assert.equal(
    glossed(text)
      .map((part) => (typeof part === "string" ? part : part.textContent))
      .join(""),
    text,
    "the sentence stays the same",
  );
});

test("a word fills the card with its own text, and is a button for the keyboard", () => {
  openPage();
  mountGlossary(find("#glossary"));
  const sentence = find("#sentence");
  sayGlossed(sentence, "The batch and the loss.");
  const [batch, loss] = sentence.querySelectorAll("button");
  batch.click();
  assert.equal(textOf("#glossary h3"), "Batch");
  loss.click();
  assert.equal(textOf("#glossary h3"), "Loss");
  assert.equal(loss.getAttribute("popovertarget"), "glossary");
  assert.equal(loss.type, "button", "within a form it sends nothing");
  const kept = sentence.firstChild;
  sayGlossed(sentence, "The batch and the loss.");
  assert.equal(sentence.firstChild, kept, "the same text is not drawn again");
});

test("no two cards have the same form of a word", () => {
  const forms = GLOSSARY.flatMap((entry) => entry.forms);
  assert.equal(new Set(forms).size, forms.length);
});
