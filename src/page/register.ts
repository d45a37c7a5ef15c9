/** Registers the service worker. Apart from the rest of the bridge (archive-link.ts), which only a download needs. */

/** Starts installing it, so that the first download does not wait for that. */
export async function registerServiceWorker(): Promise<void> {
  if ('serviceWorker' in navigator) await navigator.serviceWorker.register(new URL('main.js', document.baseURI));
}
