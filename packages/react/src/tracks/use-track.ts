import { type RefObject, useEffect } from 'react';

/** Plays a track in an element. */
export function useTrack(element: RefObject<HTMLMediaElement | null>, track: MediaStreamTrack): void {
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    current.srcObject = new MediaStream([track]);
    return () => {
      current.srcObject = null;
    };
  }, [element, track]);
}
