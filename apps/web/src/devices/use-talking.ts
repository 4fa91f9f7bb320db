import { useEffect, useState } from 'react';
import { watchLevel } from './audio-level.js';

/** Whether the track contains speech. */
export function useTalking(track: MediaStreamTrack | undefined): boolean {
  const [talking, setTalking] = useState(false);
  useEffect(() => {
    if (!track) return;
    let lastHeard = Number.NEGATIVE_INFINITY;
    const stop = watchLevel(track, (level) => {
      if (level > TALKING) lastHeard = performance.now();
      setTalking(performance.now() - lastHeard < BETWEEN_WORDS);
    });
    return () => {
      stop();
      setTalking(false);
    };
  }, [track]);
  return talking;
}

/**
 * A level: quiet speech after automatic gain control lies above, fans and keyboards below (-39 dB).
 */
const TALKING = 0.35;

/** Milliseconds that the ring stays, so that it does not flicker between words. */
const BETWEEN_WORDS = 600;
