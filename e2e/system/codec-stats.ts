import type { Person } from './call.js';

interface Stats {
  call: { stats(): Promise<{ direction: string; report: RTCStatsReport }[]> };
}

/** What a receiver's browser states of one picture that it is sent. */
export interface ReceivedPicture {
  codec: string;
  height: number;
  framesDecoded: number;
  freezes: number;
  frozen: number;
  keyFrames: number;
  plis: number;
  decoder: string;
}

/** Of the pictures that somebody is sent: those that were sent last come last. */
export function receivedPictures({ page }: Person): Promise<ReceivedPicture[]> {
  return page.evaluate(async () => {
    const { call } = (window as unknown as { waterbus: Stats }).waterbus;
    const pictures: ReceivedPicture[] = [];
    for (const { direction, report } of await call.stats()) {
      if (direction !== 'receive') continue;
      report.forEach((entry) => {
        if (entry.type !== 'inbound-rtp' || entry.kind !== 'video') return;
        pictures.push({
          codec: (report.get(entry.codecId)?.mimeType ?? '').toLowerCase(),
          height: entry.frameHeight ?? 0,
          framesDecoded: entry.framesDecoded ?? 0,
          freezes: entry.freezeCount ?? 0,
          frozen: entry.totalFreezesDuration ?? 0,
          keyFrames: entry.keyFramesDecoded ?? 0,
          plis: entry.pliCount ?? 0,
          decoder: entry.decoderImplementation ?? '',
        });
      });
    }
    return pictures;
  });
}

/** What a publisher's browser states of the streams of its camera, the smallest size first. */
export interface SentStream {
  rid: string;
  codec: string;
  scalabilityMode: string;
  active: boolean;
  height: number;
  frames: number;
  limitation: string;
  encoder: string;
  rate: number;
}

export function sentStreams({ page }: Person): Promise<SentStream[]> {
  return page.evaluate(async () => {
    const { call } = (window as unknown as { waterbus: Stats }).waterbus;
    const sent: SentStream[] = [];
    for (const { direction, report } of await call.stats()) {
      if (direction !== 'send') continue;
      report.forEach((entry) => {
        if (entry.type !== 'outbound-rtp' || entry.kind !== 'video') return;
        sent.push({
          rid: entry.rid ?? '',
          codec: (report.get(entry.codecId)?.mimeType ?? '').toLowerCase(),
          scalabilityMode: entry.scalabilityMode ?? '',
          active: entry.active,
          height: entry.frameHeight ?? 0,
          frames: entry.framesEncoded ?? 0,
          limitation: entry.qualityLimitationReason ?? '',
          encoder: entry.encoderImplementation ?? '',
          rate: entry.framesPerSecond ?? 0,
        });
      });
    }
    return sent.sort((one, other) => one.rid.localeCompare(other.rid));
  });
}
