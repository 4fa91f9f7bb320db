import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { LoaderCircle, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { portAdvice } from '../connection/connection-advice.js';
import { useConnectionTest } from '../connection/use-connection-test.js';
import { lostText, notHeardText } from './people/connection-text.js';
import { namesOf } from './people/names.js';

/**
 * Reports that sound and pictures do not get through, and in which direction, while that is so.
 * Without any path it names what the network blocks, and users can have all paths tried again at
 * once. Else it names the others that do not hear the user.
 */
export function MediaBanner({ call }: { call: Call }) {
  const lost = lostText(call);
  const text = lost ?? notHeardText(call, namesOf(call));
  const isBlocked = lost !== undefined && call.path?.kind === 'none';
  const test = useConnectionTest(isBlocked);
  const advice = test?.udp === 'blocked' ? portAdvice(test, window.location.hostname) : undefined;
  return (
    // Always present: a live region must exist before its content changes.
    <div className="media-banner" role="status">
      {text && (
        <div>
          <TriangleAlert size={18} />
          <p>{[text, advice].filter(Boolean).join(' ')}</p>
          {isBlocked && <TryAgain onClick={() => call.reconnectMedia()} />}
        </div>
      )}
    </div>
  );
}

function TryAgain({ onClick }: { onClick: () => void }) {
  const [tries, setTries] = useState(0);
  const [trying, setTrying] = useState(false);
  useEffect(() => {
    if (tries === 0) return;
    setTrying(true);
    const timer = setTimeout(() => setTrying(false), LONGEST_TRY);
    return () => clearTimeout(timer);
  }, [tries]);
  return (
    <button
      type="button"
      className="media-banner-again"
      aria-disabled={trying}
      onClick={() => {
        if (trying) return;
        setTries(tries + 1);
        onClick();
      }}
    >
      {trying && <LoaderCircle size={16} className="turning" />}
      {trying ? t`Trying…` : t`Try again`}
    </button>
  );
}

/** Milliseconds: the SDK gives a path as long. */
const LONGEST_TRY = 5_000;
