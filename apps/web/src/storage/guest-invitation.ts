/**
 * The secret of a guest's invitation, `#invitation=…` of the meeting's link: for this tab, so that a
 * reload keeps it. It leaves the address bar at once: addresses are copied, shown and stored.
 */
export const guestInvitation = {
  /** Takes it from the address of this page. */
  take(code: string): void {
    const { hash, pathname, search } = window.location;
    const token = new URLSearchParams(hash.slice(1)).get('invitation');
    if (!token) return;
    taken = { code, token };
    window.history.replaceState(window.history.state, '', pathname + search);
    try {
      window.sessionStorage.setItem(KEY, `${code} ${token}`);
    } catch {
      // Storage is refused: then a reload needs the link again.
    }
  },
  of(code: string): string | undefined {
    if (taken?.code === code) return taken.token;
    try {
      const [of, token] = (window.sessionStorage.getItem(KEY) ?? '').split(' ');
      return of === code ? token : undefined;
    } catch {
      return undefined;
    }
  },
};

let taken: { code: string; token: string } | undefined;

const KEY = 'waterbus.guest-invitation';
