/**
 * The meeting in whose call this tab is, so that a reload leads back into it. For this tab alone,
 * and only until the call ends.
 */
export const currentCall = {
  note(code: string | undefined): void {
    try {
      if (code === undefined) window.sessionStorage.removeItem(KEY);
      else window.sessionStorage.setItem(KEY, code);
    } catch {
      // Storage is refused: then a reload leads into the lobby.
    }
  },
  /** Whether this page is the reloaded page of a call in the meeting. */
  wasReloaded(code: string): boolean {
    try {
      const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
      return entry?.type === 'reload' && window.sessionStorage.getItem(KEY) === code;
    } catch {
      return false;
    }
  },
};

const KEY = 'waterbus.call';
