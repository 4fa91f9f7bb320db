import type { Call } from '@waterbus/client';
import { now } from './join-marks.js';

/** Statistics of a call at one time, with the names of W3C webrtc-stats. */
export interface Sample {
  at: number;
  /** Received streams, by name of the participant and source. */
  received: Record<string, Record<string, number>>;
  /** Sent streams, by rid or kind. */
  sent: Record<string, Record<string, number | string>>;
  /** The browser's estimate of its sending rate, bit/s. */
  availableOutgoingBitrate?: number;
  /** Seconds. */
  roundTripTime?: number;
}

export async function sample(call: Call): Promise<Sample> {
  const result: Sample = { at: now(), received: {}, sent: {} };
  const names = new Map<string, string>();
  for (const participant of call.participants) {
    for (const { track, source } of participant.publications)
      if (track) names.set(track.id, `${participant.name} ${source}`);
  }
  for (const { direction, report } of await call.stats()) {
    for (const entry of report.values()) {
      if (direction === 'receive' && entry.type === 'inbound-rtp') {
        const name = names.get(entry.trackIdentifier);
        if (name) result.received[name] = numbersOf(entry, RECEIVED);
      }
      if (direction === 'send' && entry.type === 'outbound-rtp') {
        result.sent[entry.rid ?? entry.kind] = {
          ...numbersOf(entry, SENT),
          ...(entry.qualityLimitationReason && { limited: entry.qualityLimitationReason }),
        };
      }
      if (entry.type === 'candidate-pair' && entry.nominated) {
        if (direction === 'send') result.availableOutgoingBitrate = entry.availableOutgoingBitrate;
        else result.roundTripTime = entry.currentRoundTripTime;
      }
    }
  }
  return result;
}

function numbersOf(entry: Record<string, unknown>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => (typeof entry[name] === 'number' ? [[name, entry[name] as number]] : [])),
  );
}

const RECEIVED = [
  'ssrc',
  'rtxSsrc',
  'bytesReceived',
  'headerBytesReceived',
  'packetsReceived',
  'packetsLost',
  'retransmittedBytesReceived',
  'retransmittedPacketsReceived',
  'fecPacketsReceived',
  'nackCount',
  'pliCount',
  'framesDecoded',
  'framesDropped',
  'keyFramesDecoded',
  'frameHeight',
  'freezeCount',
  'totalFreezesDuration',
  'jitterBufferDelay',
  'jitterBufferEmittedCount',
  'totalDecodeTime',
  'totalSamplesReceived',
  'concealedSamples',
  'silentConcealedSamples',
  'concealmentEvents',
];

const SENT = [
  'bytesSent',
  'retransmittedBytesSent',
  'framesEncoded',
  'framesPerSecond',
  'frameHeight',
  'keyFramesEncoded',
  'targetBitrate',
  'pliCount',
  'nackCount',
  'totalEncodeTime',
];
