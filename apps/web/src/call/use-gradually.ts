import { useEffect, useRef, useState } from 'react';
import { type Gradual, NO_TILES, nextPicture } from './gradual.js';

/**
 * The tiles of another page of people come and go in several pictures of the browser, because 49 at
 * once block it for a tenth of a second and more.
 *
 * @param wanted Ids.
 */
export function useGradually(wanted: readonly string[]): Gradual {
  const [before, setBefore] = useState(NO_TILES);
  const now = nextPicture(before, wanted);
  const latest = useRef(now);
  useEffect(() => {
    latest.current = now;
  });
  const isNext = now !== before;
  useEffect(() => {
    if (!isNext) return;
    const frame = requestAnimationFrame(() => setBefore((last) => (last === before ? latest.current : last)));
    return () => cancelAnimationFrame(frame);
  }, [before, isNext]);
  return now;
}
