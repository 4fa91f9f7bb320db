import type { Person } from './call.js';

interface Stats {
  call: { stats(): Promise<{ direction: string; report: RTCStatsReport }[]> };
}

/** The statistics of one received picture in the receiver's browser. */
export interface ReceivedPicture {
  codec: string;
  height: number;
  framesDecoded: number;
  plis: number;
}

/** Returns the received pictures, the newest last. */
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
          plis: entry.pliCount ?? 0,
        });
      });
    }
    return pictures;
  });
}

/** The statistics of the camera's streams in the publisher's browser, the smallest size first. */
export interface SentStream {
  rid: string;
  codec: string;
  active: boolean;
  frames: number;
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
          active: entry.active,
          frames: entry.framesEncoded ?? 0,
        });
      });
    }
    return sent.sort((one, other) => one.rid.localeCompare(other.rid));
  });
}
