import { t } from '@lingui/core/macro';
import type { Call, ConnectionQuality, MediaPath, PausedBy } from '@waterbus/client';

/**
 * The problem of a participant's connection, and its limiting side; undefined while there is none.
 */
export function connectionText(of: ConnectionQuality | undefined, name: string, self: boolean): string | undefined {
  if (!of || of.quality === 'excellent' || of.quality === 'good') return undefined;
  if (of.quality === 'lost') return self ? t`You have lost connection` : t`${name} has lost connection`;
  switch (of.limitation) {
    case 'upload':
      return self ? t`Your upload is slow` : t`${name}’s upload is slow`;
    case 'download':
      return self ? t`Your download is slow` : t`${name}’s download is slow`;
    case 'processor':
      return self ? t`Your device is struggling to keep up` : t`${name}’s device is struggling to keep up`;
    case 'server':
      return t`The server is overloaded`;
    case 'none':
      return self ? t`Your connection is poor` : t`${name}’s connection is poor`;
  }
}

/** The path that this user's sound and pictures take. */
export function pathText(path: MediaPath | undefined): string {
  switch (path?.kind) {
    case 'direct':
      return t`Connected directly.`;
    case 'tcp':
      return `${t`Connected over TCP: your network blocks UDP.`} ${mayLag()}`;
    case 'relay':
      return relayed()[path.relayProtocol ?? 'udp'];
    case 'none':
      return t`Not connected: no way through your network has been found yet.`;
    case undefined:
      return t`Not connected yet: sound and pictures connect once there is someone to talk to.`;
  }
}

/** The same where it explains sound that lags; undefined on a path without a delay of its own. */
export function laggingPathText(path: MediaPath | undefined): string | undefined {
  const lags = path?.kind === 'tcp' || (path?.kind === 'relay' && path.relayProtocol !== 'udp');
  return lags ? pathText(path) : undefined;
}

/** The same beside a name that is read anyway. */
export function connectionNote(of: ConnectionQuality | undefined): string | undefined {
  if (!of || of.quality === 'excellent' || of.quality === 'good') return undefined;
  return of.quality === 'lost' ? t`Connection lost` : notes()[of.limitation];
}

/** Why a tile shows no picture, though the camera is on; undefined where no text is needed. */
export function pausedText(pausedBy: PausedBy | undefined): string | undefined {
  switch (pausedBy) {
    case 'bandwidth':
      return t`Video paused: your connection is slow`;
    case 'no-media':
      return t`Video isn’t coming through`;
    case 'codec':
      return t`Your browser can’t show this video`;
    case 'muted':
    case 'hidden':
    case undefined:
      return undefined;
  }
}

/** The lost media; undefined while all get through. */
export function lostText(call: Pick<Call, 'connection' | 'media' | 'path'>): string | undefined {
  const { connection, path } = call;
  const { sending, receiving } = call.media;
  if (connection === 'closed' || (sending === 'ok' && receiving === 'ok')) return undefined;
  if (path?.kind === 'none') return t`You’re in the call, but your network lets no audio or video through.`;
  if (sending === 'ok') return lostTexts()[receiving];
  if (receiving !== 'lost') return t`The others can’t see or hear you right now. Trying to reconnect…`;
  return t`Audio and video aren’t getting through. Check your network. Trying to reconnect…`;
}

/** No media are sent, or they arrive. */
const lostTexts = (): Record<Call['media']['receiving'], string | undefined> => ({
  ok: undefined,
  partly: t`You can’t see or hear some of the others right now. Trying to reconnect…`,
  'one-way': t`Your connection is cutting out, so video may freeze. Trying to reconnect…`,
  lost: t`You can’t see or hear the others right now. Trying to reconnect…`,
});

const mayLag = () => t`Sound may lag on a poor line.`;

const relayed = (): Record<NonNullable<MediaPath['relayProtocol']>, string> => ({
  udp: t`Connected through a relay.`,
  tcp: `${t`Connected through a relay over TCP: your network blocks UDP.`} ${mayLag()}`,
  tls: `${t`Connected through a relay over TLS: your network lets only web traffic through.`} ${mayLag()}`,
});

const notes = (): Record<ConnectionQuality['limitation'], string> => ({
  none: t`Poor connection`,
  upload: t`Slow upload`,
  download: t`Slow download`,
  processor: t`Device struggling to keep up`,
  server: t`Server overloaded`,
});
