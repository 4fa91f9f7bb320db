/**
 * Lets the browser keep the page that it shows while the server cannot be reached
 * (`src/offline`). Not in the frames of other pages, where people do not choose this server, and not
 * where the operator of the server has turned it off.
 */
export function keepOfflinePage(): void {
  if (!import.meta.env.PROD || window.top !== window) return;
  if (document.querySelector('meta[name="waterbus-service-worker"]')) return;
  // After the files of the page. Browsers may refuse it, as in private windows.
  window.addEventListener('load', () => {
    navigator.serviceWorker?.register('/service-worker.js').catch(() => {});
  });
}
