import type { ConnectionQuality } from '@waterbus/client';
import { Signal, SignalLow, WifiOff } from 'lucide-react';
import { connectionText } from './people/connection-text.js';

/**
 * A mark for a participant with a poor connection, with its limiting side. Nothing while it is
 * good.
 */
export function ConnectionMark(props: { of: ConnectionQuality | undefined; name: string; self?: boolean }) {
  const { of, name, self = false } = props;
  const text = connectionText(of, name, self);
  if (!text) return null;
  return (
    <span role="img" aria-label={text} title={text} className="connection-mark" data-quality={of?.quality}>
      {of?.quality === 'lost' ? (
        <WifiOff size={16} />
      ) : (
        <>
          <Signal size={16} className="connection-full" />
          <SignalLow size={16} strokeWidth={3} />
        </>
      )}
    </span>
  );
}
