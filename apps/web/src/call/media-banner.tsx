import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import { portAdvice } from '../connection/connection-advice.js';
import { useConnectionTest } from '../connection/use-connection-test.js';
import { latePart } from '../parts/late-part.js';
import { BannerText } from './banner-text.js';
import { lostText } from './people/connection-text.js';

/**
 * Reports that sound and pictures do not get through, and in which direction, while that is so.
 * Without any path it names what the network blocks, and users can have all paths tried again at
 * once. Else it names the others that do not hear the user.
 */
export function MediaBanner({ call }: { call: Call }) {
  const lost = lostText(call);
  const isAnyDeaf = call.participants.some(
    ({ connectionQuality: of }) => of?.quality === 'lost' || of?.unintelligible !== undefined,
  );
  const isBlocked = lost !== undefined && call.path?.kind === 'none';
  const test = useConnectionTest(isBlocked);
  const advice = test?.udp === 'blocked' ? portAdvice(test, window.location.hostname) : undefined;
  return (
    // Always present: a live region must exist before its content changes.
    <div className="media-banner" role="status">
      {lost && (
        <BannerText text={[lost, advice].filter(Boolean).join(' ')}>
          {isBlocked && <TryAgain onClick={() => call.reconnectMedia()} />}
        </BannerText>
      )}
      {!lost && isAnyDeaf && <NotHeard call={call} />}
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

const NotHeard = latePart(async () => ({ default: (await import('./not-heard.js')).NotHeard }));

/** Milliseconds: the SDK gives a path as long. */
const LONGEST_TRY = 5_000;
