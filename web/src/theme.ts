/** Runs before the first paint, so that a chosen theme does not flash the other one: sets `data-theme` on the root. */

const stored = (() => {
  try {
    return localStorage.getItem("farboard.theme");
  } catch {
    return null;
  }
})();
if (stored === '"light"' || stored === '"dark"') document.documentElement.dataset.theme = stored.slice(1, -1);
