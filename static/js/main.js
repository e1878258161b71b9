/** The page: the store, the effects, and the views, put together. */

import { ENDS } from "./graphics/colour.js";
import { element, one } from "./graphics/dom.js";
import { mountGlossary } from "./graphics/glossed.js";
import { writeNumbersFor } from "./graphics/format.js";
import { createAddressBar } from "./core/address_bar.js";
import { createEffects } from "./core/effects.js";
import { withFirstSight } from "./core/first_sight.js";
import { createIdentity } from "./core/identity.js";
import { keep } from "./core/kept.js";
import { bindKeys, KEYS } from "./core/keyboard.js";
import { INITIAL, reduce } from "./core/reducer.js";
import { noticeOf, staleIn } from "./core/state.js";
import { createStore } from "./core/store.js";
import { formatMoment } from "./core/timeline.js";
import * as transport from "./core/transport.js";
import { mountAnswer } from "./views/cards/answer.js";
import { mountBuilder } from "./views/builder/dialog.js";
import { mountCards } from "./views/cards/cards.js";
import { mountCharts } from "./views/run/charts.js";
import { mountCompare } from "./views/compare/dialog.js";
import { mountControls } from "./views/time/controls.js";
import { mountData } from "./views/data/dialog.js";
import { mountFocus } from "./views/focus/focus.js";
import { mountDraw } from "./views/draw/dialog.js";
import { mountEdits } from "./views/edits/edits.js";
import { mountExamples } from "./views/examples/dialog.js";
import { mountUploads } from "./views/uploads/panel.js";
import { mountDock } from "./views/explain/dock.js";
import { mountLossCurve } from "./views/time/loss_curve.js";
import { mountTooltip } from "./views/stage/tooltip.js";
import { mountGuide, mountPresets } from "./views/run/worked_example.js";
import { mountEvaluation } from "./views/evaluation/dialog.js";
import { mountLens } from "./views/explain/lens.js";
import { mountGradientCheck } from "./views/explain/gradient_check.js";
import { mountStack } from "./views/explain/stack.js";
import { mountFollowing } from "./views/players/following.js";
import { mountHere } from "./views/players/here.js";
import { mountNow } from "./views/time/now.js";
import { mountRecipeLine } from "./views/run/recipe_line.js";
import { mountPresent } from "./views/present/present.js";
import { mountPicture } from "./views/cards/picture.js";
import { mountDepth } from "./views/cards/depth.js";
import { mountStart } from "./views/run/start.js";
import { mountHeldColours } from "./views/cards/held_colours.js";
import { mountSettings } from "./views/settings/dialog.js";
import { mountStage } from "./views/stage/stage.js";
import { mountStopping } from "./views/run/early_stopping.js";
import { mountTraining } from "./views/run/train_to_accuracy.js";

/** @typedef {import("./core/state.js").State} State */

const root = document.documentElement;
const store = createStore(INITIAL, reduce);
const identity = createIdentity(() => sessionStorage);
const bar = createAddressBar(window);
const sight = JSON.parse(document.querySelector("#first-sight")?.textContent ?? "null");
const effects = createEffects(store, withFirstSight(transport, sight), bar, identity);
/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (one(`#${id}`));

/** What every view gets. */
const app = { store, effects };
/** @param {import("./core/state.js").DialogName} name @returns {() => void} */
const opening = (name) => () => store.dispatch({ type: "dialog", open: name });

/** @param {State["theme"]} theme */
function setTheme(theme) {
  root.dataset.theme = theme;
  for (const [end, colour] of Object.entries(ENDS[theme])) root.style.setProperty(`--${end}`, colour);
  store.dispatch({ type: "theme", theme });
}

function toggleTheme() {
  setTheme(store.get().theme === "dark" ? "light" : "dark");
  keep("theme", store.get().theme);
}

const help = dialog("keys");
one("tbody", help).append(
  ...KEYS.map(({ keys, does }) =>
    element("tr", "", element("th", "", element("kbd", "", keys)), element("td", "", does)),
  ),
);
one(".close", help).addEventListener("click", () => help.close());

const open = {
  settings: opening("settings"),
  network: opening("builder"),
  draw: opening("draw"),
  charts: opening("charts"),
  theme: toggleTheme,
  help: () => help.showModal(),
  present: () => store.dispatch({ type: "present", on: store.get().presentedFrom === null }),
  /** What Escape closes: the presentation, or else the open cell. */
  close() {
    if (store.get().presentedFrom === null) effects.enlarge(null);
    else store.dispatch({ type: "present", on: false });
  },
};
one("#open-draw").addEventListener("click", open.draw);
one("#open-presets").addEventListener("click", opening("presets"));
one("#open-network").addEventListener("click", open.network);
one("#open-data").addEventListener("click", opening("data"));
one("#open-settings").addEventListener("click", open.settings);
one("#open-evaluation").addEventListener("click", opening("evaluation"));
one("#open-compare").addEventListener("click", opening("compare"));
one("#open-charts").addEventListener("click", open.charts);
one("#open-examples").addEventListener("click", opening("examples"));
one("#open-lens").addEventListener("click", opening("lens"));
one("#open-stack").addEventListener("click", opening("stack"));
one("#open-keys").addEventListener("click", open.help);
one("#theme").addEventListener("click", open.theme);
one("#reset").addEventListener("click", () => effects.reset());
// After a click the keys belong to the page again, also after a dialog that it opened has closed.
for (const place of ["#top", "#network"])
  one(place).addEventListener(
    "click",
    (event) => {
      const { activeElement } = document;
      if (event.detail > 0 && activeElement instanceof HTMLButtonElement) activeElement.blur();
    },
    { capture: true },
  );
// The menu closes when one of its items is chosen.
one("#menu").addEventListener("click", () => one("#menu").hidePopover());
bindKeys(effects, open);
mountGlossary(one("#glossary"));

const problem = one("#problem");
one("button", problem).addEventListener("click", () => store.dispatch({ type: "problem", problem: null }));

/** @param {State} state */
function mountNotices(state) {
  const text = noticeOf(state);
  problem.hidden = text === null;
  one("p", problem).textContent = text;
  one("button", problem).hidden = state.problem === null;
  root.dataset.stale = staleIn(state);
  root.dataset.ready = String(state.shown !== null);
  if (state.run && state.shown) root.dataset.at = formatMoment(state.run, state.shown.moment);
}

writeNumbersFor(navigator.language);
const views = [
  mountStage(one("#stage"), app),
  mountDock(one("#dock"), app),
  mountEdits(one("#edits"), app),
  mountTooltip(one("#tooltip")),
  mountPicture(one("#picture"), app),
  mountCards(one("#cards"), app, mountFocus),
  mountAnswer(one("#answer"), app),
  mountDepth(one("#depth"), app),
  mountHeldColours(one("#hold-colours"), app),
  mountTraining(one("#training"), app),
  mountTraining(one("#draw .training"), app),
  mountStopping(one("#stopped"), app),
  mountPresent(one("#leave"), one("#spotlight"), app),
  mountNow(one("#now")),
  mountStart(one("#start"), app),
  mountControls(one("#controls"), app),
  mountGuide(one("#guide"), app),
  mountPresets(dialog("presets"), app),
  mountRecipeLine(one("#recipe-line")),
  mountHere(one("#here"), one("#players"), app),
  mountFollowing(one("#following"), app),
  mountSettings(dialog("settings"), app),
  mountEvaluation(dialog("evaluation"), app),
  mountBuilder(dialog("builder"), app),
  mountCompare(dialog("compare"), app),
  mountData(dialog("data"), app),
  mountUploads(one("#data .own"), app),
  mountExamples(dialog("examples"), app),
  mountDraw(dialog("draw"), app),
  mountGradientCheck(dialog("check"), app),
  mountLens(dialog("lens"), app),
  mountStack(dialog("stack"), app),
  mountCharts(dialog("charts"), app),
  mountNotices,
  // Text on a canvas needs the styles of the page, so the curve is drawn when all others have changed theirs.
  mountLossCurve(one("#run"), app),
];

let frame = 0;
store.subscribe(() => {
  // Draws at most once a frame, and only the newest state.
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    for (const view of views) view(store.get());
  });
});
setTheme(root.dataset.theme === "dark" ? "dark" : "light");
bar.listen(() => void effects.openAddress());
window.addEventListener("pagehide", () => void identity.leave());
window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  identity.comeBack();
  effects.checkConnection(true);
});
window.addEventListener("online", () => effects.checkConnection(true));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") effects.checkConnection();
});
void effects.openPage();
