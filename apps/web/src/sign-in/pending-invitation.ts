/**
 * The secret of an invitation, while its holder signs in: signing in may leave the page and return.
 * For this tab only.
 */
export const pendingInvitation = {
  read(): string | undefined {
    try {
      return window.sessionStorage.getItem(KEY) ?? undefined;
    } catch {
      return undefined;
    }
  },
  write(token: string | undefined): void {
    try {
      if (token === undefined) window.sessionStorage.removeItem(KEY);
      else window.sessionStorage.setItem(KEY, token);
    } catch {
      // Storage is refused: then the link must be opened again after signing in.
    }
  },
};

const KEY = 'waterbus.invitation';
