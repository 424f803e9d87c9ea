/* Theme, row height and keys: applied at once and kept in a cookie, so that the server renders the next page right.
   Cookie ops_look = "theme.density.keys", as in "dark.compact.on"; POST /appearance writes the same without scripts. */
(() => {
  "use strict";
  const YEAR = 60 * 60 * 24 * 365;

  document.addEventListener("change", ({ target }) => {
    if (!target.dataset?.look) return;
    const root = document.documentElement;
    const chosen = (name, otherwise) => target.form?.querySelector(`[data-look="${name}"]:checked`)?.value ?? otherwise;
    const [theme, density, keys] = [chosen("theme", "system"), chosen("density", "compact"), chosen("keys", "on")];
    root.dataset.theme = theme;
    root.dataset.density = density;
    if (keys === "off") root.dataset.keys = "off";
    else delete root.dataset.keys;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `ops_look=${theme}.${density}.${keys}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  });
})();
