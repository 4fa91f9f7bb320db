import { useEffect } from 'react';

/** Keeps the screen of phones on during the call. Browsers release it while the page is hidden. */
export function useWakeLock(): void {
  useEffect(() => {
    let over = false;
    let lock: WakeLockSentinel | undefined;
    const take = async () => {
      if (document.hidden) return;
      // Refused on an empty battery, and unknown to old browsers.
      lock = await navigator.wakeLock?.request('screen').catch(() => undefined);
      if (over) void lock?.release();
    };
    void take();
    document.addEventListener('visibilitychange', take);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', take);
      void lock?.release();
    };
  }, []);
}
