import { useSyncExternalStore } from 'react';

/** Whether this browser lets pages fill the screen; iPhones do so for videos alone. */
export function canFillScreen(): boolean {
  return document.fullscreenEnabled === true;
}

/** Fills the screen with the element, by default with the page, or ends that. */
export function toggleFullScreen(element: Element = document.documentElement): void {
  // Refused without a click or a key; then nothing changes.
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  else if (canFillScreen()) element.requestFullscreen().catch(() => {});
}

/** Shows the picture alone on the whole screen, on iPhones with the player of the system. */
export function togglePicture(figure: HTMLElement): void {
  // A new track covers the former one.
  const video = [...figure.querySelectorAll<PhoneVideo>('video')].at(-1);
  if (canFillScreen()) toggleFullScreen(figure);
  else video?.webkitEnterFullscreen?.();
}

/** Whether `togglePicture` has an effect. */
export function canShowPictureAlone(): boolean {
  return canFillScreen() || 'webkitEnterFullscreen' in HTMLVideoElement.prototype;
}

/** Whether the element, by default the page, fills the screen. */
export function useIsFullScreen(element?: () => Element | null): boolean {
  return useSyncExternalStore(subscribe, () => {
    const { fullscreenElement } = document;
    return fullscreenElement !== null && fullscreenElement === (element ? element() : document.documentElement);
  });
}

type PhoneVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

function subscribe(changed: () => void): () => void {
  document.addEventListener('fullscreenchange', changed);
  return () => document.removeEventListener('fullscreenchange', changed);
}
