import { type RefObject, useEffect, useState } from 'react';
import { centreOn, keyZoom, moveBy, STEP, WHOLE, type Zoom, zoomAt } from './zoom.js';

/**
 * The zoom of a picture in a frame: by wheel, two fingers, keys while the focus is in the frame, and
 * the returned functions; a finger or the mouse moves an enlarged picture, and without dragging (WCAG
 * 2.5.7) a click brings its place into the middle.
 */
export function useZoom(frame: RefObject<HTMLElement | null>) {
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  useEffect(() => {
    const element = frame.current;
    return element ? watchFrame(element, setZoom) : undefined;
  }, [frame]);
  return {
    zoom,
    zoomIn: () => setZoom((before) => zoomAt(before, STEP)),
    zoomOut: () => setZoom((before) => zoomAt(before, 1 / STEP)),
    whole: () => setZoom(WHOLE),
  };
}

type Change = (next: (before: Zoom) => Zoom) => void;

function watchFrame(frame: HTMLElement, change: Change): () => void {
  const ends = new AbortController();
  const { signal } = ends;
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const { x, y } = partOf(frame, event);
    // A notch of a wheel is 100, a touchpad's steps are small.
    change((before) => zoomAt(before, Math.exp(-event.deltaY / 400), x, y));
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (keyZoom(WHOLE, event.key) === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    change((before) => keyZoom(before, event.key) ?? before);
  };
  frame.addEventListener('wheel', wheel, { signal, passive: false });
  frame.addEventListener('keydown', key, { signal });
  watchPointers(frame, change, signal);
  return () => ends.abort();
}

function watchPointers(frame: HTMLElement, change: Change, signal: AbortSignal): void {
  const pointers = new Map<number, { x: number; y: number }>();
  /** Where the only pointer went down; undefined after a drag and with two fingers. */
  let pressed: { x: number; y: number } | undefined;
  const down = (event: PointerEvent) => {
    if (event.target instanceof Element && event.target.closest('button, [data-active]')) return;
    frame.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, partOf(frame, event));
    pressed = pointers.size === 1 ? partOf(frame, event) : undefined;
  };
  const move = (event: PointerEvent) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = partOf(frame, event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (pressed && distance(pressed, now) > DRAGGED) pressed = undefined;
    change((zoom) => {
      if (!other) return moveBy(zoom, now.x - before.x, now.y - before.y);
      const factor = distance(now, other) / Math.max(distance(before, other), 0.01);
      return zoomAt(zoom, factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
    });
  };
  const cancel = (event: PointerEvent) => void pointers.delete(event.pointerId);
  const up = (event: PointerEvent) => {
    const place = pointers.has(event.pointerId) ? pressed : undefined;
    if (place) change((zoom) => centreOn(zoom, place.x, place.y));
    cancel(event);
  };
  frame.addEventListener('pointerdown', down, { signal });
  frame.addEventListener('pointermove', move, { signal });
  frame.addEventListener('pointerup', up, { signal });
  frame.addEventListener('pointercancel', cancel, { signal });
}

function partOf(frame: HTMLElement, { clientX, clientY }: MouseEvent): { x: number; y: number } {
  const { left, top, width, height } = frame.getBoundingClientRect();
  return { x: (clientX - left) / (width || 1), y: (clientY - top) / (height || 1) };
}

function distance(one: { x: number; y: number }, other: { x: number; y: number }): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

/** Part of the frame: hands tremble. */
const DRAGGED = 0.01;
