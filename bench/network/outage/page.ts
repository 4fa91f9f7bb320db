import { redirectMedia } from '../page/redirect-media.js';

// Runs in the web app before its own code. Redirects media through the network under test, and
// records the page's texts about lost media.

declare const MEDIA_PORT: number;
declare const MEDIA_ADDRESS: string;

/** Milliseconds since 1970, and the text of the page from then on; empty without one. */
export interface Said {
  at: number;
  text: string;
}

declare global {
  interface Window {
    said: Said[];
  }
}

redirectMedia(MEDIA_PORT, MEDIA_ADDRESS);
window.said = [];
new MutationObserver(() => {
  const text = document.querySelector('.media-banner')?.textContent ?? '';
  if (text !== (window.said.at(-1)?.text ?? '')) {
    window.said.push({ at: performance.timeOrigin + performance.now(), text });
  }
}).observe(document, { subtree: true, childList: true, characterData: true });
