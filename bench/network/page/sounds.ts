import { now } from './join-marks.js';

// Records when sound arrives, by the times that receivers report for their newest sources. Reading
// those costs far less than statistics, and concealment of lost packets does not count.

const connections = new Set<RTCPeerConnection>();
/** The silences in received sound so far, milliseconds since 1970. */
const silences: { from: number; to: number }[] = [];
let heardAt = Number.POSITIVE_INFINITY;
let newest = 0;

/** Before the first connection of the page. */
export function watchSounds(): void {
  const { prototype } = RTCPeerConnection;
  const setLocalDescription = prototype.setLocalDescription;
  prototype.setLocalDescription = function (this: RTCPeerConnection, ...words: unknown[]) {
    connections.add(this);
    return Reflect.apply(setLocalDescription, this, words);
  } as typeof setLocalDescription;
  setInterval(look, LOOK);
}

function look(): void {
  let latest = 0;
  for (const connection of connections) {
    if (connection.connectionState === 'closed') connections.delete(connection);
    for (const { receiver } of connection.getTransceivers()) {
      if (receiver.track.kind !== 'audio') continue;
      for (const { timestamp } of receiver.getSynchronizationSources()) latest = Math.max(latest, timestamp);
    }
  }
  if (latest <= newest) return;
  newest = latest;
  const at = now();
  if (at - heardAt > AUDIBLE) silences.push({ from: heardAt, to: at });
  heardAt = at;
}

/** Silences that ended after this time; the last one lasts on, where nothing is heard now. */
export function silencesSince(time: number): { from: number; to: number }[] {
  const ended = silences.filter(({ to }) => to > time);
  return now() - heardAt > AUDIBLE ? [...ended, { from: heardAt, to: Number.MAX_VALUE }] : ended;
}

/** Milliseconds. */
const LOOK = 10;

/** Milliseconds: more than jitter and a busy machine cause. */
const AUDIBLE = 150;
