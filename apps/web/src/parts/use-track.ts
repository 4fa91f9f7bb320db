import { type RefObject, useEffect } from 'react';

/**
 * Plays a track in an element, or nothing. Another track comes into the same stream before the old one goes: a new stream would show black until its
 * first picture is there.
 */
export function useTrack(element: RefObject<HTMLMediaElement | null>, track: MediaStreamTrack | undefined): void {
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    const { srcObject } = current;
    if (!track) {
      current.srcObject = null;
    } else if (srcObject instanceof MediaStream) {
      srcObject.addTrack(track);
      for (const other of srcObject.getTracks()) if (other !== track) srcObject.removeTrack(other);
    } else {
      current.srcObject = new MediaStream([track]);
    }
  }, [element, track]);
  useEffect(() => {
    const { current } = element;
    return () => {
      if (current) current.srcObject = null;
    };
  }, [element]);
}
