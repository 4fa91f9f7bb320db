/**
 * Detaches tracks from elements that are no longer on the page, a few in each task: to end the player
 * of an element takes a millisecond and more, and a page of people that is turned ends 49 of them.
 */
export function release(element: HTMLMediaElement): void {
  const { srcObject } = element;
  if (!srcObject) return;
  // The element plays another track meanwhile, or the same one again.
  if (released.push(() => element.srcObject === srcObject && detach(element)) === 1) setTimeout(releaseSome);
}

const released: (() => unknown)[] = [];

function releaseSome(): void {
  const end = performance.now() + SLICE;
  do released.shift()?.();
  while (released.length > 0 && performance.now() < end);
  if (released.length > 0) setTimeout(releaseSome);
}

function detach(element: HTMLMediaElement): void {
  element.srcObject = null;
}

/** Milliseconds: less than a frame. */
const SLICE = 8;
