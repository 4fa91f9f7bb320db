import { testConnection } from '@waterbus/client';
import { TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { type Advice, connectionAdvice } from './connection-advice.js';

/**
 * Tests the network when the lobby opens, and explains what it blocks. Nothing while the direct way
 * works; joining never waits for the test.
 */
export function ConnectionNotice() {
  return <ConnectionNoticeView advice={useConnectionAdvice()} />;
}

export function ConnectionNoticeView({ advice }: { advice: Advice | undefined }) {
  return (
    // Always present: a live region must exist before its content changes.
    <div className="connection-notice" role="status" data-severity={advice?.severity}>
      {advice && (
        <>
          <TriangleAlert size={20} />
          <p>
            <strong>{advice.title}</strong> {advice.text}
          </p>
        </>
      )}
    </div>
  );
}

function useConnectionAdvice(): Advice | undefined {
  const [advice, setAdvice] = useState<Advice>();
  useEffect(() => {
    const leaving = new AbortController();
    testConnection({ signal: leaving.signal }).then(
      (test) => !leaving.signal.aborted && setAdvice(connectionAdvice(test, window.location.hostname)),
      () => {
        // A test that could not be made shows nothing about the network.
      },
    );
    return () => leaving.abort();
  }, []);
  return advice;
}
