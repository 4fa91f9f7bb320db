/** What outlives the page of a sign-in. The refresh token is a secret: with it its holder is the user for 30 days. */
export interface KeptSignIn {
  userId: string;
  refreshToken: string;
}

/** Where a sign-in is kept is the page's choice. It is written often: each refresh token is good once. */
export interface SignInStore {
  /** Undefined: nobody is signed in. */
  read(): KeptSignIn | undefined;
  /** Undefined: signed out. */
  write(signIn: KeptSignIn | undefined): void;
  /** Calls back when another tab has written. Answers how to stop. Left out by a store of one tab. */
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
 * In `localStorage`, for all tabs and until signed out. Where storage is refused or full the sign-in lasts until the page is closed.
 * `storage` is a function, because asking for it may throw already.
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
        // What stays is used up, and showing it again would end the session.
        remove();
      }
    },
    watch: (changed) => {
      const onStorage = (event: StorageEvent) => {
        // `key` is null when everything was cleared.
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
      // Refused as a whole: then nothing was kept either.
    }
  }
}

/** What somebody else wrote there, or an older version, counts as nothing. */
function parsed(text: string | null): KeptSignIn | undefined {
  if (text === null) return undefined;
  try {
    const { userId, refreshToken } = JSON.parse(text);
    return typeof userId === 'string' && typeof refreshToken === 'string' ? { userId, refreshToken } : undefined;
  } catch {
    return undefined;
  }
}
