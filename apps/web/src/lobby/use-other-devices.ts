import { useEffect, useState } from 'react';
import { account } from '../sign-in/account.js';
import { loadCall } from './load-call.js';

/**
 * Ids of the signed-in user's participants in the call, on other devices; empty until they are
 * known, and for guests.
 */
export function useOtherDevices(code: string, signedIn: boolean): string[] {
  const [ids, setIds] = useState<string[]>([]);
  useEffect(() => {
    if (!signedIn) return setIds([]);
    const leaving = new AbortController();
    const { signal } = leaving;
    const read = async (accessToken: string | undefined) => {
      if (!accessToken) return [];
      const { listOwnParticipants } = await loadCall();
      return listOwnParticipants({ code, accessToken, signal });
    };
    account.asUser(read).then(
      (own) => !signal.aborted && setIds(own.map(({ id }) => id)),
      // Joining works without; servers of earlier versions have no such list.
      () => {},
    );
    return () => leaving.abort();
  }, [code, signedIn]);
  return ids;
}
