import { type ConnectionTest, testConnection } from '@waterbus/client';
import { useEffect, useState } from 'react';

/** The result of a test of the network, which starts once it is wanted; undefined until then. */
export function useConnectionTest(isWanted: boolean): ConnectionTest | undefined {
  const [test, setTest] = useState<ConnectionTest>();
  useEffect(() => {
    if (!isWanted) return;
    const leaving = new AbortController();
    testConnection({ signal: leaving.signal }).then(
      (result) => !leaving.signal.aborted && setTest(result),
      () => {
        // A test that could not be made shows nothing about the network.
      },
    );
    return () => leaving.abort();
  }, [isWanted]);
  return isWanted ? test : undefined;
}
