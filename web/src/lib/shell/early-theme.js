// Runs before the first paint, so that the page never flashes up in the other theme.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('lexiscope-theme');
  } catch {
    // Storage is closed to this page: the system's theme it is.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
