/** Loads Plotly when it is first needed. Configures how its charts look and behave. */

export const CONFIG = {
  displaylogo: false,
  displayModeBar: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  responsive: true,
};

/** @type {Promise<any> | null} */
let plotly = null;

/** @param {string} address of the script @returns {Promise<any>} Plotly */
export function load(address) {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(/** @type {any} */ (window).Plotly);
    script.onerror = () => {
      plotly = null;
      reject(new Error("The charts could not be loaded."));
    };
    document.head.append(script);
  });
  return plotly;
}

/** The font and the background of every chart. @param {CSSStyleDeclaration} style */
export const groundOf = (style) => ({
  font: {
    family: style.fontFamily,
    size: parseFloat(style.fontSize),
    color: style.getPropertyValue("--ink").trim(),
  },
  paper_bgcolor: "transparent",
  plot_bgcolor: "transparent",
});
