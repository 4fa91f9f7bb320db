/**
 * The meeting in whose call this tab is, so that a reload leads back into it. For this tab alone,
 * and only until the call ends.
 */
export const currentCall = {
  note(code: string | undefined): void {
    try {
      if (code !== undefined) window.sessionStorage.setItem(KEY, code);
      else for (const key of [KEY, RETURN]) window.sessionStorage.removeItem(key);
      window.sessionStorage.removeItem(BREAKOUT_KEY);
    } catch {
      // Storage is refused: then a reload leads into the lobby.
    }
  },
  /** A guest's proof for the way back after a reload, in place of the password. */
  keepReturn(code: string, token: string): void {
    try {
      window.sessionStorage.setItem(RETURN, `${code} ${token}`);
    } catch {
      // Then the lobby asks for the password.
    }
  },
  returnToken(code: string): string | undefined {
    try {
      const [of, token] = (window.sessionStorage.getItem(RETURN) ?? '').split(' ');
      return of === code ? token : undefined;
    } catch {
      return undefined;
    }
  },
  /** With this token a reload leads back into the breakout room. */
  noteBreakout(token: string | undefined): void {
    try {
      if (token === undefined) window.sessionStorage.removeItem(BREAKOUT_KEY);
      else window.sessionStorage.setItem(BREAKOUT_KEY, token);
    } catch {
      // Then a reload leads into the main room.
    }
  },
  breakoutToken(code: string): string | undefined {
    try {
      return this.wasReloaded(code) ? (window.sessionStorage.getItem(BREAKOUT_KEY) ?? undefined) : undefined;
    } catch {
      return undefined;
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
const RETURN = 'waterbus.return';
const BREAKOUT_KEY = 'waterbus.breakout';
