/** The part of a sign-in that outlives the page. */
export interface KeptSignIn {
  userId: string;
  /**
   * A secret: its holder acts as the user for 30 days. Omitted: it is in a cookie that no script
   * can read.
   */
  refreshToken?: string;
  /** Identifies one sign-in whose refresh token is in the cookie; it is no secret. */
  begun?: string;
}

/**
 * The page chooses the place of a sign-in. It is written often: each refresh token is good once.
 */
export interface SignInStore {
  /** Undefined: no user is signed in. */
  read(): KeptSignIn | undefined;
  /** Undefined: signed out. */
  write(signIn: KeptSignIn | undefined): void;
  /**
   * Calls back when another tab has written. Answers a function that stops it. A store of one tab
   * omits it.
   */
  watch?(changed: () => void): () => void;
}

/** Until the page is closed. */
export function signInInMemory(): SignInStore {
  let kept: KeptSignIn | undefined;
  return {
    read: () => kept,
    write: (signIn) => {
      kept = signIn;
    },
  };
}

/**
 * Keeps the sign-in in `localStorage`, for all tabs and until signed out. Where storage is refused
 * or full, the sign-in lasts until the page is closed. `storage` is a function, because reading the
 * property may already throw.
 */
export function signInInStorage(storage: () => Storage, key = 'waterbus.sign-in'): SignInStore {
  const inMemory = signInInMemory();
  let refused = false;
  return {
    read: () => {
      if (refused) return inMemory.read();
      try {
        return parsed(storage().getItem(key));
      } catch {
        return inMemory.read();
      }
    },
    write: (signIn) => {
      inMemory.write(signIn);
      try {
        if (signIn) storage().setItem(key, JSON.stringify(signIn));
        else storage().removeItem(key);
        refused = false;
      } catch {
        refused = true;
        // The former token is used up, and showing it again would end the session.
        remove();
      }
    },
    watch: (changed) => {
      const onStorage = (event: StorageEvent) => {
        // `key` is null when all storage was cleared.
        if (event.key === key || event.key === null) changed();
      };
      globalThis.addEventListener('storage', onStorage);
      return () => globalThis.removeEventListener('storage', onStorage);
    },
  };

  function remove(): void {
    try {
      storage().removeItem(key);
    } catch {
      // Storage is refused as a whole: then nothing was stored either.
    }
  }
}

/** Ignores entries of other scripts or of an older version. */
function parsed(text: string | null): KeptSignIn | undefined {
  if (text === null) return undefined;
  try {
    const { userId, refreshToken, begun } = JSON.parse(text);
    if (typeof userId !== 'string') return undefined;
    if (typeof refreshToken === 'string') return { userId, refreshToken };
    return typeof begun === 'string' ? { userId, begun } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the server must still end a sign-in whose refresh token is in the cookie: it was
 * unreachable when the user signed out, and no script can remove the cookie. Kept for the next
 * visit.
 */
export interface PendingSignOut {
  read(): boolean;
  write(pending: boolean): void;
}

export function pendingSignOutIn(storage: () => Storage, key = 'waterbus.sign-out'): PendingSignOut {
  return {
    read: () => {
      try {
        return storage().getItem(key) !== null;
      } catch {
        return false;
      }
    },
    write: (pending) => {
      try {
        if (pending) storage().setItem(key, '1');
        else storage().removeItem(key);
      } catch {
        // Where storage is refused, the browser keeps no cookie either.
      }
    },
  };
}
