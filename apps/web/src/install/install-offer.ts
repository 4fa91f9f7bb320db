import { useSyncExternalStore } from 'react';

/** Browsers that install pages fire it once the page fits; not in the DOM's types. */
interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<unknown>;
}

/** To be called early: browsers fire the event once. */
export function noticeInstallOffer(): void {
  const note = (event?: Event) => {
    // Without a bar of the browser over the page.
    event?.preventDefault();
    offer = event as BeforeInstallPromptEvent | undefined;
    changed();
  };
  window.addEventListener('beforeinstallprompt', note);
  window.addEventListener('appinstalled', () => note());
}

/** Shows the browser's question whether to install the page; undefined where there is none. */
export function useInstallOffer(): (() => void) | undefined {
  const event = useSyncExternalStore(subscribe, () => offer);
  // Browsers show it once for each event, and fire another after a refusal.
  return event && (() => void event.prompt().catch(() => {}));
}

function subscribe(listener: () => void): () => void {
  changed = listener;
  return () => {
    changed = () => {};
  };
}

let offer: BeforeInstallPromptEvent | undefined;

/** Of the one page that shows the offer. */
let changed = () => {};
