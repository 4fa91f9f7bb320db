import { t } from '@lingui/core/macro';
import type { ConnectionQuality, MediaPath } from '@waterbus/client';
import { Route, Signal, SignalLow, WifiOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { connectionText, laggingPathText } from './people/connection-text.js';

/**
 * A mark for a participant with a poor connection, with its limiting side; on the user's own tile
 * also for a path on which sound may lag. Nothing while the connection is good and direct.
 */
export function ConnectionMark(props: {
  of: ConnectionQuality | undefined;
  /** Of the user's own media. */
  path?: MediaPath | undefined;
  name: string;
  self?: boolean;
  /** Of another participant: the picture is smaller than its tile, because of the user's own line. */
  isReduced?: boolean;
}) {
  const { of, path, name, self = false, isReduced = false } = props;
  const trouble = connectionText(of, name, self) ?? (isReduced ? t`Your connection is slow` : undefined);
  const detour = laggingPathText(path);
  const text = [trouble, detour].filter(Boolean).join('. ');
  // Of two sides in trouble, the other one's explains more.
  const quality = of?.quality === 'lost' ? 'lost' : 'poor';
  if (!text) return null;
  return (
    <span
      role="img"
      aria-label={text}
      title={text}
      className="connection-mark"
      // Calls begin with small pictures, until the connection is measured.
      data-settling={isReduced ? '' : undefined}
      data-quality={trouble ? quality : 'detour'}
    >
      {iconOf(trouble ? quality : undefined)}
    </span>
  );
}

function iconOf(quality: ConnectionQuality['quality'] | undefined): ReactNode {
  if (quality === undefined) return <Route size={16} />;
  if (quality === 'lost') return <WifiOff size={16} />;
  return (
    <>
      <Signal size={16} className="connection-full" />
      <SignalLow size={16} strokeWidth={3} />
    </>
  );
}
