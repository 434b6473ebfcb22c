// Runs before the first paint, so that a page never flashes in the other theme.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem('hookwatch.theme');
  } catch {
    // Storage may be blocked: then the system decides.
  }
  const dark = choice ? choice === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.classList.toggle('dark', dark);
})();
