/** Before and after: what a layer reads beside what it makes, and on the way back the gradient that arrives beside the one that leaves. */

import { element } from "../../graphics/dom.js";
import { sourceOf } from "../../core/focus.js";
import { infoOf } from "../../core/state.js";
import { figureOf, whole } from "./maps.js";

/** @typedef {import("./focus.js").Form} Form */

/** The height of a caption, and the width of the arrow between both sides, in pixels. */
const CAPTION = 28;
const ARROW = 56;

/** @type {Form} */
export function mountBeforeAndAfter(root, app) {
  const [left, right] = [figureOf(app), figureOf(app)];
  const arrow = element("span", "arrow");
  root.replaceChildren(left.root, arrow, right.root);

  return ({ state, run, layer, phase, box }) => {
    const isBack = phase === "backward";
    const tensor = isBack ? "dout" : "out";
    const [before, after] = [sourceOf(run, layer.name).name, layer.name].map((name) =>
      infoOf(run, `${name}.${tensor}`),
    );
    const each = { width: Math.floor((box.width - ARROW) / 2), height: box.height - CAPTION };
    arrow.textContent = isBack ? "←" : "→";
    for (const [figure, info, words] of /** @type {const} */ ([
      [left, before, isBack ? "gradient that leaves" : "what it reads"],
      [right, after, isBack ? "gradient that arrives" : "what it makes"],
    ])) {
      figure.root.hidden = info === undefined;
      if (info) figure.draw(state, info, whole(info), each, { words });
    }
  };
}
