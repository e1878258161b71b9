/** The import rules of the page: graphics, then core, then one folder for each feature, then main.js. */

const JS = "^static/js/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "What two modules need of each other belongs in a third.",
      severity: "error",
      from: { path: JS },
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "A module that nothing imports is not on the page.",
      severity: "error",
      from: { orphan: true, path: JS, pathNot: ["\\.d\\.ts$", `${JS}theme\\.js$`] },
      to: {},
    },
    {
      name: "everything-is-reached",
      comment: "Everything is reached from main.js.",
      severity: "error",
      from: { path: `${JS}main\\.js$` },
      to: { reachable: false, path: JS, pathNot: ["\\.d\\.ts$", `${JS}theme\\.js$`, `${JS}main\\.js$`] },
    },
    {
      name: "graphics-is-below",
      comment:
        "Graphics draw numbers and know nothing of the state. The pure helpers of core and the words are below both.",
      severity: "error",
      from: { path: `${JS}graphics/` },
      to: { path: JS, pathNot: [`${JS}graphics/`, `${JS}core/(typed_arrays|timeline)\\.js$`, `${JS}words/`] },
    },
    {
      name: "core-has-no-elements",
      comment:
        "State and effects run without a page. Of a feature, core knows its state and other pure modules.",
      severity: "error",
      from: { path: `${JS}core/` },
      to: {
        path: `${JS}graphics/(dom|dialog|heatmap|legend|motion|thumbnail|mathml|plotly|map/.*)\\.js$`,
        reachable: true,
      },
    },
    {
      name: "state-is-pure",
      comment: "What the state is made of asks nothing and changes nothing.",
      severity: "error",
      from: { path: `${JS}(core/(state|shown_tensors|reducer|run_reducer|focus_reducer|timeline|address|place|link_text)|views/[^/]+/state)\\.js$` },
      to: { path: `${JS}core/(transport|http|events|store|effects|effects/.*)\\.js$`, reachable: true },
    },
    {
      name: "effects-are-the-only-way-to-the-network",
      comment: "Views dispatch actions and call effects; main.js gives the transport to the effects.",
      severity: "error",
      from: { path: JS, pathNot: `${JS}(main|core/(transport|events))\\.js$` },
      to: { path: `${JS}core/(transport|http|events)\\.js$` },
    },
    {
      name: "views-are-given-store-and-effects",
      comment: "A view is mounted with { store, effects } and makes neither.",
      severity: "error",
      from: { path: `${JS}views/` },
      to: { path: `${JS}core/(store|keyboard|effects|effects/.*)\\.js$` },
    },
    {
      name: "no-sibling-features",
      comment: "A feature opens another by an action in the store.",
      severity: "error",
      from: { path: `${JS}views/([^/]+)/` },
      to: { path: `${JS}views/`, pathNot: `${JS}views/$1/` },
    },
    {
      name: "main-composes",
      severity: "error",
      from: { path: JS },
      to: { path: `${JS}main\\.js$` },
    },
  ],
  options: { doNotFollow: { path: "node_modules" }, tsPreCompilationDeps: false },
};
