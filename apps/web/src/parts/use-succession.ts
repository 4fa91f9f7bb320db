import { useCallback, useEffect, useState } from 'react';

/**
 * From one track to the one that follows it without a hole: `tracks` are what is to be played now, the one shown first. A newcomer gets an element of its own
 * (key it by the track's id) and plays beside what was there until `onPlaying` is called with it.
 */
export function useSuccession(track: MediaStreamTrack | undefined): {
  tracks: MediaStreamTrack[];
  onPlaying: (track: MediaStreamTrack) => void;
} {
  const [settled, setSettled] = useState(track);
  const waiting = settled !== undefined && track !== undefined && settled !== track;
  useEffect(() => {
    if (!waiting) {
      setSettled(track);
      return;
    }
    const timer = setTimeout(() => setSettled(track), LONGEST_WAIT);
    return () => clearTimeout(timer);
  }, [waiting, track]);
  const onPlaying = useCallback((playing: MediaStreamTrack) => {
    setSettled((before) => (before === undefined ? before : playing));
  }, []);
  if (track === undefined) return { tracks: [], onPlaying };
  return { tracks: waiting ? [settled, track] : [track], onPlaying };
}

/** Milliseconds: the SDK hands over a track when something came through it. In a page that nobody looks at pictures are not shown at all. */
const LONGEST_WAIT = 1_500;
