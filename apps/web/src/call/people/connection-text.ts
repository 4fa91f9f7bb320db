import type { Call, ConnectionQuality, MediaPath, PausedBy } from '@waterbus/client';

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

/** The path that this user's sound and pictures take. */
export function pathText(path: MediaPath | undefined): string {
  switch (path?.kind) {
    case 'direct':
      return 'Connected directly.';
    case 'tcp':
      return `Connected over TCP: your network blocks UDP. ${MAY_LAG}`;
    case 'relay':
      return RELAYED[path.relayProtocol ?? 'udp'];
    case 'none':
      return 'Not connected: no way through your network has been found yet.';
    case undefined:
      return 'Not connected yet: sound and pictures connect once there is someone to talk to.';
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
export function lostText(call: Pick<Call, 'connection' | 'media' | 'path'>): string | undefined {
  const { connection, path } = call;
  const { sending, receiving } = call.media;
  if (connection === 'closed' || (sending === 'ok' && receiving === 'ok')) return undefined;
  if (path?.kind === 'none') return 'You’re in the call, but your network lets no audio or video through.';
  if (sending === 'ok') return LOST[receiving];
  if (receiving !== 'lost') return 'The others can’t see or hear you right now. Trying to reconnect…';
  return 'Audio and video aren’t getting through. Check your network. Trying to reconnect…';
}

/**
 * Which of the others do not hear this user, by the servers' statistics of their connections:
 * nothing gets through to them. Undefined while all do, or while this user sends no sound.
 */
export function notHeardText(
  call: Pick<Call, 'local' | 'participants' | 'media'>,
  names: ReadonlyMap<string, string>,
): string | undefined {
  const microphone = call.local.publication('microphone');
  if (!microphone || microphone.muted || call.media.sending === 'lost') return undefined;
  const deaf = call.participants.filter(
    ({ connection, connectionQuality }) => connection === 'connected' && connectionQuality?.quality === 'lost',
  );
  const [one, other] = deaf.map(({ id, name }) => names.get(id) ?? name);
  if (one === undefined) return undefined;
  if (deaf.length === 1) return `${one} can’t hear you right now: their connection is lost.`;
  if (deaf.length === 2) return `${one} and ${other} can’t hear you right now: their connections are lost.`;
  return `${deaf.length} people can’t hear you right now: their connections are lost.`;
}

/** No media are sent, or they arrive. */
const LOST: Record<Call['media']['receiving'], string | undefined> = {
  ok: undefined,
  partly: 'You can’t see or hear some of the others right now. Trying to reconnect…',
  'one-way': 'Your connection is cutting out, so video may freeze. Trying to reconnect…',
  lost: 'You can’t see or hear the others right now. Trying to reconnect…',
};

const MAY_LAG = 'Sound may lag on a poor line.';

const RELAYED: Record<NonNullable<MediaPath['relayProtocol']>, string> = {
  udp: 'Connected through a relay.',
  tcp: `Connected through a relay over TCP: your network blocks UDP. ${MAY_LAG}`,
  tls: `Connected through a relay over TLS: your network lets only web traffic through. ${MAY_LAG}`,
};

const NOTES: Record<ConnectionQuality['limitation'], string> = {
  none: 'Poor connection',
  upload: 'Slow upload',
  download: 'Slow download',
  processor: 'Device struggling to keep up',
  server: 'Server overloaded',
};
