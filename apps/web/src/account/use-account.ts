import type { AccountState } from '@waterbus/client';
import { useEffect, useSyncExternalStore } from 'react';
import { account } from './account.js';

/** Who is signed in. */
export function useAccount(): AccountState {
  return useSyncExternalStore(subscribe, () => account.state);
}

/** Reads the profile once somebody is signed in. For the app as a whole: nobody else has to ask. */
export function useProfileReading(): void {
  const { signedIn, user } = useAccount();
  const unknown = signedIn && !user;
  useEffect(() => {
    // What fails is asked again by the page that needs it.
    if (unknown) account.profile().catch(() => {});
  }, [unknown]);
}

function subscribe(changed: () => void): () => void {
  return account.on('change', changed);
}
