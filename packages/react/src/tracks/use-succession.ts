import { useCallback, useEffect, useState } from 'react';

/**
 * The change from one track to the next one without a gap: `tracks` are to be played now, the shown
 * one first. A new track gets an element of its own (its key is the track's id) and plays beside
 * the former one until `onPlaying` is called with it.
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

/**
 * Milliseconds: the SDK emits a track when its first media have arrived. A hidden page shows no
 * pictures at all.
 */
const LONGEST_WAIT = 1_500;
