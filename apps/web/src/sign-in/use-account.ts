import type { AccountState } from '@waterbus/client';
import { useEffect, useSyncExternalStore } from 'react';
import { account } from './account.js';

/** The signed-in user, if any. */
export function useAccount(): AccountState {
  return useSyncExternalStore(subscribe, () => account.state);
}

/**
 * Reads the profile after each sign-in. For the app as a whole: no other component has to request
 * it.
 */
export function useProfileReading(): void {
  const { signedIn, user } = useAccount();
  const unknown = signedIn && !user;
  useEffect(() => {
    // After a failure, the page that needs the profile requests it again.
    if (unknown) account.profile().catch(() => {});
  }, [unknown]);
}

function subscribe(changed: () => void): () => void {
  return account.on('change', changed);
}
