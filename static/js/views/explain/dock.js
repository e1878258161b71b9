/** The dock beside the network explains the open number: its name, the number, the answer in short, and tabs that say more. */

import { element, one, say } from "../../graphics/dom.js";
import { indexOf } from "../../graphics/format.js";
import { isLive } from "../../core/state.js";
import { infoOf, isComputed } from "../../core/shown_tensors.js";
import { DOCK, TABS } from "../../words/explain.js";
import { mountAnswer } from "./answer.js";
import { cellName } from "./cell_name.js";
import { mountEnlargedMap } from "./enlarged_map.js";
import { mountHistoryPanel } from "./history_panel.js";
import { mountKeep } from "./keep.js";
import { mountNudge } from "./nudge.js";
import { mountPathPanel } from "./path_panel.js";
import { mountSharesPanel } from "./shares_panel.js";
import { tabOf, tabsOf } from "./state.js";
import { mountTermsPanel } from "./terms_panel.js";
import { mountWindowView } from "./window_view.js";

/** @typedef {import("../../core/state.js").State} State */
/** @typedef {import("../../core/effects.js").App} App */
/** @typedef {import("../../wire.js").TensorInfo} TensorInfo */
/** @typedef {import("./state.js").Tab} Tab */

/** The space between the tabs and the panel below, in pixels. */
const GAP = 8;

/** @param {string} name of a tensor @returns {HTMLElement | null} its map in the network */
const mapInNetwork = (name) => document.querySelector(`#network heat-map[data-name="${CSS.escape(name)}"]`);

/**
 * The tabs that apply, of which arrow keys choose one.
 * @param {HTMLElement} list @param {App} app @returns {(tabs: readonly Tab[], open: Tab | null) => void}
 */
function mountTabs(list, { effects }) {
  const buttons = new Map(
    /** @type {Tab[]} */ (Object.keys(TABS)).map((tab) => {
      const button = element("button", "", TABS[tab]);
      button.id = `tab-${tab}`;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", `panel-${tab}`);
      button.addEventListener("click", () => effects.openTab(tab));
      return [tab, button];
    }),
  );
  let drawn = "";
  list.addEventListener("keydown", (event) => {
    const shown = /** @type {HTMLButtonElement[]} */ ([...list.children]);
    const at = shown.findIndex((button) => button === document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to =
      event.key === "Home" ? 0 : event.key === "End" ? -1 : step && (at + step + shown.length) % shown.length;
    if (to === undefined || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = /** @type {HTMLButtonElement} */ (shown.at(to));
    next.focus();
    next.click();
  });
  return (tabs, open) => {
    if (drawn !== (drawn = tabs.join()))
      list.replaceChildren(...tabs.map((tab) => /** @type {HTMLElement} */ (buttons.get(tab))));
    for (const [tab, button] of buttons) {
      button.setAttribute("aria-selected", String(tab === open));
      button.tabIndex = tab === open ? 0 : -1;
    }
  };
}

/** The cells that led to the open one. @param {HTMLElement} trail @param {App} app @returns {(state: State) => void} */
function mountTrail(trail, { effects }) {
  /** @type {State["trail"] | null} */
  let drawn = null;
  return ({ trail: cells, run }) => {
    if (cells === drawn || !run) return;
    drawn = cells;
    trail.hidden = cells.length === 0;
    trail.replaceChildren(
      ...cells.map(({ name, cell }, depth) => {
        const info = infoOf(run, name);
        const place = info ? `[${indexOf(cell, info.shape).join(",")}]` : "";
        const back = element("button", "link", DOCK.back(`${name}${place}`));
        back.addEventListener("click", () => effects.goBack(depth));
        return back;
      }),
    );
  };
}

/**
 * Gives the focus to the dock when it opens by the keyboard or a click in the network, and back when it closes.
 * @param {HTMLElement} root @returns {(name: string | null) => void} takes the open tensor
 */
function mountFocusKeeper(root) {
  let opened = "";
  /** What had the focus before. @type {Element | null} */
  let before = null;
  return (name) => {
    if (name === null) {
      const back = before?.isConnected ? before : mapInNetwork(opened);
      if (opened && back instanceof HTMLElement && root.contains(document.activeElement))
        back.focus({ preventScroll: true });
      opened = "";
    } else if (opened === "") {
      before = document.activeElement?.closest("#network") ? document.activeElement : null;
      opened = name;
      root.hidden = false;
      // Where the dock is a sheet, what it speaks of scrolls above it.
      if (getComputedStyle(root).position === "fixed")
        document.querySelector("#cards .card.focus")?.scrollIntoView({ block: "start" });
      const map = root.querySelector("#panel-map:not([hidden]) heat-map");
      if (before) /** @type {HTMLElement} */ (map ?? one("h2", root)).focus({ preventScroll: true });
    }
    opened = name ?? "";
  };
}

/** @param {HTMLElement} root @param {App} app @returns {(state: State) => void} */
export function mountDock(root, app) {
  const { store, effects } = app;
  const [title, symbol, body] = [one("h2", root), one(".symbol", root), one(".body", root)];
  const panels = /** @type {Tab[]} */ (Object.keys(TABS)).map(
    (tab) => /** @type {const} */ ([tab, one(`#panel-${tab}`, root)]),
  );
  const [drawTrail, drawTabs] = [mountTrail(one(".trail", root), app), mountTabs(one(".tabs", root), app)];
  const drawAnswer = mountAnswer(one(".answer", root), app);
  const keepFocus = mountFocusKeeper(root);
  const drawPanels = [
    mountTermsPanel(one("#panel-terms", root), app),
    mountSharesPanel(one("#panel-shares", root)),
    mountPathPanel(one("#panel-path", root), app),
    mountWindowView(one("#panel-windows", root), app),
    mountHistoryPanel(one("#panel-history", root), app),
    mountNudge(/** @type {HTMLFormElement} */ (one("#nudge", root)), app),
    mountKeep(/** @type {HTMLFormElement} */ (one("#keep", root)), app),
    mountEnlargedMap(one("#panel-map", root), app),
  ];
  /** @type {{ large: State["large"], shown: State["shown"], tab: Tab } | null} */
  let drawn = null;
  one(".close", root).addEventListener("click", () => effects.enlarge(null));
  one(".show-code", root).addEventListener("click", () => store.dispatch({ type: "dialog", open: "lens" }));

  /** Draws the tabs, and shows the panel of the open one. @param {State} state */
  function drawTabsAndPanels(state) {
    const open = tabOf(state);
    drawTabs(tabsOf(state), open);
    for (const [tab, panel] of panels) {
      // In Everything the map is no tab: it is always open.
      const isSection = tab === "map" && state.depth === "everything";
      panel.hidden = !isSection && tab !== open;
      if (isSection) panel.removeAttribute("role");
      else panel.setAttribute("role", "tabpanel");
    }
  }

  /** @param {State} state @param {TensorInfo} info @param {number} cell */
  function draw(state, info, cell) {
    const { run, explanation, large, shown } = state;
    if (!run) return;
    const index = indexOf(cell, info.shape);
    say(title, cellName(run, info, index));
    const layer = run.layers.find(({ name }) => name === info.layer);
    say(symbol, `${info.name}[${index.join(",")}]${layer ? ` · ${layer.title}` : ""}`);
    drawTrail(state);
    drawAnswer(state, info, cell);
    // While an explanation is on its way, what is drawn keeps its place and is not seen.
    const isWaiting = isComputed(state, info.name, cell) && (explanation === null || isLive(state));
    root.setAttribute("aria-busy", String(isWaiting));
    root.classList.toggle("live", isLive(state));
    if (!isWaiting || drawn === null || drawn.large?.name !== large?.name) drawTabsAndPanels(state);
    for (const drawPanel of drawPanels) drawPanel(state);
    // A new question starts at the top, a step of the same question stays where it is.
    if (drawn?.large !== large && drawn?.shown === shown) body.scrollTop = 0;
    // A tab that a person opens is in view.
    else if (drawn && drawn.tab !== state.inspection.tab) scrollToPanel(state.inspection.tab);
    drawn = { large, shown, tab: state.inspection.tab };
  }

  /** @param {Tab} tab */
  function scrollToPanel(tab) {
    const panel = one(`#panel-${tab}`, root).getBoundingClientRect();
    const room = body.getBoundingClientRect();
    const tabs = one(".tabs", root).offsetHeight;
    if (panel.bottom > room.bottom) body.scrollTop += panel.top - room.top - tabs - GAP;
  }

  return (state) => {
    const { run, large } = state;
    const info = run && large && infoOf(run, large.name);
    root.hidden = !info;
    if (info && large) draw(state, info, large.cell);
    else drawn = null;
    keepFocus(info ? info.name : null);
  };
}
