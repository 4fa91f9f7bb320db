import { useEffect, useState } from 'react';

/**
 * How many of so many tiles are shown: another page of people comes in several pictures of the
 * browser, because 49 tiles at once block it for a tenth of a second and more.
 *
 * @param scene Of other tiles, which begin anew.
 */
export function useGradually(total: number, scene: number): number {
  const [last, setLast] = useState({ scene, ready: 0 });
  const ready = last.scene === scene ? last.ready : 0;
  // A few more people come at once.
  const shown = Math.min(ready + AT_ONCE, total);
  useEffect(() => {
    if (last.scene === scene && last.ready === shown) return;
    const frame = requestAnimationFrame(() => setLast({ scene, ready: shown }));
    return () => cancelAnimationFrame(frame);
  }, [last, scene, shown]);
  return shown;
}

/** Tiles in one picture. */
const AT_ONCE = 12;
