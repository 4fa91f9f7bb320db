import { redirectMedia } from '../page/redirect-media.js';

// Runs in the web app before its own code: media go through the network under test, and what the
// person reads about lost media is written down.

declare const MEDIA_PORT: number;
declare const MEDIA_ADDRESS: string;

/** Milliseconds since 1970, and what the page says since then; empty while it says nothing. */
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
