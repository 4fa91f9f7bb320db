import { TriangleAlert } from 'lucide-react';
import { connectionAdvice } from '../connection/connection-advice.js';
import { useConnectionTest } from '../connection/use-connection-test.js';

/**
 * Tests the network when the lobby opens, and explains what it blocks. Nothing while the direct way
 * works; joining never waits for the test.
 */
export function ConnectionNotice() {
  const test = useConnectionTest(true);
  const advice = test && connectionAdvice(test, window.location.hostname);
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
