import { brand } from '../brand.js';

/** The page's title: what waits for the user comes first, since a tab shows only the beginning. */
export function attentionTitle(title: string, unread: number, waiting: number): string {
  const count = unread + waiting;
  return `${count > 0 ? `(${count > 99 ? '99+' : count}) ` : ''}${title} · ${brand.name}`;
}

/** A notification of the system, if the user wants them and does not see the page. */
export function notifySystem(title: string, text: string, tag: string): void {
  if (!document.hidden || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  // Of the same tag only the newest is shown.
  const options = { body: text, tag, icon: brand.logo };
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Phones show notifications of service workers alone, which also brings the page to the front.
    void navigator.serviceWorker?.getRegistration().then((worker) => worker?.showNotification(title, options));
  }
}

/** Asks for the permission. False: the browser or the user refuses. */
export async function mayNotify(): Promise<boolean> {
  if (typeof Notification === 'undefined') return false;
  return (await Notification.requestPermission()) === 'granted';
}

/** The ids in `now` that are not in `before`. */
export function newcomers(before: readonly { id: string }[], now: readonly { id: string }[]): string[] {
  const known = new Set(before.map(({ id }) => id));
  return now.map(({ id }) => id).filter((id) => !known.has(id));
}
