import type { Breakouts } from '@waterbus/client';
import { useEffect, useState } from 'react';

/**
 * Whole seconds until all return to the main room, by the server's time; undefined: no end. Renders
 * again each second.
 */
export function useTimeLeft(breakouts: Breakouts | undefined): number | undefined {
  const [left, setLeft] = useState<number>();
  useEffect(() => {
    if (!breakouts?.endsAt) {
      setLeft(undefined);
      return;
    }
    // The page's own clock may be wrong; its steady one counts from the receipt.
    const end = performance.now() + Date.parse(breakouts.endsAt) - Date.parse(breakouts.now);
    const tick = () => setLeft(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [breakouts]);
  return left;
}

/** As on a clock: `4:05`. */
export function clockText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
