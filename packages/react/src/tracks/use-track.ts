import { type RefObject, useEffect } from 'react';
import { release } from './release.js';

/** Plays a track in an element. */
export function useTrack(element: RefObject<HTMLMediaElement | null>, track: MediaStreamTrack): void {
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    current.srcObject = new MediaStream([track]);
    return () => release(current);
  }, [element, track]);
}
