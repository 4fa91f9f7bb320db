import type { Call, ConnectionQuality, PausedBy } from '@waterbus/client';

/**
 * The problem of a participant's connection, and its limiting side; undefined while there is none.
 */
export function connectionText(of: ConnectionQuality | undefined, name: string, self: boolean): string | undefined {
  if (!of || of.quality === 'excellent' || of.quality === 'good') return undefined;
  if (of.quality === 'lost') return self ? 'You have lost connection' : `${name} has lost connection`;
  const whose = self ? 'Your' : `${name}’s`;
  switch (of.limitation) {
    case 'upload':
      return `${whose} upload is slow`;
    case 'download':
      return `${whose} download is slow`;
    case 'processor':
      return `${whose} device is struggling to keep up`;
    case 'server':
      return 'The server is overloaded';
    case 'none':
      return `${whose} connection is poor`;
  }
}

/** The same beside a name that is read anyway. */
export function connectionNote(of: ConnectionQuality | undefined): string | undefined {
  if (!of || of.quality === 'excellent' || of.quality === 'good') return undefined;
  return of.quality === 'lost' ? 'Connection lost' : NOTES[of.limitation];
}

/** Why a tile shows no picture, though the camera is on; undefined where no text is needed. */
export function pausedText(pausedBy: PausedBy | undefined): string | undefined {
  switch (pausedBy) {
    case 'bandwidth':
      return 'Video paused: your connection is slow';
    case 'no-media':
      return 'Video isn’t coming through';
    case 'codec':
      return 'Your browser can’t show this video';
    case 'muted':
    case 'hidden':
    case undefined:
      return undefined;
  }
}

/** The lost media; undefined while all get through. */
export function lostText({ connection, media }: Pick<Call, 'connection' | 'media'>): string | undefined {
  const { sending, receiving } = media;
  if (connection === 'closed' || (sending === 'ok' && receiving === 'ok')) return undefined;
  if (sending === 'ok') return LOST[receiving];
  if (receiving !== 'lost') return 'The others can’t see or hear you right now. Trying to reconnect…';
  return 'Audio and video aren’t getting through. Check your network. Trying to reconnect…';
}

/** No media are sent, or they arrive. */
const LOST: Record<Call['media']['receiving'], string | undefined> = {
  ok: undefined,
  partly: 'You can’t see or hear some of the others right now. Trying to reconnect…',
  'one-way': 'Your connection is cutting out, so video may freeze. Trying to reconnect…',
  lost: 'You can’t see or hear the others right now. Trying to reconnect…',
};

const NOTES: Record<ConnectionQuality['limitation'], string> = {
  none: 'Poor connection',
  upload: 'Slow upload',
  download: 'Slow download',
  processor: 'Device struggling to keep up',
  server: 'Server overloaded',
};
